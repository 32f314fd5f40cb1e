//! What hooks keep, at a service and in the directory in which it remembers: listed, and taken away on purpose only.

use super::hooks::order;
use crate::access::{serve, tenterhook, token};
use crate::command::cloudevent;
use serde_json::Value;
use std::time::{Duration, Instant};
use tenterhook_tests::{Given, Request, Served};

const COUNTS: &str = "priority = 1\n[[on]]\nevent = 'cloud.post_create'\n[grants]\nkeyvalue = true\n";

fn tell(served: &Served, admin: &str, id: &str) {
    let event = cloudevent(id, "cloud.post_create", "SERVER");
    Request::post("/v1/events", &event).bearer(admin).to(served).is(202);
}

/// The keys in the directory, once there are so many.
#[track_caller]
fn keys(given: &Given, count: usize) -> Vec<Value> {
    let began = Instant::now();
    loop {
        let ended = tenterhook(given, &["state", "list", "--json"]).ends();
        let found = ended.exits(0).json().as_array().unwrap().clone();
        if found.len() == count {
            return found;
        }
        assert!(began.elapsed() < Duration::from_secs(30), "{ended}");
    }
}

#[test]
fn what_hooks_keep_is_listed_and_goes_only_where_that_is_said() {
    let given = Given::new().hook("a", "reckon", COUNTS).hook("b", "reckon", COUNTS);
    let admin = token(&given, &["--scope", "admin"]);
    let read = token(&given, &["--scope", "read"]);
    let served = serve(&given, &["--set", "admission=any"]);
    let order = |args: &[&str]| order(&served, &admin, args);
    tell(&served, &admin, "e-1");
    let found = keys(&given, 4);
    assert_eq!((&found[0]["hook"], &found[0]["key"]), (&Value::from("a"), &Value::from("e-1")));
    assert_eq!((&found[1]["key"], &found[1]["value"]), (&Value::from("events"), &Value::from("1")));
    // The service says the same, page by page, and only to those who may see data.
    let whole = tenterhook(&given, &["state", "list"]).ends();
    whole.exits(0).shows("HOOK").shows("events");
    assert_eq!(order(&["state", "list"]).exits(0).out, whole.out);
    let page = order(&["state", "list", "--limit", "1"]);
    page.exits(0).shows("e-1").says(r#"there may be more, with --after ["a","","e-1"]"#);
    order(&["state", "list", "--after", r#"["a","","e-1"]"#, "--limit", "1", "--json"])
        .shows(r#""key":"events""#);
    order(&["state", "list", "b"]).exits(0).shows("b").hides("a ");
    order(&["state", "list", "--after", "x"]).exits(2).says("is no place in a list");
    Request::get("/v1/state").bearer(&read).to(&served).is(403);
    // What vanishes keeps its state, and so does what is removed without a word about it.
    order(&["hooks", "remove", "a"]).exits(0);
    keys(&given, 4);
    // With it, a hook that is gone already loses what it keeps.
    order(&["hooks", "remove", "a", "--state"]).exits(0);
    assert!(keys(&given, 2).iter().all(|key| key["hook"] == "b"));
    order(&["hooks", "remove", "a", "--state"]).exits(2).says("there is no hook \"a\"");
    order(&["hooks", "remove", "b", "--state"]).exits(0);
    keys(&given, 0);
    served.signal("TERM");
    assert_eq!(served.ends().0, Some(0));
    keys(&given, 0);
}

#[test]
fn the_state_of_a_directory_is_taken_away_with_its_hook() {
    let given = Given::new().hook("a", "reckon", COUNTS);
    let admin = token(&given, &["--scope", "admin"]);
    let served = serve(&given, &["--set", "admission=any"]);
    tell(&served, &admin, "e-1");
    keys(&given, 2);
    served.signal("TERM");
    served.ends();
    let remove = || {
        let run = tenterhook(&given, &["hooks", "remove", "a", "--state"]).hooks(&given);
        run.args(["--data"]).args([given.data().display().to_string()]).ends()
    };
    remove().exits(0).shows("removed 2 keys of a").says("a service that runs still knows them");
    keys(&given, 0);
    remove().exits(2).says("there is no hook \"a\"");
}

#[test]
fn a_told_event_is_cancelled_and_a_later_hook_gets_past_ones() {
    let given = Given::new().hook("a", "reckon", COUNTS);
    let admin = token(&given, &["--scope", "admin"]);
    let served = serve(&given, &["--set", "admission=any"]);
    let later = |id: &str| {
        let event = cloudevent(id, "cloud.post_create", "SERVER");
        let event = event.replace(r#""data""#, r#""due":"2999-01-01T00:00:00Z","data""#);
        Request::post("/v1/events", &event).bearer(&admin).to(&served).is(202);
    };
    later("e-1");
    later("e-2");
    let cancel = ["cancel", "e-1", "--source", "orchestrator"];
    order(&served, &admin, &cancel).exits(0).prints("1 delivery of e-1 cancelled\n");
    order(&served, &admin, &cancel).exits(0).prints("0 deliveries of e-1 cancelled\n");
    tell(&served, &admin, "e-3");
    keys(&given, 2);
    served.signal("TERM");
    served.ends();
    let cancelled = tenterhook(&given, &["cancel", "e-2", "--source", "orchestrator"]).ends();
    cancelled.exits(0).prints("1 delivery of e-2 cancelled\n").says("when it is started again");
    // A hook that comes later is given what the journal has, but for what was cancelled.
    let given = given.hook("b", "reckon", COUNTS);
    let served = serve(&given, &["--set", "admission=any"]);
    order(&served, &admin, &["hooks", "deliver", "b", "--since", "1h"]).exits(0).shows("b gets 1 event");
    let found = keys(&given, 4);
    assert!(found.iter().any(|key| key["hook"] == "b" && key["key"] == "e-3"), "{found:?}");
    order(&served, &admin, &["hooks", "deliver", "c", "--since", "1h"])
        .exits(2)
        .says("there is no hook \"c\"");
    order(&served, &admin, &["hooks", "deliver", "b", "--since", "soon"]).exits(2).says("is no time");
    tenterhook(&given, &["hooks", "deliver", "b", "--since", "1h"])
        .hooks(&given)
        .ends()
        .exits(2)
        .says("--to");
}
