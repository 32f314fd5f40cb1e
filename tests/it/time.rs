//! However slow a hook is, its event is decided in time and the others are not held up (R86).

use std::future::IntoFuture;
use std::time::Duration;
use tenterhook::outcome::Failure;
use tenterhook_tests::{Given, World};

/// Far beyond what the host promises, far below what the guests try: a busy machine is no failure.
const GENEROUS: Duration = Duration::from_secs(10);

/// Fuel for hours.
const TIRELESS: &str = "fuel = 1_000_000_000_000";

#[tokio::test]
async fn a_hook_that_hangs_fails_at_its_deadline_and_holds_nobody_up() {
    for guest in ["sleep", "spin"] {
        for isolation in ["fresh", "warm"] {
            let toml = format!("isolation = '{isolation}'\n[limits]\ndeadline = '1s'\n{TIRELESS}");
            hangs(Given::new().hook("x", guest, &format!("{}{toml}", on("pre_create")))).await;
        }
    }
}

fn on(event: &str) -> String {
    format!("on = [{{ event = 'cloud.{event}' }}]\n")
}

/// While `x` hangs on one event, the hook `other` answers another event as ever; then `x` has failed.
async fn hangs(given: Given) {
    let world = given.hook("other", "accept", &on("pre_delete")).start().await.without_problems();
    let hanging = tokio::spawn(world.create().into_future());
    for _ in 0..20 {
        delete(&world).await;
    }
    assert!(!hanging.is_finished(), "the others waited for the hook that hangs");
    let answer = hanging.await.unwrap();
    answer.vetoed_by("x", "hook_failed").failed("x", Failure::Deadline, "still running");
    answer.within(GENEROUS);
    assert!(answer.took >= Duration::from_secs(1));
    delete(&world).await;
}

async fn delete(world: &World) {
    let answer = world.ask("cloud.pre_delete").facet("option", "SERVER").await;
    answer.trail(&["other accept"]);
}

#[tokio::test]
async fn the_budget_is_shared_out_so_that_the_last_hook_has_its_turn() {
    let slow = "on_failure = 'accept'\npriority = 1\n[limits]\ndeadline = '800ms'";
    let hook = |given: Given, id: &str| given.hook(id, "sleep", slow);
    let given = ["a", "b", "c", "d"].into_iter().fold(Given::new(), hook);
    let last = given.hook("e", "accept", "priority = 2\n[limits]\ndeadline = '800ms'");
    let world = last.limits(|limits| limits.budget = Duration::from_secs(1)).start().await;
    let answer = world.create().await;
    let late = ["a", "b", "c", "d"].map(|id| format!("{id} failed:deadline"));
    let [a, b, c, d] = late.each_ref().map(String::as_str);
    answer.accepted().trail(&[a, b, c, d, "e accept"]).within(GENEROUS);
    let first = answer.line("a").time;
    assert!(first < Duration::from_millis(800), "a took more than its share: {first:?}");
}

#[tokio::test]
async fn a_hook_gets_no_more_than_what_is_left_of_the_budget() {
    let given = Given::new().hook("a", "sleep", "[limits]\ndeadline = '50s'");
    let world = given.limits(|limits| limits.budget = Duration::from_millis(100)).start().await;
    let answer = world.create().await;
    answer.vetoed_by("a", "hook_failed").failed("a", Failure::Deadline, "").within(GENEROUS);
}

#[tokio::test]
async fn waiting_for_a_place_counts_towards_the_budget() {
    let slow = |event: &str, deadline: &str| format!("{}[limits]\ndeadline = '{deadline}'", on(event));
    let given = Given::new().hook("a", "sleep", &slow("pre_create", "1500ms"));
    let given = given.hook("b", "sleep", &slow("pre_delete", "2s")).limits(|limits| {
        limits.concurrency = 1;
        limits.budget = Duration::from_secs(2);
    });
    let world = given.start().await;
    let second = world.ask("cloud.pre_delete").facet("option", "SERVER");
    let (_, second) = tokio::join!(world.create().into_future(), second.into_future());
    second.failed("b", Failure::Deadline, "").within(Duration::from_secs(3));
}

#[tokio::test]
async fn a_hook_whose_turn_comes_too_late_fails_by_budget_and_does_not_trip() {
    let open = |priority| format!("on_failure = 'accept'\npriority = {priority}");
    let given = Given::new().hook("a", "sleep", &open(1)).hook("b", "sleep", &open(2));
    // Its share of the time is next to nothing, so the others have used up all of it.
    let given = given.hook("c", "accept", "priority = 3\n[limits]\ndeadline = '1ms'");
    let world = given.limits(|limits| limits.budget = Duration::from_millis(1)).start().await;
    // As many as have a hook rest where they count: with one more, the others would.
    for round in 0..10 {
        let answer = world.create().subject(&round.to_string()).await;
        answer.vetoed_by("c", "hook_failed").failed("c", Failure::Budget, "used up before its turn");
    }
    let hooks: Vec<_> = world.roster.hooks().collect();
    assert!(!hooks[2].is_tripped());
}

#[tokio::test]
async fn a_full_host_is_busy_and_no_hook_has_failed() {
    let given = Given::new().hook("a", "sleep", &on("pre_create"));
    let given = given.hook("b", "accept", &on("pre_delete")).limits(|limits| {
        limits.concurrency = 1;
        limits.busy_wait = Duration::from_millis(50);
    });
    let world = given.start().await.without_problems();
    let sleeper = tokio::spawn(world.create().into_future());
    let ask = || world.ask("cloud.pre_delete").facet("option", "SERVER");
    // The sleeper takes the one place there is as soon as its task runs.
    while ask().fire().await.is_ok() {}
    ask().busy().await;
    world.ask("cloud.pre_purchase").await.accepted().trail(&[]);
    sleeper.abort();
    assert!(sleeper.await.unwrap_err().is_cancelled());
    ask().await.accepted().trail(&["b accept"]);
    assert!(!world.roster.hooks().any(|hook| hook.is_tripped()));
}
