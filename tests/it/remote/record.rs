//! The log and the dead letters of a service, and of the directory in which it remembers.

use super::hooks::{ask, order};
use crate::access::{serve, tenterhook, token};
use crate::command::cloudevent;
use serde_json::Value;
use std::time::{Duration, Instant};
use tenterhook_tests::{Ended, Given, Request, Served};

/// A hook that refuses what it is asked and what it is told, and one that changes.
fn given() -> Given {
    let veto = "priority = 1\n[[on]]\nevent = 'cloud.pre_create'\n[[on]]\nevent = 'cloud.post_create'\n";
    let amend = "priority = 1\n[[on]]\nevent = 'cloud.pre_payment'\n[properties.patch]\nx = 1\n";
    Given::new().hook("crm", "veto", veto).hook("tax", "amend", amend)
}

fn fire(served: &Served, id: &str, name: &str, token: &str) {
    let mut event = cloudevent(id, name, "SERVER");
    if name == "cloud.pre_payment" {
        event = event.replace(r#""option":"SERVER","#, "");
    }
    let request = Request::post("/v1/events", &event);
    let request = if token.is_empty() { request } else { request.bearer(token) };
    assert!(request.to(served).status < 300);
}

/// Runs it until it prints so many lines of JSON objects.
#[track_caller]
fn until_count(run: impl Fn() -> Ended, count: usize) -> Vec<Value> {
    let began = Instant::now();
    loop {
        let ended = run();
        let found = ended.exits(0).json().as_array().unwrap().clone();
        if found.len() == count {
            return found;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "{ended}");
    }
}

#[test]
fn the_log_of_a_service_is_that_of_its_directory() {
    // F15
    let given = given();
    let served = serve(&given, &[]);
    for (id, name) in
        [("e-1", "cloud.pre_create"), ("e-2", "cloud.post_create"), ("e-3", "cloud.pre_payment")]
    {
        fire(&served, id, name, "");
    }
    let local = |args: &[&str]| tenterhook(&given, args).ends();
    until_count(|| local(&["log", "--json"]), 3);
    let dead = until_count(|| local(&["dead", "list", "--json"]), 1)[0]["id"].to_string();
    for args in [
        &["log"][..],
        &["log", "--json"],
        &["log", "--hook", "crm", "--status", "veto", "--limit", "1"],
        &["log", "--text", "NOT TODAY", "--from", "1h", "--json"],
        &["log", "--subject", "nobody"],
        &["dead", "list"],
        &["dead", "list", "--status", "", "--hook", "crm", "--json"],
        &["dead", "list", "--status", "waiting"],
    ] {
        let (remote, local) = (ask(&served, args), local(args));
        assert_eq!((remote.code, &remote.out), (Some(0), &local.out), "{args:?}\n{remote}{local}");
    }
    local(&["log"]).shows("STATUS").shows("not today").shows("cloud.pre_create").shows("vdc-7");
    local(&["log", "--limit", "1"]).says("there may be more, with --before ");
    let changed = local(&["log", "--status", "amend", "--json"]).json()[0]["id"].to_string();
    // Whoever may read the directory sees the data; who may only read at the service does not.
    local(&["log", &changed])
        .exits(0)
        .shows("changed to")
        .shows(r#"{"name":"e-3","x":1}"#)
        .shows(r#"{"name":"e-3"}"#);
    let remote = ask(&served, &["log", &changed]);
    remote.exits(0).shows("only for those with the scope admin").hides("name").shows("vdc-7");
    local(&["dead", "show", &dead]).exits(0).shows("dead").shows(r#"{"name":"e-2"}"#).shows("not today");
    ask(&served, &["dead", "show", &dead]).exits(0).hides(r#"{"name""#).shows("e-2");
    for args in [
        &["log", "4711"][..],
        &["dead", "show", "4711"],
        &["log", "--status", "fail"],
        &["dead", "list", "--limit", "0"],
    ] {
        ask(&served, args).exits(2);
        local(args).exits(2);
    }
    let admin = token(&given, &["--scope", "admin"]);
    let shown = order(&served, &admin, &["log", &changed, "--json"]);
    shown.exits(0).shows(r#""data":{"name":"e-3"}"#).shows(r#""changed":{"name":"e-3","x":1}"#);
}

#[test]
fn dead_letters_are_resent_and_dropped_at_a_service_and_in_its_directory() {
    let given = given();
    let admin = token(&given, &["--scope", "admin"]);
    let served = serve(&given, &["--set", "admission=any"]);
    fire(&served, "e-1", "cloud.post_create", &admin);
    fire(&served, "e-2", "cloud.post_create", &admin);
    let local = |args: &[&str]| tenterhook(&given, args).ends();
    let list = || local(&["dead", "list", "--json"]);
    let dead = until_count(list, 2);
    let (newer, older) = (dead[0]["id"].to_string(), dead[1]["id"].to_string());
    order(&served, &admin, &["dead", "resend", &newer])
        .exits(0)
        .shows(&format!("{newer} to crm is due again"));
    // The hook refuses it again.
    until_count(|| local(&["log", "--json"]), 3);
    until_count(list, 2);
    order(&served, &admin, &["dead", "drop", &newer]).exits(0).prints(&format!("{newer} is dropped\n"));
    order(&served, &admin, &["dead", "drop", &newer]).exits(2).says(&format!("there is no delivery {newer}"));
    let resent = order(&served, &admin, &["dead", "resend", "--hook", "crm"]);
    resent.exits(0).prints("1 dead letter of crm is due again\n");
    until_count(|| local(&["log", "--json"]), 4);
    until_count(list, 1);
    let fire_only = token(&given, &["--scope", "read"]);
    order(&served, &fire_only, &["dead", "resend", &older]).exits(1).says("refuses");
    // A service that runs notices what is done in its directory.
    local(&["dead", "resend", &older]).exits(0).says("within two seconds");
    until_count(|| local(&["log", "--json"]), 5);
    until_count(list, 1);
    served.signal("TERM");
    served.ends();
    let resent = local(&["dead", "resend", "--hook", "crm"]);
    resent.exits(0).prints("1 dead letter of crm is due again\n");
    assert_eq!(local(&["dead", "list", "--status", "pending", "--json"]).json()[0]["attempts"], 0);
    local(&["dead", "drop", &older]).exits(2).says("is no dead letter, it is pending");
    let _served = serve(&given, &["--set", "admission=any"]);
    until_count(|| local(&["log", "--json"]), 6);
    until_count(list, 1);
    local(&["dead", "drop", &older]).exits(0);
    local(&["dead", "list"]).exits(0).prints("").says("nothing found");
    local(&["journal", "verify"]).exits(0);
    local(&["log", "--data", "elsewhere"]).exits(2).says("there is no journal in this directory");
}

#[test]
fn past_events_of_a_service_become_cases_without_what_is_masked() {
    let given = given();
    let served = serve(&given, &[]);
    fire(&served, "e-1", "cloud.pre_create", "");
    fire(&served, "e-3", "cloud.pre_payment", "");
    until_count(|| tenterhook(&given, &["log", "--json"]).ends(), 2);
    let reader = ask(&served, &["test", "--record"]);
    reader.exits(2).says("record with a token that has the scope admin");
    assert!(!reader.folder().join("cases").exists());
    let admin = token(&given, &["--scope", "admin"]);
    let args = ["test", "--record", "--hook", "crm", "--mask", "data.name", "--mask", "data.nothing"];
    let recorded = order(&served, &admin, &args);
    recorded
        .exits(0)
        .shows("cases/cloud.pre_create-")
        .says("no event has \"data.nothing\"")
        .says("1 case recorded");
    let cases = recorded.folder().join("cases");
    let file = std::fs::read_dir(&cases).unwrap().next().unwrap().unwrap().path();
    let case: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!((&case["event"]["data"]["name"], &case["event"]["option"]), (&"***".into(), &"SERVER".into()));
    let run = crate::command::tenterhook(["test", "--update", "--cases"]).args([&cases]);
    run.args([tenterhook_tests::guest("veto")]).ends().exits(0).shows("updated cloud.pre_create-");
    order(&served, &admin, &["test", "--record", "--hook", "nobody"]).exits(0).says("nothing found");
}
