//! A new version that fails where the one before it does not is taken back, without one failed call.

use super::{held_back, hook, problems, put_in, version};
use std::fs;
use std::sync::Arc;
use std::time::Duration;
use tenterhook::outcome::Failure;
use tenterhook_tests::{Given, World, until};

/// A world whose hook `a` has just been replaced.
async fn replaced(from: &str, by: Vec<u8>) -> World {
    let world = Given::new().hook("a", from, "priority = 1").start().await;
    put_in(&world, "a.wasm", by);
    world.host.reload().await.unwrap();
    assert!(hook(&world, "a").is_on_probation());
    world
}

/// A world in which a version that panics was taken back.
pub(crate) async fn taken_back() -> World {
    let world = replaced("accept", version("panic", 0)).await;
    for _ in 0..3 {
        world.create().await.accepted();
    }
    until("it is taken back", || held_back(&world, "a").is_some()).await;
    world
}

#[tokio::test]
async fn the_old_version_answers_where_the_new_one_fails_and_comes_back_after_three() {
    let world = Given::new().hook("a", "accept", "priority = 1").start().await;
    let old = hook(&world, "a");
    let old_version = world.create().await.line("a").version.clone();
    put_in(&world, "a.wasm", version("panic", 0));
    world.host.reload().await.unwrap();
    for _ in 0..3 {
        let answer = world.create().await;
        answer
            .accepted()
            .trail(&["a accept"])
            .says("a", "failed (trap: ")
            .says("a", "the one before it answered");
        assert_eq!(answer.line("a").version, old_version);
    }
    until("it is taken back", || held_back(&world, "a").is_some()).await;
    assert!(Arc::ptr_eq(&old, &hook(&world, "a")));
    assert_eq!(world.create().await.accepted().line("a").message, None);
    let reason = held_back(&world, "a").unwrap();
    assert!(reason.contains("was taken back: 3 times it failed") && reason.contains("mend it"), "{reason}");
    assert_eq!(problems(&world).len(), 1);
}

#[tokio::test]
async fn a_veto_of_the_old_version_keeps_its_reason() {
    let world = replaced("veto", version("panic", 0)).await;
    let answer = world.create().await;
    answer.vetoed_by("a", "no").because("not today").says("a", "not today; the new version ");
}

#[tokio::test]
async fn neither_a_restart_nor_a_reload_tries_those_bytes_again_until_they_change() {
    let world = taken_back().await;
    let listed = fs::read_to_string(world.given().data().join("rejected.toml")).unwrap();
    assert!(listed.contains("[a]") && listed.contains("trap"), "{listed}");
    world.host.reload().await.unwrap();
    world.create().await.accepted().trail(&["a accept"]);
    let world = world.stop().start().await;
    assert!(held_back(&world, "a").unwrap().contains("was taken back"));
    assert_eq!(world.create().await.accepted().line("a").message, None);
    put_in(&world, "a.wasm", version("veto", 0));
    world.host.reload().await.unwrap();
    assert_eq!((problems(&world), held_back(&world, "a")), (vec![], None));
    world.create().await.vetoed_by("a", "no");
}

#[tokio::test]
async fn an_operator_may_accept_it_all_the_same() {
    let world = taken_back().await;
    assert!(!world.host.accept("b").await.unwrap());
    assert!(world.host.accept("a").await.unwrap());
    assert_eq!((problems(&world), held_back(&world, "a")), (vec![], None));
    assert!(!hook(&world, "a").is_on_probation());
    world.create().await.failed("a", Failure::Trap, "");
    let world = world.stop().start().await;
    world.create().await.failed("a", Failure::Trap, "");
}

#[tokio::test]
async fn what_fails_on_both_versions_takes_back_no_fix() {
    let world = replaced("panic", version("panic", 0)).await;
    for _ in 0..5 {
        world.create().await.vetoed_by("a", "hook_failed").failed("a", Failure::Trap, "");
    }
    world.host.reload().await.unwrap();
    assert_eq!((problems(&world), held_back(&world, "a")), (vec![], None));
}

#[tokio::test]
async fn a_version_that_passed_is_the_one_to_go_back_to() {
    let world = replaced("accept", version("veto", 0)).await;
    for _ in 0..20 {
        assert!(hook(&world, "a").is_on_probation());
        world.create().await.vetoed_by("a", "no");
    }
    assert!(!hook(&world, "a").is_on_probation());
    put_in(&world, "a.wasm", version("panic", 0));
    world.host.reload().await.unwrap();
    world.create().await.vetoed_by("a", "no");
    let remembered = world.given().data().join("good/a");
    let version = hook_version(&world).await;
    until("it is remembered", || {
        let mut files = fs::read_dir(&remembered).unwrap().flatten();
        files.any(|file| file.file_name().to_str().is_some_and(|name| name.starts_with(&version)))
    })
    .await;
    let world = world.stop().file("a.wasm", "no wasm").start().await;
    world.create().await.vetoed_by("a", "no");
}

/// The version that answers.
async fn hook_version(world: &World) -> String {
    world.create().await.line("a").version.as_deref().unwrap().to_owned()
}

#[tokio::test]
async fn a_restart_does_not_spare_a_new_version_its_probation() {
    let world = replaced("accept", version("panic", 0)).await;
    world.create().await.accepted();
    let world = world.stop().start().await.without_problems();
    assert!(hook(&world, "a").is_on_probation());
    for _ in 0..3 {
        world.create().await.accepted().says("a", "the one before it answered");
    }
    until("it is taken back", || held_back(&world, "a").is_some()).await;
    world.create().await.accepted();
    // What passed is on probation no more.
    put_in(&world, "a.wasm", version("veto", 0));
    world.host.reload().await.unwrap();
    let trial = world.given().data().join("good/a/trial.json");
    assert!(hook(&world, "a").is_on_probation() && trial.exists());
    let world = world.stop().start().await;
    for _ in 0..20 {
        assert!(hook(&world, "a").is_on_probation());
        world.create().await.vetoed_by("a", "no");
    }
    until("it is remembered", || !trial.exists()).await;
    let world = world.stop().start().await;
    assert!(!hook(&world, "a").is_on_probation());
    // Neither is what its operator went back from.
    put_in(&world, "a.wasm", version("accept", 0));
    world.host.reload().await.unwrap();
    put_in(&world, "a.wasm", version("veto", 0));
    world.host.reload().await.unwrap();
    assert!(!hook(&world, "a").is_on_probation() && !trial.exists());
}

#[tokio::test]
async fn an_event_that_only_the_new_version_wants_is_no_matter_for_the_old_one() {
    let narrow = "priority = 1\non = [{ event = 'cloud.pre_delete' }]";
    let world = Given::new().hook("a", "accept", narrow).start().await;
    put_in(&world, "a.wasm", version("panic", 0));
    put_in(&world, "a.toml", "[limits]\ndeadline = '20s'");
    world.host.reload().await.unwrap();
    for _ in 0..4 {
        world.create().await.failed("a", Failure::Trap, "");
    }
    world
        .ask("cloud.pre_delete")
        .facet("option", "NIC")
        .await
        .accepted()
        .says("a", "the one before it answered");
}

#[tokio::test]
async fn a_new_version_that_hangs_for_all_the_time_there_is_leaves_half_of_it_to_the_old_one() {
    let all_the_time = "priority = 1\n[limits]\nfuel = 1_000_000_000_000\ndeadline = '2s'";
    let given = Given::new().hook("a", "accept", all_the_time);
    let world = given.limits(|limits| limits.budget = Duration::from_secs(2)).start().await;
    put_in(&world, "a.wasm", version("spin", 0));
    world.host.reload().await.unwrap();
    for _ in 0..3 {
        let answer = world.create().await;
        answer.accepted().says("a", "failed (deadline: ").says("a", "the one before it answered");
    }
    until("it is taken back", || held_back(&world, "a").is_some()).await;
}

#[tokio::test]
async fn where_a_new_version_rests_the_old_one_answers() {
    let given = Given::new().hook("a", "count", "priority = 1\non_failure = 'accept'");
    let world = given.start().await;
    put_in(&world, "a.wasm", version("panic", 0));
    world.host.reload().await.unwrap();
    // Two failures of the new version alone do not take it back, and eight of both tire it and not the old one.
    for round in 0..10 {
        let data = if round < 2 { "{}" } else { "\"panic\"" };
        world.create().subject(&round.to_string()).data(data).await;
    }
    assert_eq!((hook(&world, "a").is_tripped(), held_back(&world, "a")), (true, None));
    world.create().data("{}").await.accepted().trail(&["a amend"]);
}
