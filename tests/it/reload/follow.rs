//! A watched directory: whichever way files are written, what they say in the end is at work.

use super::{held_back, hook, problems, put, put_in, until_after, version};
use std::fs::{self, File};
use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tenterhook_tests::{Given, World, until};

/// A watched world whose hook accepts.
async fn watched() -> World {
    let world = Given::new().hook("a", "accept", "priority = 1").start().await;
    world.host.watch();
    world
}

/// Waits until the hook `a` refuses, as its next version does.
async fn until_it_vetoes(world: &World) {
    let began = Instant::now();
    while world.create().await.outcome.veto().is_none() {
        assert!(began.elapsed() < Duration::from_secs(20), "still not at work: {:?}", problems(world));
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test]
async fn a_file_renamed_to_its_place_goes_live() {
    let world = watched().await;
    put_in(&world, "a.wasm", version("veto", 0));
    until_it_vetoes(&world).await;
    assert_eq!(problems(&world), [""; 0]);
}

#[tokio::test]
async fn a_file_written_in_place_goes_live() {
    let world = watched().await;
    fs::write(world.given().hooks().join("a.wasm"), version("veto", 0)).unwrap();
    until_it_vetoes(&world).await;
    assert_eq!(problems(&world), [""; 0]);
}

#[tokio::test]
async fn a_file_copied_slowly_is_waited_for() {
    let world = watched().await;
    let mut file = File::create(world.given().hooks().join("a.wasm")).unwrap();
    let bytes = version("veto", 0);
    for part in bytes.chunks(bytes.len() / 8) {
        file.write_all(part).unwrap();
        file.sync_all().unwrap();
        // As slow as this is, the old version answers and nothing is wrong.
        tokio::time::sleep(Duration::from_millis(40)).await;
        world.create().await;
        assert_eq!((problems(&world), held_back(&world, "a")), (vec![], None));
    }
    until_it_vetoes(&world).await;
    assert_eq!(problems(&world), [""; 0]);
}

#[tokio::test]
async fn half_a_file_is_a_problem_only_if_it_stays_half() {
    let world = watched().await;
    let bytes = version("veto", 0);
    let began = Instant::now();
    put_in(&world, "a.wasm", &bytes[..bytes.len() / 2]);
    until("the problem is shown", || !problems(&world).is_empty()).await;
    assert!(began.elapsed() >= Duration::from_secs(1));
    world.create().await.accepted().trail(&["a accept"]);
    fs::write(world.given().hooks().join("a.wasm"), &bytes).unwrap();
    until_it_vetoes(&world).await;
    assert_eq!((problems(&world), held_back(&world, "a")), (vec![], None));
}

#[tokio::test]
async fn hooks_and_catalogues_come_and_go() {
    let world = watched().await;
    let before = world.host.roster().generation;
    put_in(&world, "b.wasm", version("veto", 0));
    until_after(&world, before).await;
    world.create().await.trail(&["b veto", "a skipped"]);
    fs::remove_file(world.given().hooks().join("b.wasm")).unwrap();
    until("it is gone", || world.host.roster().hooks().count() == 1).await;
    fs::create_dir(world.given().hooks().join("catalogue")).unwrap();
    for round in 0..3 {
        let area = format!("shop{round}");
        put_in(&world, "catalogue/own.toml", format!("[[area]]\nname = '{area}'\nsummary = 'A shop'\n"));
        let known = || world.host.roster().catalogue.areas().any(|(name, _)| name == area);
        until("the area is known", known).await;
    }
    world.create().await.accepted();
}

#[tokio::test]
async fn a_thousand_touches_are_few_reloads_and_the_last_wins() {
    let world = watched().await;
    let toml = |priority: u32| format!("priority = {priority}\n[limits]\ndeadline = '20s'");
    for priority in 1..=1000 {
        put_in(&world, "a.toml", toml(priority));
    }
    until("the last is at work", || hook(&world, "a").manifest().priority == 1000).await;
    let (good, bad) = world.host.reloads();
    assert!(good <= 20 && bad == 0, "{good} reloads");
}

#[tokio::test]
async fn looking_changes_nothing() {
    let world = watched().await;
    let a = hook(&world, "a");
    put_in(&world, "unrelated.txt", "no hook");
    put_in(&world, "b.wasm", version("accept", 0));
    until_after(&world, 1).await;
    assert!(Arc::ptr_eq(&a, &hook(&world, "a")));
    assert_eq!(world.host.roster().generation, 2);
}

#[tokio::test]
async fn a_watched_host_ends_with_its_last_clone() {
    let world = watched().await;
    put_in(&world, "b.wasm", version("accept", 0));
    until_after(&world, 1).await;
    let hook = Arc::downgrade(&hook(&world, "a"));
    let given = world.stop();
    until("everything is let go", || hook.upgrade().is_none()).await;
    put(&given.hooks().join("b.wasm"), version("accept", 1));
}
