//! What hooks call of the application: within their grants and their deadline, and nothing beyond (R33, R88).

mod config;
mod http;

use crate::seeing::service::Service;
use serde_json::json;
use tenterhook::Event;
use tenterhook::outcome::Failure;
use tenterhook_tests::{Desk, Given, World};

/// A hook that calls a method, with grants for told events and for asked ones.
fn calling(method: &str, arguments: &str, grants: &str, limits: &str) -> Given {
    let toml = format!(
        "[grants]\n{grants}\n[limits]\n{limits}\n[properties]\nmethod = '{method}'\narguments = '{arguments}'\n"
    );
    Given::new().hook("a", "call", &toml)
}

/// Such a hook, and the application that it calls.
async fn at(desk: &Desk, given: Given) -> World {
    given.platform(desk).start().await.without_problems()
}

#[tokio::test]
async fn a_hook_calls_a_method_and_reads_its_result() {
    // R33
    let desk = Desk::default();
    let world = at(&desk, calling("echo", r#"{"cpu": 1.10}"#, "platform = ['echo']", "")).await;
    world.created().id("e1").tenant("t1").attribute("traceparent", "00-1-2-01").await.trail(&["a accept"]);
    assert_eq!(world.log_of("a"), [r#"info: {"cpu": 1.10}"#]);
    let calls = desk.calls();
    let call = &calls[0];
    assert_eq!(
        (call.method.as_str(), call.arguments.as_str(), &*call.hook),
        ("echo", r#"{"cpu": 1.10}"#, "a")
    );
    assert_eq!(
        (call.event.as_str(), call.source.as_str(), call.tenant.as_deref()),
        ("e1", "tests", Some("t1"))
    );
    assert_eq!(call.traceparent.as_deref(), Some("00-1-2-01"));
    assert!(call.cause.starts_with("v1.") && call.answer_bytes_max == 64 * 1024);
}

#[tokio::test]
async fn a_hook_calls_in_types_of_its_own() {
    // R33
    let typed = |method: &str| calling(method, "four", &format!("platform = ['{method}']"), "");
    let given = |method: &str| {
        let toml = std::fs::read_to_string(typed(method).hooks().join("a.toml")).unwrap();
        Given::new().hook("a", "call", &toml.replace("[properties]", "[properties]\ntyped = 'yes'"))
    };
    let world = at(&Desk::default(), given("echo")).await;
    world.created().await;
    assert_eq!(world.log_of("a"), ["info: 8"]);
    let world = at(&Desk::default(), given("list")).await;
    world.created().await;
    assert!(
        world.log_of("a")[0].starts_with("warn: invalid-answer: invalid type: sequence"),
        "{:?}",
        world.log_of("a")
    );
}

#[tokio::test]
async fn calls_and_what_they_cause_are_counted() {
    let desk = Desk::default();
    let mut given = Given::new();
    let calls = [("a", "raise", "['raise']"), ("b", "fail", "['fail']"), ("c", "echo", "['other']")];
    for (id, method, granted) in
        calls.into_iter().chain([("d", "hang", "['hang']"), ("e", "huge", "['huge']")])
    {
        let limits = if id == "d" { "[limits]\ndeadline = '50ms'\n" } else { "" };
        let toml = format!(
            "[grants]\nplatform = {granted}\n{limits}[properties]\nmethod = '{method}'\n\
             arguments = '{{\"event\":\"cloud.post_create\"}}'\n"
        );
        given = given.hook(id, "call", &toml);
    }
    let world = at(&desk, given).await;
    desk.raises_at(&world.host);
    world.created().await;
    let of = |id: &str| {
        let calls = world.roster.hook(id).unwrap().stats().platform_calls();
        calls.map(|(ending, count)| format!("{ending} {count}")).collect::<Vec<_>>()
    };
    let all = ["a", "b", "c", "d", "e"].map(of);
    assert_eq!(all, [["done 1"], ["failed 1"], ["denied 1"], ["deadline 1"], ["output 1"]]);
    assert_eq!(world.host.tally().suppressed(), [("cloud.post_create".to_owned(), 1)]);
    let dry = Event::new("cloud.post_create", "tests").facet("option", "SERVER");
    world.host.dry_run(dry).await.unwrap();
    assert_eq!(world.roster.hook("b").unwrap().stats().platform_calls().count(), 1, "dry runs make none");
    let metrics = Service::of(world).await.text("/metrics").await;
    for line in [
        "tenterhook_events_suppressed_total{event=\"cloud.post_create\"} 1\n",
        "tenterhook_platform_calls_total{hook=\"a\",result=\"done\"} 1\n",
        "tenterhook_platform_calls_total{hook=\"c\",result=\"denied\"} 1\n",
    ] {
        assert!(metrics.contains(line), "no {line:?} in\n{metrics}");
    }
}

#[tokio::test]
async fn an_error_reaches_the_hook_with_its_code_and_message() {
    let world = at(&Desk::default(), calling("fail", "{}", "platform = ['fail']", "")).await;
    world.created().await.trail(&["a accept"]);
    assert_eq!(world.log_of("a"), ["warn: no-luck: not today"]);
}

#[tokio::test]
async fn what_is_not_granted_is_denied_and_does_not_reach_the_application() {
    // R88
    let denied = |method: &str, when: &str| {
        format!("warn: access-denied: this hook is not granted the platform call \"{method}\"{when}")
    };
    for (grants, on_ask, on_tell) in [
        ("", denied("echo", ""), denied("echo", "")),
        (
            "platform = ['Echo', 'ech', 'echo2']",
            denied("echo", " on an asked event"),
            denied("echo", " on a told event"),
        ),
        ("platform = ['echo']", denied("echo", " on an asked event"), "info: 1".to_owned()),
        ("platform_ask = ['echo']", "info: 1".to_owned(), denied("echo", " on a told event")),
    ] {
        let desk = Desk::default();
        let world = at(&desk, calling("echo", "1", grants, "")).await;
        world.create().await.accepted().trail(&["a accept"]);
        world.created().await.trail(&["a accept"]);
        assert_eq!(world.log_of("a"), [on_ask.as_str(), on_tell.as_str()], "{grants}");
        let answered = world.log_of("a").iter().filter(|line| line.starts_with("info")).count();
        assert_eq!(desk.calls().len(), answered);
    }
}

#[tokio::test]
async fn a_dry_run_calls_nothing() {
    let desk = Desk::default();
    // What a dry run logs is dropped, so that it fails where the call was not denied says it.
    let world = at(&desk, calling("echo", "1", "platform = ['echo']\nplatform_ask = ['echo']", "")).await;
    let event = || tenterhook::Event::new("cloud.pre_create", "tests").facet("option", "SERVER");
    let outcome = world.host.dry_run(event()).await.unwrap();
    assert_eq!((outcome.trail.len(), outcome.failed(), desk.calls().len()), (1, false, 0));
    world.host.ask(event()).await.unwrap();
    assert_eq!(desk.calls().len(), 1, "the check would notice");
}

#[tokio::test]
async fn the_same_calls_of_a_hook_on_an_event_have_the_same_keys() {
    let desk = Desk::default();
    let given = calling("echo", "1", "platform = ['echo']", "").hook(
        "b",
        "call",
        "isolation = 'warm'\n[grants]\nplatform = ['echo']\n[properties]\nmethod = 'echo'\narguments = '2'\ntimes = 2",
    );
    let world = at(&desk, given).await;
    world.created().id("e1").await;
    world.created().id("e1").await;
    let keys: Vec<_> = desk.calls().into_iter().map(|call| call.idempotency_key).collect();
    assert_eq!(keys, ["e1/a/1", "e1/b/1", "e1/b/2", "e1/a/1", "e1/b/1", "e1/b/2"]);
}

#[tokio::test]
async fn arguments_that_are_no_json_or_too_large_go_nowhere() {
    let desk = Desk::default();
    let said = async |arguments: &str, limits: &str| {
        let world = at(&desk, calling("echo", arguments, "platform = ['echo']", limits)).await;
        world.created().await;
        world.log_of("a").join("\n")
    };
    assert!(said("{", "").await.starts_with("warn: invalid-arguments: not JSON"));
    assert!(said("", "").await.starts_with("warn: invalid-arguments: not JSON"));
    assert!(said(r#"{"a":1,"a":2}"#, "").await.contains("the key \"a\" stands twice"));
    let large = said("bytes 1025", "output = '1KiB'").await;
    assert_eq!(large, "warn: invalid-arguments: 1025 bytes, at most 1024 are allowed");
    assert_eq!(desk.calls().len(), 0);
    assert!(said("bytes 1024", "output = '1KiB'").await.starts_with("info: 111"));
}

#[tokio::test]
async fn more_arguments_than_the_host_takes_at_all_end_the_call() {
    let world =
        at(&Desk::default(), calling("echo", "bytes 1000000", "platform = ['echo']", "output = '1KiB'"))
            .await;
    world.created().await.failed("a", Failure::Output, "more than its limit");
}

#[tokio::test]
async fn a_huge_answer_does_not_reach_the_hook() {
    let world = at(&Desk::default(), calling("huge", "1", "platform = ['huge']", "")).await;
    world.created().await.trail(&["a accept"]);
    assert_eq!(
        world.log_of("a"),
        ["warn: too-large: the answer has 100002 bytes, at most 65536 are allowed"]
    );
}

#[tokio::test]
async fn a_platform_that_hangs_is_not_waited_for_longer_than_for_the_hook() {
    let given = calling("hang", "1", "platform = ['hang']\nplatform_ask = ['hang']", "deadline = '50ms'");
    let world = at(&Desk::default(), given.hook("b", "accept", "priority = 1")).await;
    let answer = world.create().await;
    answer.vetoed_by("a", "hook_failed").trail(&["a failed:deadline", "b skipped"]);
    answer.within(std::time::Duration::from_secs(5));
    world.created().await.trail(&["a failed:deadline", "b accept"]);
    // Nothing of it is left behind.
    assert_eq!(world.host.running(), 0);
}

#[tokio::test]
async fn without_a_platform_what_is_granted_is_unavailable() {
    let world = calling("echo", "1", "platform = ['echo']", "").start().await.without_problems();
    world.created().await.trail(&["a accept"]);
    assert_eq!(world.log_of("a"), ["warn: unavailable: this host has no platform"]);
}

#[tokio::test]
async fn a_hook_may_call_when_it_is_initialised() {
    // R33, R114
    let desk = Desk::default();
    let toml = "type = 'charging.engine'\non = [{ event = 'charging.engine.initialisation' }]\n\
                [grants]\nplatform = ['echo']\n[properties]\nmethod = 'echo'\narguments = '1'\n";
    let world = at(&desk, Given::new().hook("a", "call", toml)).await;
    assert_eq!(world.log_of("a"), ["info: 1"]);
    assert_eq!((desk.calls()[0].source.as_str(), desk.calls().len()), ("tenterhook", 1));
}

#[tokio::test]
async fn grants_are_read_shown_and_wrong_ones_refused() {
    let toml = "[grants]\nplatform = ['a b', '*', 3, '']\nplatform_ask = 'getServer'\nplatforms = []\n";
    let world = Given::new().hook("a", "call", toml).start().await;
    let hint = "each is named by itself: letters, digits, _ . : / and -, at most 128";
    let expected = [
        "a.toml:4: unknown key \"grants.platforms\", did you mean \"platform\"?".to_owned(),
        format!("a.toml:2: grants.platform: \"a b\" is no method, {hint}"),
        format!("a.toml:2: grants.platform: \"*\" is no method, {hint}"),
        "a.toml:2: \"grants.platform\" must be a string, not an integer".to_owned(),
        format!("a.toml:2: grants.platform: \"\" is no method, {hint}"),
        "a.toml:3: \"grants.platform_ask\" must be an array, not a string".to_owned(),
    ];
    assert_eq!(world.problems(), expected);
    let world =
        calling("a", "1", "platform = ['createServer']\nplatform_ask = ['a:b/c.d-e_1']", "").start().await;
    let roster = world.without_problems().host.roster();
    let view = serde_json::to_value(tenterhook::view::HookView::of(roster.hook("a").unwrap())).unwrap();
    assert_eq!(
        view["grants"],
        json!({"keyvalue": false, "platform": ["createServer"], "platform_ask": ["a:b/c.d-e_1"], "environment": [], "http": [], "networks": []})
    );
}
