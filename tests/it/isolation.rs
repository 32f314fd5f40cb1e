//! What a sandbox keeps, and what no other sandbox ever sees of it.

use std::future::IntoFuture;
use tenterhook_tests::{Given, World};

const WARM: &str = "isolation = 'warm'\non_failure = 'accept'";

async fn count(world: &World) -> String {
    world.create().await.data().to_owned()
}

#[tokio::test]
async fn a_fresh_sandbox_knows_nothing_of_the_event_before() {
    let world = Given::new().hook("a", "count", "").start().await;
    for _ in 0..30 {
        assert_eq!(count(&world).await, "1");
    }
}

#[tokio::test]
async fn a_warm_sandbox_keeps_what_it_has_until_it_fails() {
    let toml = format!("{WARM}\n[limits]\ndeadline = '200ms'");
    let world = Given::new().hook("a", "count", &toml).start().await;
    for how in ["fail", "panic", "spin"] {
        assert_eq!(count(&world).await, "1");
        assert_eq!(count(&world).await, "2");
        assert_eq!(count(&world).await, "3");
        let answer = world.create().data(format!("{how:?}")).await;
        assert!(answer.outcome.failed());
    }
    assert_eq!(count(&world).await, "1");
}

#[tokio::test]
async fn memory_refused_to_one_call_is_not_held_against_the_next() {
    let world = Given::new().hook("a", "count", WARM).start().await;
    world.create().data("\"greedy\"").await.data_is("true");
    world.create().data("\"panic\"").await.trail(&["a failed:trap"]);
}

#[tokio::test]
async fn a_warm_sandbox_is_replaced_after_its_calls() {
    let given = Given::new().hook("a", "count", WARM).limits(|limits| limits.warm_calls = 2);
    let world = given.start().await;
    for expected in ["1", "2", "1", "2", "1"] {
        assert_eq!(count(&world).await, expected);
    }
}

#[tokio::test]
async fn a_warm_sandbox_is_replaced_when_it_is_old() {
    let given = Given::new().hook("a", "count", WARM);
    let world = given.limits(|limits| limits.warm_age = std::time::Duration::ZERO).start().await;
    assert_eq!([count(&world).await, count(&world).await], ["1", "1"]);
}

#[tokio::test]
async fn events_at_the_same_time_have_sandboxes_of_their_own() {
    let slow = "isolation = 'warm'\n[properties]\nms = 50";
    let world = Given::new().hook("a", "sleep", slow).start().await;
    let (one, two) = tokio::join!(world.create().into_future(), world.create().into_future());
    one.trail(&["a accept"]);
    two.trail(&["a accept"]);
}

#[tokio::test]
async fn what_one_sandbox_hides_in_memory_no_other_finds() {
    let given = Given::new().hook("a", "canary", "priority = 1").hook("b", "canary", "priority = 2");
    let world = given.start().await;
    for _ in 0..20 {
        world.create().subject("canary").await.trail(&["a amend", "b amend"]).data_is("0");
    }
    // The one who looks can see: in a warm sandbox it finds its own.
    let warm = Given::new().hook("a", "canary", WARM).start().await;
    warm.create().subject("canary").await.data_is("0");
    assert_ne!(warm.create().subject("canary").await.data(), "0");
}
