//! Told events are written down before the caller goes on, and reach their hooks whatever happens.

mod embedder;
mod retention;
mod verify;

use std::os::unix::fs::PermissionsExt;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};
use tenterhook::host::FireError;
use tenterhook::outcome::Receipt;
use tenterhook::{Event, Host};
use tenterhook_tests::{Answer, Given, World, until};

fn receipt(answer: &Answer) -> &Receipt {
    answer.outcome.receipt.as_ref().expect("it was written down")
}

/// Waits until the hook has logged so many lines.
async fn lines(world: &World, hook: &str, count: usize) {
    until(format!("{hook} logs {count} lines"), || world.log_of(hook).len() >= count).await;
}

/// A clock that stands still until it is set, and how to move it on by two hours.
fn by_hand(given: Given) -> (Given, impl Fn()) {
    let now = Arc::new(Mutex::new(SystemTime::now()));
    let clock = Arc::clone(&now);
    let given = given.clock(move || *clock.lock().unwrap());
    (given, move || *now.lock().unwrap() += Duration::from_secs(7200))
}

const IN_AN_HOUR: Duration = Duration::from_secs(3600);

fn at_once(given: Given) -> Given {
    given.journal(|rules| rules.retries = vec![Duration::from_millis(10); 3])
}

#[tokio::test]
async fn a_told_event_is_written_down_and_reaches_its_hooks_by_priority() {
    let given = Given::new().hook("b", "see", "priority = 1").hook("a", "see", "priority = 2");
    let world = given.journal(|_| {}).start().await;
    let answer = world.created().subject("vdc-7").data(r#"{"a":1.10}"#).await;
    assert_eq!((receipt(&answer).owed, receipt(&answer).repeated), (2, false));
    assert!(answer.outcome.trail.is_empty());
    lines(&world, "a", 1).await;
    let order: Vec<String> = world.log().iter().map(|line| line.hook.to_string()).collect();
    assert_eq!(order, ["b", "a"]);
    assert!(world.log_of("a")[0].contains(r#"{"a":1.10}"#), "{:?}", world.log_of("a"));
}

#[tokio::test]
async fn the_journal_is_made_where_there_is_none_and_is_its_owners_alone() {
    let given = Given::new();
    let data = given.data().join("deep/er");
    let host = Host::builder().data(&data).limits(given.host_limits()).journal().start().await.unwrap();
    let event = Event::new("cloud.post_create", "tests").facet("option", "SERVER");
    assert!(host.tell(event).await.unwrap().receipt.is_some());
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data), 0o700);
    for file in ["tenterhook.db", "tenterhook.db-wal", "tenterhook.db-shm"] {
        assert_eq!(mode(&data.join(file)), 0o600, "{file}");
    }
}

#[tokio::test]
async fn an_event_that_is_told_again_is_delivered_once() {
    let world = Given::new().hook("a", "see", "").journal(|_| {}).start().await;
    let tell = |data: &str| world.created().id("e-1").data(data);
    let first = tell(r#"{"a":1}"#).await;
    let again = tell(r#"{"a":1}"#).await;
    assert_eq!(receipt(&again).sequence, receipt(&first).sequence);
    assert!(receipt(&again).repeated && !receipt(&first).repeated);
    assert_eq!(tell(r#"{"a":2}"#).fire().await, Err(FireError::Conflict));
    assert_eq!(receipt(&world.created().id("e-2").await).sequence, receipt(&first).sequence + 1);
    lines(&world, "a", 2).await;
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(world.log_of("a").len(), 2);
}

#[tokio::test]
async fn what_fails_is_tried_again_and_holds_nobody_up() {
    let given = Given::new().hook("a", "panic", "priority = 1").hook("b", "see", "priority = 2");
    let world = at_once(given).start().await;
    world.created().subject("s").await;
    world.created().subject("s").await;
    lines(&world, "b", 2).await;
    let hook = world.roster.hook("a").unwrap();
    // Each of the two is attempted four times.
    until("all attempts were made", || hook.stats().calls() >= 8).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(hook.stats().calls(), 8);
}

#[tokio::test]
async fn what_is_owed_survives_the_end_of_the_host() {
    let given = Given::new().hook("a", "see", "status = 'disabled'").hook("b", "see", "");
    let world = given.journal(|_| {}).start().await;
    world.created().id("e-1").await;
    lines(&world, "b", 1).await;
    let given = world.stop().hook("c", "see", "");
    let world = given.start().await;
    let again = world.created().id("e-1").await;
    assert!(receipt(&again).repeated, "ids that were seen are known after a restart");
    world.created().id("e-2").await;
    lines(&world, "c", 1).await;
    tokio::time::sleep(Duration::from_millis(20)).await;
    // Nobody gets what it was not owed, nor again what it had.
    assert_eq!((world.log_of("a").len(), world.log_of("b").len(), world.log_of("c").len()), (0, 1, 1));
}

#[tokio::test]
async fn a_hook_that_wants_an_order_gets_no_later_event_of_a_subject_before_an_earlier_one() {
    let given = Given::new().hook("a", "by-event", "ordered = 'subject'").hook("b", "by-event", "");
    let (given, two_hours_later) = by_hand(given.journal(|rules| rules.retries = vec![IN_AN_HOUR]));
    let world = given.start().await;
    for (id, subject) in [("fail-once-1", "s"), ("e-2", "s"), ("e-3", "t"), ("e-4", "s")] {
        world.created().id(id).subject(subject).await;
    }
    lines(&world, "a", 2).await;
    lines(&world, "b", 4).await;
    two_hours_later();
    lines(&world, "a", 5).await;
    lines(&world, "b", 5).await;
    let order = |hook: &str, subject: &str| -> Vec<String> {
        world.log_of(hook).iter().filter(|line| line.contains(subject)).cloned().collect()
    };
    assert_eq!(
        order("a", " s "),
        ["info: fail-once-1 s 1", "info: fail-once-1 s 2", "info: e-2 s 1", "info: e-4 s 1"]
    );
    assert_eq!(order("a", " t "), ["info: e-3 t 1"]);
    // Without it only first attempts keep their order.
    assert_eq!(
        order("b", " s "),
        ["info: fail-once-1 s 1", "info: e-2 s 1", "info: e-4 s 1", "info: fail-once-1 s 2"]
    );
}

#[tokio::test]
async fn what_is_owed_to_a_hook_that_is_disabled_waits_for_it() {
    let given = Given::new().hook("a", "by-event", "");
    let (given, two_hours_later) = by_hand(given.journal(|rules| rules.retries = vec![IN_AN_HOUR]));
    let world = given.start().await;
    let set = async |status: &str| {
        let toml = format!("status = '{status}'\n[limits]\ndeadline = '20s'");
        std::fs::write(world.given().hooks().join("a.toml"), toml).unwrap();
        world.host.reload().await.unwrap();
    };
    world.created().id("fail-once-1").await;
    lines(&world, "a", 1).await;
    set("disabled").await;
    two_hours_later();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(world.log_of("a").len(), 1);
    set("enabled").await;
    lines(&world, "a", 2).await;
    assert_eq!(world.log_of("a")[1], "info: fail-once-1 - 2");
}

#[tokio::test]
async fn an_event_with_a_time_waits_for_it_and_can_be_cancelled() {
    // R111
    let now = Arc::new(Mutex::new(SystemTime::now()));
    let clock = Arc::clone(&now);
    let given = Given::new().hook("a", "by-event", "").journal(|_| {}).clock(move || *clock.lock().unwrap());
    let world = given.start().await;
    let later = |hours: u64| *now.lock().unwrap() + Duration::from_secs(3600 * hours);
    for (id, hours) in [("soon", 1), ("late", 2), ("never", 1)] {
        let event =
            Event::new("cloud.post_create", "tests").facet("option", "SERVER").id(id).due(later(hours));
        assert_eq!(world.host.tell(event).await.unwrap().receipt.unwrap().owed, 1);
    }
    world.created().id("now").await;
    lines(&world, "a", 1).await;
    assert_eq!(world.host.cancel("tests", "never", None).await, Ok(1));
    assert_eq!(world.host.cancel("tests", "unheard of", None).await, Ok(0));
    *now.lock().unwrap() = later(1);
    lines(&world, "a", 2).await;
    let world = world.stop().start().await;
    *now.lock().unwrap() = later(1);
    lines(&world, "a", 1).await;
    assert_eq!(world.log_of("a"), ["info: late - 1"]);
    let wrong = world.created().attribute("due", "tomorrow").refused().await;
    assert!(wrong[0].starts_with("due = \"tomorrow\" is no time"), "{wrong:?}");
}

#[tokio::test]
async fn a_hook_that_came_later_can_be_given_past_events() {
    let world = Given::new().hook("a", "by-event", "").journal(|_| {}).start().await;
    for id in ["e-1", "e-2", "e-3"] {
        world.created().id(id).await;
    }
    lines(&world, "a", 3).await;
    let world = world.stop().hook("b", "by-event", "").start().await;
    assert_eq!(world.host.deliver_since("b", SystemTime::UNIX_EPOCH).await, Ok(3));
    assert_eq!(world.host.deliver_since("b", SystemTime::UNIX_EPOCH).await, Ok(0), "it has them");
    assert_eq!(world.host.deliver_since("a", SystemTime::UNIX_EPOCH).await, Ok(0), "it had them");
    lines(&world, "b", 3).await;
    // In any order: none is asked for, and they are no news.
    let mut given = world.log_of("b");
    given.sort();
    assert_eq!(given, ["info: e-1 - 1", "info: e-2 - 1", "info: e-3 - 1"]);
}

#[tokio::test]
async fn past_events_keep_their_time_and_those_that_were_cancelled_stay_so() {
    // R111
    let now = Arc::new(Mutex::new(SystemTime::now()));
    let clock = Arc::clone(&now);
    let given = Given::new().hook("a", "by-event", "").journal(|_| {}).clock(move || *clock.lock().unwrap());
    let world = given.start().await;
    let later = *now.lock().unwrap() + Duration::from_secs(3600);
    for id in ["later", "never"] {
        let event = Event::new("cloud.post_create", "tests").facet("option", "SERVER").id(id).due(later);
        world.host.tell(event).await.unwrap();
    }
    world.created().id("now").await;
    lines(&world, "a", 1).await;
    assert_eq!(world.host.cancel("tests", "never", None).await, Ok(1));
    let world = world.stop().hook("b", "by-event", "").start().await;
    assert_eq!(world.host.deliver_since("b", SystemTime::UNIX_EPOCH).await, Ok(2));
    // What is told afterwards comes before what has to wait.
    world.created().id("after").await;
    lines(&world, "b", 2).await;
    assert!(!world.log_of("b").iter().any(|line| line.contains("later")), "{:?}", world.log_of("b"));
    *now.lock().unwrap() = later;
    lines(&world, "b", 3).await;
    assert_eq!(world.log_of("b")[2], "info: later - 1");
    assert_eq!(world.host.deliver_since("b", SystemTime::UNIX_EPOCH).await, Ok(0));
}

#[tokio::test]
async fn what_is_vetoed_or_fails_too_often_is_a_dead_letter() {
    let world = at_once(Given::new().hook("a", "by-event", "")).start().await;
    world.created().id("veto-1").await;
    world.created().id("fail-1").await;
    lines(&world, "a", 5).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    let attempts = |id: &str| world.log_of("a").iter().filter(|line| line.contains(id)).count();
    assert_eq!((attempts("veto-1"), attempts("fail-1")), (1, 4));
}

#[tokio::test]
async fn a_slow_hook_holds_others_up_for_no_longer_than_the_order_is_worth() {
    let given = Given::new().hook("a", "sleep", "priority = 1\n[properties]\nms = 19000").hook(
        "b",
        "see",
        "priority = 2",
    );
    let world = given.journal(|rules| rules.order_wait = Duration::from_millis(50)).start().await;
    for _ in 0..20 {
        world.created().subject("s").await;
    }
    lines(&world, "b", 20).await;
    // All that while the first call of the other was not over.
    assert_eq!(world.roster.hook("a").unwrap().stats().calls(), 0);
}

#[tokio::test]
async fn what_a_hook_keeps_is_written_down_with_the_delivery() {
    let given = Given::new().hook("a", "tally", "[grants]\nkeyvalue = true");
    let world = given.journal(|_| {}).start().await;
    for _ in 0..20 {
        world.created().await;
    }
    // An asked event's is written down as well, and nobody waits for it.
    world.create().await;
    lines(&world, "a", 21).await;
    world.host.shutdown(Duration::from_secs(20)).await;
    let world = world.stop().start().await;
    world.created().await;
    lines(&world, "a", 1).await;
    assert!(world.log_of("a")[0].contains("22"), "{:?}", world.log_of("a"));
}
