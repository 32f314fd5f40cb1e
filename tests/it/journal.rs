//! Told events are written down before the caller goes on, and reach their hooks whatever happens.

mod retention;
mod verify;

use std::time::Duration;
use tenterhook::host::FireError;
use tenterhook::outcome::Receipt;
use tenterhook_tests::{Answer, Given, World, until};

fn receipt(answer: &Answer) -> &Receipt {
    answer.outcome.receipt.as_ref().expect("it was written down")
}

/// Waits until the hook has logged so many lines.
async fn lines(world: &World, hook: &str, count: usize) {
    until(format!("{hook} logs {count} lines"), || world.log_of(hook).len() >= count).await;
}

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
