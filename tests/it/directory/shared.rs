//! One component for many hooks.

use super::{check, ids, problems, reason};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use tenterhook_tests::{Given, guest};

fn toml(priority: i32, reason: &str) -> String {
    format!(
        "component = 'refuse.wasm'\npriority = {priority}\n[properties]\nreason = '{reason}'\n[limits]\ndeadline = '20s'"
    )
}

#[tokio::test]
async fn each_toml_is_a_hook_and_the_component_alone_is_none() {
    // R9, R90, R99
    let given = Given::new()
        .component("refuse", &guest("veto"))
        .toml("one", &toml(2, "first"))
        .toml("two", &toml(1, "second"));
    let world = given.start().await.without_problems();
    assert_eq!(ids(&world.roster), ["two", "one"]);
    let answer = world.create().await;
    answer.vetoed_by("two", "no").because("second").trail(&["two veto", "one skipped"]);
}

#[tokio::test]
async fn a_component_with_a_toml_of_its_own_is_a_hook_too() {
    let given = Given::new().component("refuse", &guest("veto")).toml("one", &toml(2, "first"));
    let given = given.toml("refuse", "priority = 3\n[limits]\ndeadline = '20s'");
    let world = given.start().await.without_problems();
    assert_eq!(ids(&world.roster), ["one", "refuse"]);
}

#[tokio::test]
async fn what_is_wrong_with_a_shared_component_is_said_once() {
    let given = Given::new()
        .file("refuse.wasm", "garbage")
        .toml("one", &toml(2, "first"))
        .toml("two", &toml(1, "second"));
    let found = problems(&given);
    let about = |problem: &&String| problem.starts_with("refuse.wasm: no component that can be loaded");
    assert_eq!(found.iter().filter(about).count(), 1, "{found:#?}");
    assert_eq!(check(&given).left_out, ["one", "two"]);
    let given = given.without("refuse.wasm");
    let missing = |id: &str| format!("{id}.toml: the component \"refuse.wasm\": there is no such file");
    assert_eq!(problems(&given), [missing("one"), missing("two")]);
}

#[tokio::test]
async fn a_component_does_not_become_a_hook_because_the_toml_that_shares_it_breaks() {
    // Else what was meant for one tenant would run for all.
    let given = Given::new().component("refuse", &guest("veto")).hook("also", "see", "priority = 5");
    let given = given.toml("one", &format!("tenant = 't1'\n{}", toml(2, "first")));
    let world = given.start().await.without_problems();
    world.create().await.trail(&["also accept"]);
    let given = world.stop();
    let everybody = fs::Permissions::from_mode(0o666);
    fs::set_permissions(given.hooks().join("one.toml"), everybody).expect("it is ours");
    let world = given.forgetting("one").start().await;
    assert_eq!(reason(&world, "one"), "everybody may write to it (chmod o-w)");
    world.create().await.trail(&["also accept"]);
    world
        .create()
        .tenant("t1")
        .await
        .vetoed_by("one", "hook_failed")
        .trail(&["one failed:unavailable", "also skipped"]);
}
