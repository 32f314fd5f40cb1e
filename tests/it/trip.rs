//! A hook that keeps failing is given a rest.

use std::time::{Duration, Instant};
use tenterhook_tests::{Answer, Given, World};

/// The guest `count` does as the data says.
async fn ask(world: &World, subject: &str, data: &str) -> Answer {
    world.create().subject(subject).data(data).await
}

async fn panics(world: &World, times: usize, subjects: usize) {
    for round in 0..times {
        let answer = ask(world, &format!("customer {}", round % subjects), "\"panic\"").await;
        answer.trail(&["a failed:trap", "b accept"]);
    }
}

#[tokio::test]
async fn ten_failures_of_three_subjects_trip_a_hook_until_it_has_rested() {
    let given = Given::new().hook("a", "count", "priority = -1\non_failure = 'accept'");
    let world = given.hook("b", "accept", "").start().await;
    panics(&world, 10, 3).await;
    let answer = ask(&world, "customer 9", "{}").await;
    answer.accepted().trail(&["a failed:tripped", "b accept"]).says("a", "failed too often");
    assert!(world.roster.hooks().any(|hook| hook.is_tripped()));
    // After a rest of one second, one call finds it well again.
    let began = Instant::now();
    while ask(&world, "customer 1", "{}").await.outcome.failed() {
        assert!(began.elapsed() < Duration::from_secs(20), "it never recovers");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    ask(&world, "customer 1", "\"panic\"").await.trail(&["a failed:trap", "b accept"]);
}

#[tokio::test]
async fn a_tripped_guard_refuses_at_once() {
    let world = Given::new().hook("a", "panic", "").start().await;
    for round in 0..10 {
        world.create().subject(&round.to_string()).await.trail(&["a failed:trap"]);
    }
    world.create().await.vetoed_by("a", "hook_failed").trail(&["a failed:tripped"]);
}

#[tokio::test]
async fn one_customer_alone_trips_no_hook() {
    let given = Given::new().hook("a", "count", "priority = -1\non_failure = 'accept'");
    let world = given.hook("b", "accept", "").start().await;
    panics(&world, 40, 2).await;
    assert!(!world.roster.hooks().any(|hook| hook.is_tripped()));
}

#[tokio::test]
async fn error_texts_and_vetoes_do_not_trip_a_hook() {
    let world = Given::new().hook("a", "fail", "[properties]\ntext = 'no'").start().await;
    for round in 0..25 {
        world.create().subject(&round.to_string()).await.trail(&["a failed:error"]);
    }
}
