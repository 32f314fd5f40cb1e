//! Unavailable is not absent: a guard that cannot load does not fail open.

use tenterhook::outcome::Failure::Unavailable;
use tenterhook_tests::{Given, guest};

const GUARD: &str = "name = 'Guard'\ntype = 'cloud'\npriority = 1\non = [{ event = 'cloud.pre_create', option = 'SERVER' }]\n";

#[tokio::test]
async fn a_guard_without_its_component_refuses() {
    let world = Given::new().toml("a", GUARD).hook("b", "accept", "priority = 2").start().await;
    let answer = world.create().await;
    answer.vetoed_by("a", "hook_failed").because("Guard failed: unavailable");
    answer.trail(&["a failed:unavailable", "b skipped"]).says("a", "there is no such file");
    let disk = world.ask("cloud.pre_create").facet("option", "DISK").await;
    disk.accepted().trail(&["b accept"]);
    assert_eq!(world.problems(), [r#"a.toml: the component "a.wasm": there is no such file"#]);
}

#[tokio::test]
async fn on_failure_decides_and_a_tool_that_cannot_load_fails_open() {
    let world = Given::new().toml("a", &format!("on_failure = 'accept'\n{GUARD}")).start().await;
    world.create().await.accepted().failed("a", Unavailable, "");
}

#[tokio::test]
async fn the_last_manifest_that_loaded_stands_in_when_the_component_goes_bad() {
    let given = Given::new().component("a", &guest("veto"));
    let given = given.start().await.without_problems().stop().forgetting("a");
    let bad = given.file("a.wasm", "no wasm").start().await;
    bad.create().await.vetoed_by("a", "hook_failed").failed("a", Unavailable, "no component");
    assert_eq!(bad.roster.left_out, [""; 0]);
    let well = bad.stop().component("a", &guest("veto")).start().await.without_problems();
    let [hook] = &well.roster.hooks().collect::<Vec<_>>()[..] else { panic!("one hook") };
    assert_eq!(hook.unavailable(), None);
}

#[tokio::test]
async fn a_guard_whose_toml_goes_bad_keeps_its_events() {
    let world = Given::new().hook("a", "accept", GUARD).start().await.without_problems();
    world.create().await.accepted();
    let bad = world.stop().forgetting("a").toml("a", "name = ").start().await;
    bad.create().await.vetoed_by("a", "hook_failed").trail(&["a failed:unavailable"]);
}

#[tokio::test]
async fn a_hook_whose_events_nobody_knows_is_left_out_and_the_others_run() {
    let given = Given::new().file("a.wasm", "no wasm").hook("b", "accept", "");
    let world = given.start().await;
    world.create().await.accepted().trail(&["b accept"]);
    assert_eq!(world.roster.left_out, ["a"]);
    let problems = world.problems();
    assert!(problems[0].starts_with("a.wasm: no component that can be loaded"), "{problems:?}");
}

#[tokio::test]
async fn removing_both_files_removes_a_hook() {
    let world = Given::new().hook("a", "veto", "").start().await;
    world.create().await.vetoed_by("a", "no");
    let without = world.stop().without("a.wasm").without("a.toml").start().await;
    without.without_problems().create().await.accepted().trail(&[]);
}

#[tokio::test]
async fn what_is_no_hook_for_this_host_is_refused_with_its_reason() {
    // R119
    let module = b"\0asm\x01\0\0\0";
    let component = b"\0asm\x0d\0\x01\0";
    let given = Given::new().file("a.wasm", module).toml("a", GUARD).file("b.wasm", component);
    let world = given.toml("b", &GUARD.replace("priority = 1", "priority = 0")).start().await;
    world.create().await.trail(&["b failed:unavailable", "a skipped"]);
    let [a, b] = &world.problems()[..] else { panic!("{:?}", world.problems()) };
    assert!(a.starts_with("a.wasm: ") && a.contains("a core module and no component"), "{a}");
    assert!(b.starts_with("b.wasm: ") && b.contains("exports nothing"), "{b}");
}

#[tokio::test]
async fn a_component_that_differs_from_its_digest_does_not_run() {
    let sha256 = format!("sha256 = '{}'\n{GUARD}", "0".repeat(64));
    let world = Given::new().hook("a", "accept", &sha256).start().await;
    world.create().await.vetoed_by("a", "hook_failed").failed("a", Unavailable, "sha256");
}
