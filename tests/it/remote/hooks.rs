//! Hooks and events of a service that runs as a process of its own, looked at and changed.

use crate::access::{serve, tenterhook, token};
use crate::command::{cloudevent, guards};
use crate::reload::{put, version};
use std::fs;
use tenterhook_tests::{Ended, Given, Request, Served, guest, until};

/// A command line about a service.
pub(super) fn ask(served: &Served, args: &[&str]) -> Ended {
    crate::command::tenterhook([]).args(args).args(["--to", served.address()]).ends()
}

/// The same with a token.
pub(crate) fn order(served: &Served, token: &str, args: &[&str]) -> Ended {
    let run = crate::command::tenterhook([]).args(args).args(["--to", served.address()]);
    run.env("TENTERHOOK_TOKEN", token).ends()
}

/// What comes of creating a disk.
fn disk(served: &Served, token: &str) -> String {
    let event = cloudevent("1", "cloud.pre_create", "DISK");
    let outcome = Request::post("/v1/events", &event).bearer(token).to(served).is(200).json();
    outcome["decision"].as_str().unwrap().to_owned()
}

#[test]
fn hooks_of_a_service_are_listed_and_shown_as_those_of_a_directory() {
    let given = guards().hook("old", "accept", "name = \"Old one\"\nstatus = \"archived\"\npriority = 3\n");
    let served = serve(&given, &[]);
    for args in [
        &["hooks"][..],
        &["hooks", "--json"],
        &["hooks", "--event", "cloud.pre_create"],
        &["hooks", "--status", "archived"],
        &["hooks", "--search", "NO DISKS", "--json"],
        &["hooks", "--class", "script"],
        &["hooks", "show", "disks"],
        &["hooks", "show", "failing", "--json"],
    ] {
        let (remote, local) = (ask(&served, args), tenterhook(&given, args).hooks(&given).ends());
        assert_eq!((remote.code, &remote.out), (Some(0), &local.out), "{args:?}\n{remote}{local}");
    }
    ask(&served, &["hooks", "--search", "Old one"]).exits(0).prints("").says("has 3 hooks");
    let unknown = ask(&served, &["hooks", "--event", "cloud.pre_creat"]);
    unknown.exits(2).says("unknown event").says("did you mean \"cloud.pre_create\"?");
    ask(&served, &["hooks", "show", "disk"]).exits(2).says("no hook \"disk\", did you mean \"disks\"?");
    ask(&served, &["hooks", "show", "../a"]).exits(2).says("\"../a\" is no id for a hook");
}

#[test]
fn what_is_wrong_with_the_hooks_of_a_service_is_said_with_them() {
    let given = guards().file("lost.wasm", "no wasm");
    let served = serve(&given, &[]);
    let listed = ask(&served, &["hooks"]);
    listed.exits(0).says("the hook \"lost\" is left out").says("lost.wasm").shows("disks");
}

#[test]
fn events_of_a_service_are_listed_as_those_of_a_directory() {
    let own = "[[area]]\nname = \"shop\"\nsummary = \"Orders\"\n\n[[event]]\nname = \"shop.pre_order\"\nmode = \"ask\"\n";
    let given = Given::new().catalogue(own);
    let served = serve(&given, &[]);
    for args in [
        &["events"][..],
        &["events", "--json"],
        &["events", "shop"],
        &["events", "shop.pre_order"],
        &["events", "charging.api.pre_validate", "--json"],
    ] {
        let (remote, local) = (ask(&served, args), tenterhook(&given, args).hooks(&given).ends());
        assert_eq!((remote.code, &remote.out), (local.code, &local.out), "{args:?}\n{remote}{local}");
    }
    ask(&served, &["events", "shop.pre_ordr"]).exits(2).says("did you mean \"shop.pre_order\"?");
    // A directory that is named counts more than a service that the environment names.
    let local = tenterhook(&given, &["events", "shop"]).hooks(&given);
    local.env("TENTERHOOK_TO", "http://127.0.0.1:1").ends().exits(0).shows("shop.pre_order");
    let variable = tenterhook(&given, &["events", "shop"]).env("TENTERHOOK_TO", served.address());
    variable.ends().exits(0).shows("shop.pre_order");
}

#[test]
fn hooks_of_a_service_are_switched_off_and_on_and_archived() {
    let given = guards();
    let admin = token(&given, &["--scope", "admin"]);
    let served = serve(&given, &["--set", "admission=any"]);
    let order = |args: &[&str]| order(&served, &admin, args);
    order(&["hooks", "disable", "disks"]).exits(0).complains("").prints("disks is disabled\n");
    assert_eq!(disk(&served, &admin), "accept");
    order(&["hooks", "enable", "disks"]).exits(0).prints("disks is enabled\n");
    assert_eq!(disk(&served, &admin), "veto");
    order(&["hooks", "archive", "disks"]).exits(0).prints("disks is archived\n");
    order(&["hooks"]).exits(0).hides("disks").shows("failing");
    assert!(fs::read_to_string(given.hooks().join("disks.toml")).unwrap().contains("status = \"archived\""));
    let unknown = order(&["hooks", "enable", "disk"]);
    unknown.exits(2).says("there is no hook \"disk\", did you mean \"disks\"?");
}

#[test]
fn a_component_is_installed_replaced_and_removed_at_a_service() {
    let given = Given::new().toml("shared", "component = \"disks.wasm\"\nstatus = \"disabled\"\n");
    let given = given.hook("disks", "veto", "priority = 1\n[[on]]\nevent = \"cloud.pre_create\"\n");
    let admin = token(&given, &["--scope", "admin"]);
    let served = serve(&given, &[]);
    let order = |args: &[&str]| order(&served, &admin, args);
    let (veto, accept) = (guest("veto"), guest("accept"));
    let (veto, accept) = (veto.to_str().unwrap(), accept.to_str().unwrap());
    let installed = order(&["hooks", "install", veto, "--id", "no"]);
    installed.exits(0).shows("installed no at http://127.0.0.1").shows("no is enabled, version ");
    assert!(fs::read_to_string(given.hooks().join("no.toml")).unwrap().contains("sha256 = "));
    let again = order(&["hooks", "install", accept, "--id", "no"]);
    again.exits(2).says("there is a hook \"no\" already, --replace gives it this component");
    order(&["hooks", "install", accept, "--id", "no", "--replace"]).exits(0);
    assert_eq!(fs::read(given.hooks().join("no.wasm")).unwrap(), fs::read(accept).unwrap());
    let its = given.data().join("its.toml");
    fs::write(&its, "# Ours.\nname = \"Pair\"\npriority = 4\n").unwrap();
    let pair = ["hooks", "install", veto, "--id", "no", "--replace", "--toml", its.to_str().unwrap()];
    order(&pair).exits(0).shows("no is enabled, version ");
    assert_eq!(fs::read(given.hooks().join("no.wasm")).unwrap(), fs::read(veto).unwrap());
    let written = fs::read_to_string(given.hooks().join("no.toml")).unwrap();
    assert!(written.starts_with("# Ours.\nname = \"Pair\"\npriority = 4\nsha256 = \""), "{written}");
    fs::write(&its, "priority = 'x'\nstatus = 'on'\n").unwrap();
    order(&pair).exits(2).says("priority").says("status");
    order(&["hooks", "remove", "no"]).exits(0).prints(&format!("removed no from {}\n", served.address()));
    assert!(!given.hooks().join("no.wasm").exists() && !given.hooks().join("no.toml").exists());
    order(&["hooks", "remove", "no"]).exits(2).says("there is no hook \"no\"");
    let serves = "disks.wasm serves the hook \"shared\" as well";
    order(&["hooks", "remove", "disks"]).exits(2).says(serves);
    let bad = given.data().join("bad.wasm");
    fs::write(&bad, "no wasm").unwrap();
    order(&["hooks", "install", bad.to_str().unwrap()]).exits(2).says("bad.wasm: error:");
}

#[tokio::test]
async fn a_version_that_a_service_took_back_is_accepted() {
    let given = Given::new().hook("a", "accept", "priority = 1");
    let admin = token(&given, &["--scope", "admin"]);
    let served = serve(&given, &["--set", "admission=any"]);
    let order = |args: &[&str]| order(&served, &admin, args);
    let none = order(&["hooks", "accept", "a"]);
    none.exits(2).says("no version of the hook \"a\" was taken back");
    put(&given.hooks().join("a.wasm"), version("panic", 0));
    served.signal("HUP");
    served.says("the hooks were read again");
    for _ in 0..3 {
        assert_eq!(disk(&served, &admin), "accept");
    }
    until("it is taken back", || order(&["hooks"]).err.contains("was taken back: 3 times it failed")).await;
    order(&["hooks"]).exits(0).says("`tenterhook hooks accept a` runs it all the same");
    order(&["hooks", "accept", "a"]).exits(0).shows("a is accepted, version ");
    order(&["hooks"]).exits(0).complains("");
    assert_eq!(disk(&served, &admin), "veto", "the version that panics is a guard that fails");
}
