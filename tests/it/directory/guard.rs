//! A guard that cannot load must not fail open.

use super::{hook, reason};
use tenterhook::manifest::OnFailure;
use tenterhook_tests::{Given, World};

const TOML: &str = "priority = 1\n[[on]]\nevent = 'cloud.pre_create'\noption = 'SERVER'\n";

/// What is there after the guard has run well once, and the component that was remembered of it got lost.
async fn after_a_good_start(toml: &str) -> Given {
    let given = Given::new().hook("last", "see", "priority = 9").hook("guard", "veto", toml);
    let world = given.start().await.without_problems();
    world.create().await.trail(&["guard veto", "last skipped"]);
    world.stop().forgetting("guard")
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
    let given = after_a_good_start(TOML).await;
    let world = given.toml("guard", "[[[").start().await;
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
    let given = after_a_good_start(TOML).await;
    let world = given.toml("guard", "").file("guard.wasm", "garbage").start().await;
    fails_closed(&world).await;
    let world = world.stop().without("guard.toml").start().await;
    fails_closed(&world).await;
}

#[tokio::test]
async fn a_guard_that_was_put_to_rest_does_not_come_back() {
    let given = after_a_good_start(TOML).await;
    let rest = format!("status = 'disabled'\n{TOML}");
    let world = given.hook("guard", "veto", &rest).start().await.without_problems();
    let world = world.stop().toml("guard", "[[[").file("guard.wasm", "garbage").start().await;
    world.create().await.accepted().trail(&["last accept"]);
}

#[tokio::test]
async fn the_last_good_version_runs_when_its_files_go_bad_over_a_restart() {
    let given = Given::new().hook("guard", "veto", TOML).start().await.without_problems().stop();
    let world = given.file("guard.wasm", "garbage").toml("guard", "[[[").start().await;
    world.create().await.vetoed_by("guard", "no").trail(&["guard veto"]);
    assert!(world.roster.held_back("guard").is_some_and(|reason| reason.starts_with("not TOML: ")));
    let problems = world.problems();
    assert!(problems[0].starts_with("guard.toml:1: not TOML: "), "{problems:?}");
    assert!(problems.iter().any(|problem| problem.starts_with("guard.wasm: ")), "{problems:?}");
    let world = world.stop().start().await;
    world.create().await.vetoed_by("guard", "no");
    let world = world.stop().without("guard.toml").without("guard.wasm").start().await;
    world.create().await.trail(&[]);
}

#[tokio::test]
async fn removing_both_files_removes_the_guard() {
    let given = after_a_good_start(TOML).await;
    let given = given.without("guard.toml").without("guard.wasm");
    let world = given.start().await.without_problems();
    world.create().await.trail(&["last accept"]);
}

#[tokio::test]
async fn what_was_said_about_failures_is_remembered_too() {
    let open = format!("on_failure = 'accept'\n{TOML}");
    let given = after_a_good_start(&open).await;
    let world = given.toml("guard", "[[[").start().await;
    world.create().await.accepted().trail(&["guard failed:unavailable", "last accept"]);
}

#[tokio::test]
async fn what_is_still_readable_comes_before_what_is_remembered() {
    // The events of both are guarded, since nobody knows which were meant.
    let given = after_a_good_start(TOML).await;
    let wrong = "status = 'on'\ntype = 'cloud'\n[[on]]\nevent = 'cloud.pre_delete'";
    let world = given.toml("guard", wrong).start().await;
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
