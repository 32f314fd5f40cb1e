//! `<data>/cause.keys`: what causes are signed with.

use super::{causing, event, refused};
use crate::access::tenterhook;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use tenterhook_tests::{Given, World};

/// The cause of something that a hook does now.
async fn cause(world: &World) -> String {
    world.create().await.outcome.cause.expect("a veto has one")
}

fn keys(world: &World) -> Vec<String> {
    let text = fs::read_to_string(world.given().data().join("cause.keys")).unwrap();
    text.lines().map(|line| line.split(' ').next().unwrap().to_owned()).collect()
}

fn named(token: &str) -> &str {
    token.split('.').nth(1).unwrap()
}

#[tokio::test]
async fn the_key_is_its_owners_alone_and_outlives_the_host() {
    let world = Given::new().hook("a", "veto", "").start().await;
    assert!(!world.given().data().join("cause.keys").exists(), "there is none before it is needed");
    let before = cause(&world).await;
    let path = world.given().data().join("cause.keys");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(keys(&world), [named(&before)]);
    let world = world.stop().start().await;
    assert!(world.host.fire(event("cloud.pre_create", "tests", &before)).await.unwrap().suppressed.is_some());
    assert_eq!(named(&cause(&world).await), named(&before));
}

#[tokio::test]
async fn a_key_is_replaced_by_command_while_the_host_runs_and_the_old_one_still_counts() {
    let world = Given::new().hook("a", "veto", "").start().await;
    let before = cause(&world).await;
    let rotated = tenterhook(world.given(), &["cause", "rotate"]).ends();
    rotated.exits(0).says(" signs causes from now on");
    let after = cause(&world).await;
    assert_ne!(named(&before), named(&after));
    rotated.says(named(&after));
    assert_eq!(keys(&world), [named(&before), named(&after)]);
    for token in [before, after] {
        assert!(
            world.host.fire(event("cloud.pre_create", "tests", &token)).await.unwrap().suppressed.is_some()
        );
    }
}

#[tokio::test]
async fn a_key_older_than_30_days_is_replaced_and_forgotten_90_days_after_it_was() {
    let world = Given::new().hook("a", "veto", "").start().await;
    let old = cause(&world).await;
    let path = world.given().data().join("cause.keys");
    let line = fs::read_to_string(&path).unwrap();
    let made = line.split(' ').nth(1).unwrap();
    let aged = line.replace(made, "2020-01-01T00:00:00Z");
    fs::write(&path, &aged).unwrap();
    // It was never replaced, so it counts; the next to be signed has a new one.
    assert!(world.host.fire(event("cloud.post_create", "tests", &old)).await.unwrap().suppressed.is_some());
    let new = cause(&world).await;
    assert_ne!(named(&old), named(&new));
    assert_eq!(keys(&world), [named(&old), named(&new)]);
    // As it is 90 days after the first key was replaced.
    let replaced = line.replace(named(&old), "ffffffff").replace(made, "2020-02-01T00:00:00Z");
    fs::write(&path, aged + &replaced).unwrap();
    assert!(
        refused(&world.host, event("cloud.post_create", "tests", &old)).await.contains("no longer known")
    );
    cause(&world).await;
    assert_eq!(keys(&world).len(), 2, "the first is gone");
}

#[tokio::test]
async fn a_file_of_keys_that_others_may_read_or_that_is_damaged_is_not_used() {
    let (desk, world) = causing("cloud.post_create", Given::new()).await;
    world.created().await;
    let (before, path) = (desk.calls()[0].cause.clone(), world.given().data().join("cause.keys"));
    let good = fs::read_to_string(&path).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
    tenterhook(world.given(), &["cause", "rotate"]).ends().exits(1).says("chmod 600");
    // Who runs goes on with what it has; who starts knows nothing, and suppresses nothing.
    assert!(
        world.host.fire(event("cloud.post_create", "tests", &before)).await.unwrap().suppressed.is_some()
    );
    let world = world.stop().start().await;
    assert!(
        refused(&world.host, event("cloud.post_create", "tests", &before))
            .await
            .contains("none that this host")
    );
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    fs::write(&path, "damaged").unwrap();
    tenterhook(world.given(), &["cause", "rotate"]).ends().exits(1).says("line 1 is no key");
    fs::write(&path, good).unwrap();
    assert!(
        world.host.fire(event("cloud.post_create", "tests", &before)).await.unwrap().suppressed.is_some()
    );
}
