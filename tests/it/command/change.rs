//! `hooks enable`, `disable`, `archive`, `install`, `remove` and `accept`: a directory is changed.

use super::{guards, tenterhook};
use crate::reload::probation::taken_back;
use std::fs;
use tenterhook::outcome::Failure;
use tenterhook_tests::{Ended, Given, guest};

fn hooks(given: &Given, args: &[&str]) -> Ended {
    tenterhook(["hooks"]).args(args).hooks(given).ends()
}

fn toml(given: &Given, id: &str) -> String {
    fs::read_to_string(given.hooks().join(format!("{id}.toml"))).unwrap()
}

/// The names of the files, sorted.
fn files(given: &Given) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(given.hooks())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_status_is_written_where_the_operator_wrote_the_rest() {
    // R79, R80, R82
    let given = Given::new().hook("quota", "accept", "# Ours.\npriority = 1 # first\nstatus = 'enabled'\n");
    hooks(&given, &["disable", "quota"]).exits(0).complains("").prints("quota is disabled\n");
    let written = toml(&given, "quota");
    assert!(written.starts_with("# Ours.\npriority = 1 # first\nstatus = \"disabled\"\n"), "{written}");
    hooks(&given, &[]).exits(0).shows("disabled");
    hooks(&given, &["archive", "quota"]).exits(0).prints("quota is archived\n");
    hooks(&given, &[]).exits(0).prints("").says("no hook found");
    hooks(&given, &["enable", "quota"]).exits(0).prints("quota is enabled\n");
    hooks(&given, &[]).exits(0).shows("enabled");
    assert_eq!(files(&given), ["quota.toml", "quota.wasm"]);
}

#[test]
fn a_component_alone_gets_a_toml() {
    let given = Given::new().component("quota", &guest("accept"));
    hooks(&given, &["disable", "quota"]).exits(0);
    assert_eq!(toml(&given, "quota"), "status = \"disabled\"\n");
    hooks(&given, &["show", "quota"]).exits(0).shows("disabled").shows("component quota.wasm");
}

#[test]
fn a_hook_that_is_not_there_is_named_with_the_one_that_is_meant() {
    let given = guards();
    for command in ["show", "enable", "disable", "archive", "remove", "accept"] {
        let ended = hooks(&given, &[command, "disk"]);
        ended.exits(2).prints("").says("there is no hook \"disk\", did you mean \"disks\"?");
        hooks(&given, &[command, "../disks"]).exits(2).says("\"../disks\" is no id for a hook, use a-z");
    }
    let none = tenterhook(["hooks", "enable", "a", "--hooks", "nowhere"]).ends();
    none.exits(1).says("the hooks directory nowhere cannot be opened").says("--hooks");
}

#[test]
fn a_hook_that_could_not_run_is_not_enabled_and_is_disabled() {
    let bad = "name = \"Bad\"\npriority = 1\nstatus = \"disabled\"\non = [{ event = 'cloud.pre_auth' }]\n";
    let given = Given::new().toml("bad", bad).file("bad.wasm", "no wasm");
    hooks(&given, &["enable", "bad"]).exits(2).prints("").says("hooks/bad.wasm: error:");
    assert_eq!(toml(&given, "bad"), bad);
    let given = given.toml("bad", &bad.replace("disabled", "enabled"));
    hooks(&given, &["disable", "bad"]).exits(0);
    assert_eq!(toml(&given, "bad"), bad);
}

#[test]
fn a_component_is_installed_with_its_digest_and_replaced_only_on_demand() {
    let given = Given::new();
    let (veto, accept) = (guest("veto"), guest("accept"));
    let (veto, accept) = (veto.to_str().unwrap(), accept.to_str().unwrap());
    let installed = hooks(&given, &["install", veto, "--id", "no"]);
    installed
        .exits(0)
        .complains("")
        .shows("wrote hooks/no.toml\nwrote hooks/no.wasm\nno is enabled, version ");
    assert_eq!(fs::read(given.hooks().join("no.wasm")).unwrap(), fs::read(veto).unwrap());
    assert!(toml(&given, "no").starts_with("sha256 = \""), "{}", toml(&given, "no"));
    tenterhook(["check"]).directory(&given).ends().exits(0).shows("no problems in 1 hook");
    let again = hooks(&given, &["install", accept, "--id", "no"]);
    again.exits(2).prints("").says("there is a hook \"no\" already, --replace gives it this component");
    let given = given.toml("no", "# Ours.\nstatus = \"disabled\"\npriority = 3\n");
    let replaced = hooks(&given, &["install", accept, "--id", "no", "--replace"]);
    replaced.exits(0).shows("no is disabled, ").shows("; `tenterhook hooks enable no` puts it to work");
    assert!(toml(&given, "no").starts_with("# Ours.\nstatus = \"disabled\"\npriority = 3\nsha256 = \""));
    let named = hooks(&given, &["install", accept]);
    named.exits(0).shows("wrote hooks/accept.wasm");
    assert_eq!(files(&given), ["accept.toml", "accept.wasm", "no.toml", "no.wasm"]);
}

#[test]
fn what_cannot_be_a_hook_is_not_installed() {
    let given = Given::new();
    let install = |name: &str, content: &str| {
        let run = tenterhook(["hooks", "install", name]).file(name, content);
        run.hooks(&given).ends()
    };
    install("bad.wasm", "no wasm").exits(2).prints("").says("hooks/bad.wasm: error:");
    install("Bad One.wasm", "").exits(2).says("\"Bad One\" is no id for a hook, name one with --id");
    let missing = hooks(&given, &["install", "missing.wasm"]);
    missing.exits(2).says("missing.wasm: error: the component cannot be read: ");
    assert_eq!(files(&given), [""; 0]);
}

#[test]
fn a_hook_is_removed_with_both_files_unless_others_share_its_component() {
    let given = guards().toml("shared", "component = \"disks.wasm\"\npriority = 5\n");
    let refused = hooks(&given, &["remove", "disks"]);
    refused.exits(2).prints("").says("disks.wasm serves the hook \"shared\" as well");
    hooks(&given, &["remove", "shared"]).exits(0).complains("").prints("removed hooks/shared.toml\n");
    let removed = hooks(&given, &["remove", "disks"]);
    removed.exits(0).complains("").prints("removed hooks/disks.wasm\nremoved hooks/disks.toml\n");
    assert_eq!(files(&given), ["failing.toml", "failing.wasm"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_version_that_was_taken_back_runs_from_the_next_start_on_once_it_is_accepted() {
    let given = taken_back().await.stop();
    let state = given.data().display().to_string();
    let check = tenterhook(["check"]).directory(&given).args(["--state", &state]).ends();
    check.exits(2).shows("was taken back").shows("`tenterhook hooks accept a` runs it all the same");
    let elsewhere = hooks(&given, &["accept", "a"]);
    elsewhere.exits(2).says("no version of the hook \"a\" was taken back").says("--state");
    hooks(&given, &["accept", "a", "--state", &state]).exits(0).prints("a is accepted\n").says("with --to");
    hooks(&given, &["accept", "a", "--state", &state]).exits(2).says("no version of the hook \"a\"");
    given.start().await.create().await.failed("a", Failure::Trap, "");
}

#[test]
fn a_component_is_installed_together_with_its_toml() {
    let given = Given::new();
    let veto = guest("veto");
    let install = |toml: &str, more: &[&str]| {
        let run =
            tenterhook(["hooks", "install", veto.to_str().unwrap(), "--id", "no", "--toml", "its.toml"]);
        run.args(more).file("its.toml", toml).hooks(&given).ends()
    };
    let own = "# Ours.\npriority = 7\nstatus = \"disabled\"\n";
    install(own, &[]).exits(0).complains("").shows("wrote hooks/no.wasm\nno is disabled, version ");
    assert!(toml(&given, "no").starts_with(&format!("{own}sha256 = \"")), "{}", toml(&given, "no"));
    let other = "name = \"Other\"\npriority = 8\n";
    install(other, &[]).exits(2).says("there is a hook \"no\" already, --replace");
    install(other, &["--replace"]).exits(0);
    assert!(toml(&given, "no").starts_with(&format!("{other}sha256 = \"")), "{}", toml(&given, "no"));
    let before = toml(&given, "no");
    let zeros = "0".repeat(64);
    for (bad, says) in [
        ("priority = 'x'\nstatus = 'on'\n", "priority"),
        ("priority = 'x'\nstatus = 'on'\n", "status"),
        ("priority = 1\ncomponent = 'other.wasm'\n", "other.wasm"),
        (&format!("priority = 1\nsha256 = '{zeros}'\n"), "sha256"),
        ("priority = \n", "no.toml"),
    ] {
        install(bad, &["--replace"]).exits(2).prints("").says(says);
        assert_eq!(toml(&given, "no"), before, "{bad}");
    }
    let missing = hooks(&given, &["install", "missing.wasm", "--toml", "missing.toml"]);
    missing.exits(2).says("the component cannot be read: ").says("the TOML cannot be read: ");
}
