//! A guard that cannot load must not fail open.

use super::{hook, reason};
use tenterhook::manifest::OnFailure;
use tenterhook_tests::{Given, World};

const TOML: &str = "priority = 1\n[[on]]\nevent = 'cloud.pre_create'\noption = 'SERVER'\n";

/// A world in which the guard has run well once.
async fn after_a_good_start(toml: &str) -> World {
    let given = Given::new().hook("last", "see", "priority = 9").hook("guard", "veto", toml);
    let world = given.start().await.without_problems();
    world.create().await.trail(&["guard veto", "last skipped"]);
    world
}

/// The guard refuses what it guards, and nothing else.
async fn fails_closed(world: &World) {
    let answer = world.create().await;
    answer.vetoed_by("guard", "hook_failed").trail(&["guard failed:unavailable", "last skipped"]);
    world.ask("cloud.pre_create").facet("option", "DISK").await.trail(&["last accept"]);
}

#[tokio::test]
async fn a_toml_that_breaks_keeps_the_events_of_the_last_good_one() {
    // R119
    let world = after_a_good_start(TOML).await;
    let world = world.stop().toml("guard", "[[[").start().await;
    assert!(reason(&world, "guard").starts_with("not TOML: "), "{}", reason(&world, "guard"));
    fails_closed(&world).await;
    let world = world.stop().start().await;
    fails_closed(&world).await;
    let world = world.stop().hook("guard", "veto", TOML).start().await.without_problems();
    world.create().await.vetoed_by("guard", "no");
}

#[tokio::test]
async fn a_component_that_breaks_keeps_the_events_of_the_last_good_one() {
    // R119: also where the component alone said which
    let world = after_a_good_start(TOML).await;
    let world = world.stop().toml("guard", "").file("guard.wasm", "garbage").start().await;
    fails_closed(&world).await;
    let world = world.stop().without("guard.toml").start().await;
    fails_closed(&world).await;
}

#[tokio::test]
async fn a_guard_that_was_put_to_rest_does_not_come_back() {
    let world = after_a_good_start(TOML).await;
    let rest = format!("status = 'disabled'\n{TOML}");
    let world = world.stop().hook("guard", "veto", &rest).start().await.without_problems();
    let world = world.stop().toml("guard", "[[[").file("guard.wasm", "garbage").start().await;
    world.create().await.accepted().trail(&["last accept"]);
}

#[tokio::test]
async fn removing_both_files_removes_the_guard() {
    let world = after_a_good_start(TOML).await;
    let given = world.stop().without("guard.toml").without("guard.wasm");
    let world = given.start().await.without_problems();
    world.create().await.trail(&["last accept"]);
}

#[tokio::test]
async fn what_was_said_about_failures_is_remembered_too() {
    let open = format!("on_failure = 'accept'\n{TOML}");
    let world = after_a_good_start(&open).await;
    let world = world.stop().toml("guard", "[[[").start().await;
    world.create().await.accepted().trail(&["guard failed:unavailable", "last accept"]);
}

#[tokio::test]
async fn what_is_still_readable_comes_before_what_is_remembered() {
    // The events of both are guarded, since nobody knows which were meant.
    let world = after_a_good_start(TOML).await;
    let wrong = "status = 'on'\ntype = 'cloud'\n[[on]]\nevent = 'cloud.pre_delete'";
    let world = world.stop().toml("guard", wrong).start().await;
    fails_closed(&world).await;
    let delete = world.ask("cloud.pre_delete").facet("option", "NIC").await;
    delete.vetoed_by("guard", "hook_failed");
}

#[tokio::test]
async fn a_hook_whose_events_nobody_knows_is_left_out_and_said_so() {
    let given = Given::new().hook("last", "see", "").toml("guard", "[[[");
    let world = given.start().await;
    assert_eq!(world.roster.left_out, ["guard"]);
    assert!(world.problems()[0].starts_with("guard.toml:1: not TOML: "), "{:?}", world.problems());
    world.create().await.trail(&["last accept"]);
}

#[tokio::test]
async fn a_failure_policy_that_cannot_be_understood_fails_closed() {
    // Even where the event has no power of veto, and even where a slip of the pen was meant to be open.
    let on = "priority = 1\non_failure = 'acept'\n[[on]]\nevent = 'cloud.tax_calculation'";
    let world = Given::new().hook("guard", "accept", on).start().await;
    assert_eq!(world.problems(), ["guard.toml:2: unknown on_failure \"acept\", did you mean \"accept\"?"]);
    let manifest = hook(&world.roster, "guard").manifest();
    assert_eq!(manifest.on_failure, Some(OnFailure::Veto));
    world.tax().await.vetoed_by("guard", "hook_failed");
    let world = world.stop().toml("guard", &on.replace("'acept'", "1")).start().await;
    world.tax().await.vetoed_by("guard", "hook_failed");
}

#[tokio::test]
async fn a_hook_that_fails_to_start_is_unavailable_and_the_others_run() {
    // R114, R119
    let on = "type = 'charging.api'\npriority = 1\n[[on]]\nevent = 'charging.api.*'\n[properties]\nfail = ";
    let given = Given::new().hook("bad", "start", &format!("{on}'true'")).hook(
        "good",
        "start",
        &format!("{on}'false'"),
    );
    let world = given.start().await;
    assert_eq!(reason(&world, "bad"), "it failed to initialise: error: nothing to start with");
    let query =
        world.ask("charging.api.pre_database_query").facet("table", "Account").facet("action", "Query");
    query.await.vetoed_by("bad", "hook_failed").trail(&["bad failed:unavailable", "good skipped"]);
    assert_eq!(world.log_of("good"), ["info: charging.api.initialisation Mode::Tell"]);
}
