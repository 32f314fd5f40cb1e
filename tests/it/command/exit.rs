//! How `fire` ends: 0, 10, 1, 2, of many events the worst in the order 2, 1, 10, 0.

use super::{cloudevent, guards, tenterhook};
use tenterhook_tests::{Ended, Given};

/// Events by what comes of them.
fn event(outcome: &str) -> String {
    match outcome {
        "accepted" => cloudevent("a", "cloud.pre_create", "SERVER"),
        "vetoed" => cloudevent("v", "cloud.pre_create", "DISK"),
        "told" => cloudevent("t", "cloud.post_delete", "DISK"),
        "told, failed" => cloudevent("f", "cloud.post_create", "DISK"),
        "unusable" => cloudevent("u", "cloud.pre_create", "BANANA"),
        "no JSON" => "{\"specversion\":}".to_owned(),
        other => panic!("{other}"),
    }
}

fn fire(given: &Given, outcomes: &[&str]) -> Ended {
    let lines: Vec<String> = outcomes.iter().map(|outcome| event(outcome)).collect();
    tenterhook(["fire", "-", "--json"]).hooks(given).input(lines.join("\n")).ends()
}

#[test]
fn the_exit_code_says_what_was_decided() {
    // R87: a hook that fails at a told event changes nothing about the event, but is noticed.
    let given = guards();
    let codes =
        [("accepted", 0), ("vetoed", 10), ("told", 0), ("told, failed", 1), ("unusable", 2), ("no JSON", 2)];
    for (outcome, code) in codes {
        fire(&given, &[outcome]).exits(code);
    }
}

#[test]
fn of_many_events_the_worst_counts() {
    let given = guards();
    fire(&given, &["accepted", "told", "accepted"]).exits(0);
    fire(&given, &["accepted", "vetoed", "told"]).exits(10);
    fire(&given, &["vetoed", "told, failed", "vetoed"]).exits(1);
    fire(&given, &["accepted", "no JSON", "told, failed", "vetoed"]).exits(2);
}

#[test]
fn a_told_event_whose_hook_failed_is_accepted_all_the_same() {
    let fired = fire(&guards(), &["told, failed"]);
    let outcome = fired.exits(1).json();
    assert_eq!(outcome["decision"], "accept");
    assert_eq!(outcome["trail"][0]["failure"], "error");
    assert_eq!(outcome["trail"][0]["message"], "no luck");
}

#[test]
fn a_failed_guard_vetoes_or_not_as_its_operator_says() {
    let guard = |on_failure: &str| {
        Given::new().hook("guard", "panic", &format!("priority = 1\non_failure = \"{on_failure}\"\n"))
    };
    let vetoed = fire(&guard("veto"), &["accepted"]);
    assert_eq!(vetoed.exits(10).json()["veto"]["code"], "hook_failed");
    let accepted = fire(&guard("accept"), &["accepted"]);
    assert_eq!(accepted.exits(0).json()["trail"][0]["failure"], "trap");
}

#[test]
fn a_bad_event_is_reported_in_its_place_and_the_good_ones_fire() {
    let fired = fire(&guards(), &["accepted", "no JSON", "vetoed", "unusable", "accepted"]);
    let answers = fired.exits(2).complains("").json_lines();
    let ids: Vec<_> = answers.iter().map(|answer| answer["id"].as_str().unwrap_or("-")).collect();
    assert_eq!(ids, ["a", "-", "v", "-", "a"]);
    let syntax = &answers[1]["problems"][0];
    assert_eq!((&syntax["severity"], &syntax["line"]), (&"error".into(), &2.into()), "{syntax}");
    assert_eq!(syntax["file"], "standard input");
    let unknown = &answers[3]["problems"][0];
    assert_eq!(unknown["file"], "standard input, event 4");
    assert_eq!(unknown["message"], "\"BANANA\" is no option of cloud.pre_create");
}

#[test]
fn people_are_told_of_a_bad_event_in_its_place_too() {
    let lines = [event("accepted"), event("unusable"), event("vetoed")].join("\n");
    let fired = tenterhook(["fire", "-"]).hooks(&guards()).input(lines).ends();
    let words: Vec<&str> = fired.exits(2).out.lines().filter_map(|line| line.split("  ").next()).collect();
    assert_eq!(words, ["accepted", "refused", "vetoed", ""], "{fired}");
    fired.says("standard input, event 2: error: \"BANANA\" is no option of cloud.pre_create");
}

#[test]
fn everything_wrong_with_one_event_is_said_at_once() {
    let event = r#"{"specversion":"1.0","id":7,"type":"cloud.pre_create","data":5,"color":[]}"#;
    let fired = tenterhook(["fire", "-", "--json"]).hooks(&guards()).input(event).ends();
    let problems = fired.exits(2).json()["problems"].clone();
    let messages: Vec<_> =
        problems.as_array().unwrap().iter().map(|problem| problem["message"].as_str().unwrap()).collect();
    let color = "attribute \"color\" must be a string, a number or a boolean";
    assert_eq!(messages, ["\"id\" must be a string, not 7", "\"source\" is missing", color]);
}
