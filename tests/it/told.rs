//! What has happened takes the same path, and nothing holds it back (R87).

use tenterhook::outcome::TrailVerdict;
use tenterhook_tests::Given;

#[tokio::test]
async fn a_failing_hook_holds_back_neither_the_event_nor_the_others() {
    // R87
    let given = Given::new().hook("a", "panic", "priority = 1\non_failure = 'veto'");
    let given = given.hook("b", "fail", "priority = 2\n[properties]\ntext = 'no'");
    let world = given.hook("c", "see", "priority = 3").start().await;
    let answer = world.created().data(r#"{"a":1}"#).await;
    answer.trail(&["a failed:trap", "b failed:error", "c accept"]).data_is(r#"{"a":1}"#);
    assert!(answer.outcome.failed());
    assert_eq!(world.log_of("c").len(), 1);
}

#[tokio::test]
async fn a_hanging_hook_leaves_the_event_told() {
    // R87
    let given = Given::new().hook("a", "sleep", "priority = 1\n[limits]\ndeadline = '100ms'");
    let world = given.hook("b", "accept", "priority = 2").start().await;
    world.created().await.accepted().trail(&["a failed:deadline", "b accept"]);
}

#[tokio::test]
async fn a_veto_on_what_has_happened_is_recorded_and_changes_nothing() {
    let given = Given::new().hook("a", "veto", "priority = 1\n[properties]\nreason = 'too late'");
    let world = given.hook("b", "accept", "priority = 2").start().await;
    let answer = world.created().await;
    answer.accepted().trail(&["a veto", "b accept"]).says("a", "too late");
    assert_eq!(answer.line("a").verdict, TrailVerdict::Veto);
    assert!(!answer.outcome.failed());
}

#[tokio::test]
async fn asking_what_is_told_and_telling_what_is_asked_are_refused() {
    let world = Given::new().start().await;
    let asked = world.ask("cloud.post_create").facet("option", "SERVER").refused().await;
    assert_eq!(asked, ["cloud.post_create is told, use Host::tell"]);
    let told = world.tell("cloud.pre_create").facet("option", "SERVER").refused().await;
    assert_eq!(told, ["cloud.pre_create is asked, use Host::ask"]);
}

#[tokio::test]
async fn the_budget_of_asked_events_does_not_bind_told_ones() {
    let slow = "[properties]\nms = 100";
    let given = Given::new().hook("a", "sleep", slow).hook("b", "sleep", slow);
    let world = given.limits(|limits| limits.budget = std::time::Duration::from_millis(50));
    world.start().await.created().await.accepted().trail(&["a accept", "b accept"]);
}
