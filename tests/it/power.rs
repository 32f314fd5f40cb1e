//! What hooks may do to an event, and what becomes of it when one fails.

use tenterhook::outcome::Failure::Power;
use tenterhook_tests::Given;

const AMEND: &str = "[properties]\npatch = '{\"a\":2}'";

#[tokio::test]
async fn a_veto_without_the_power_fails_the_hook_and_lets_the_event_pass() {
    let given = Given::new().hook("a", "veto", "priority = 1");
    let world = given.hook("b", "amend", &format!("priority = 2\n{AMEND}")).start().await;
    let answer = world.tax().data(r#"{"a":1}"#).await;
    answer.trail(&["a failed:power", "b amend"]).data_is(r#"{"a":2}"#);
    answer.failed("a", Power, "no hook may veto cloud.tax_calculation");
}

#[tokio::test]
async fn an_operator_may_let_any_asked_event_fail_closed() {
    let given = Given::new().hook("a", "veto", "priority = 1\non_failure = 'veto'");
    let world = given.hook("b", "accept", "priority = 2").start().await.without_problems();
    let answer = world.tax().await;
    answer.vetoed_by("a", "hook_failed").because("refuse failed: power");
    answer.trail(&["a failed:power", "b skipped"]);
}

#[tokio::test]
async fn amending_what_may_only_be_vetoed_fails_the_hook() {
    let own = "[[area]]\nname = 'shop'\nsummary = 'A shop'\n\
               [[event]]\nname = 'shop.pre_order'\nmode = 'ask'\npowers = ['veto']\nsummary = 'Before an order'";
    let on = "type = 'shop'\n[[on]]\nevent = 'shop.pre_order'\n";
    let given = Given::new().catalogue(own).hook("a", "amend", &format!("{on}{AMEND}"));
    let world = given.start().await.without_problems();
    let answer = world.ask("shop.pre_order").await;
    answer.vetoed_by("a", "hook_failed").failed("a", Power, "no hook may amend shop.pre_order");
}

#[tokio::test]
async fn amending_what_has_happened_fails_the_hook() {
    let world = Given::new().hook("a", "amend", AMEND).start().await;
    let answer = world.created().data(r#"{"a":1}"#).await;
    answer.data_is(r#"{"a":1}"#).failed("a", Power, "no hook may amend cloud.post_create");
    assert!(!answer.outcome.amended);
}

#[tokio::test]
async fn a_guard_fails_closed_unless_its_operator_says_otherwise() {
    let world = Given::new().hook("a", "panic", "").start().await;
    world.create().await.vetoed_by("a", "hook_failed").because("panics failed: trap");
    let open = world.stop().hook("a", "panic", "on_failure = 'accept'").start().await;
    open.create().await.accepted().trail(&["a failed:trap"]);
}

#[tokio::test]
async fn a_hook_on_what_may_only_be_amended_fails_open() {
    let world = Given::new().hook("a", "panic", "").start().await;
    world.tax().await.accepted().trail(&["a failed:trap"]);
}

#[tokio::test]
async fn what_was_amended_before_a_failure_stands_and_nothing_is_half_changed() {
    // R88
    let world = Given::new()
        .hook("a", "amend", &format!("priority = 1\n{AMEND}"))
        .hook("b", "panic", "priority = 2\non_failure = 'accept'")
        .hook("c", "quote", "priority = 3")
        .start()
        .await;
    let answer = world.create().data(r#"{"a":1,"b":1}"#).await;
    answer.trail(&["a amend", "b failed:trap", "c amend"]).data_is(r#""{\"a\":2,\"b\":1}""#);
}
