//! A secret with another value is a changed property: a new version of the hook, though none of its files changed.

use super::{fire, rotate, serve, shows_its_secret, toml};
use std::fs;
use std::sync::Arc;
use tenterhook_tests::{Given, World, until};

async fn shows(world: &World, secret: &str) {
    world.create().await.data_is(format!(r#"[["key","{secret}"]]"#));
}

#[tokio::test]
async fn a_reload_notices_another_value_and_nothing_else() {
    let world = shows_its_secret().secret("crm-token", "one").start().await;
    rotate(&world, "one\n");
    let same = world.host.reload().await.unwrap();
    assert!(Arc::ptr_eq(&same, &world.roster), "the value is the same");
    rotate(&world, "two");
    let changed = world.host.reload().await.unwrap();
    assert_eq!(changed.generation, world.roster.generation + 1);
    shows(&world, "two").await;
    assert!(Arc::ptr_eq(&changed, &world.host.reload().await.unwrap()));
}

#[tokio::test]
async fn a_line_more_above_a_reference_is_no_new_version() {
    let world = shows_its_secret().secret("crm-token", "one").start().await;
    let path = world.given().hooks().join("a.toml");
    fs::write(&path, format!("# Ours.\n{}", fs::read_to_string(&path).unwrap())).unwrap();
    let same = world.host.reload().await.unwrap();
    assert!(Arc::ptr_eq(&same, &world.roster));
}

#[tokio::test]
async fn a_watched_secret_goes_live_by_itself() {
    let world = shows_its_secret().secret("crm-token", "one").start().await;
    world.host.watch();
    rotate(&world, "two");
    until("it is at work", || world.host.roster().generation > world.roster.generation).await;
    shows(&world, "two").await;
}

#[tokio::test]
async fn a_secret_that_comes_late_is_noticed() {
    let world = shows_its_secret().start().await;
    world.host.watch();
    world.create().await.vetoed_by("a", "hook_failed");
    rotate(&world, "one");
    until("it is at work", || world.host.roster().problems.is_empty()).await;
    shows(&world, "one").await;
}

#[test]
fn a_hangup_has_the_service_read_it_again() {
    let given = shows_its_secret().secret("crm-token", "one");
    let served = serve(&given);
    assert!(fire(&served).contains(r#""data":[["key","one"]]"#));
    fs::write(given.secrets().join("crm-token"), "two").unwrap();
    served.signal("HUP");
    served.says("the hooks were read again");
    assert!(fire(&served).contains(r#""data":[["key","two"]]"#));
}

#[tokio::test]
async fn a_secret_that_goes_leaves_the_version_that_has_it() {
    let world = shows_its_secret().secret("crm-token", "one").start().await;
    fs::remove_file(world.given().secrets().join("crm-token")).unwrap();
    let roster = world.host.reload().await.unwrap();
    assert!(roster.held_back("a").unwrap().contains("is not set"), "{:?}", roster.held_back("a"));
    shows(&world, "one").await;
    // After a restart nobody has it any more.
    let world = world.stop().start().await;
    world.create().await.vetoed_by("a", "hook_failed");
}

#[tokio::test]
async fn the_last_good_version_gets_its_secret_over_a_restart() {
    let world = shows_its_secret().secret("crm-token", "one").start().await;
    let given = world.stop().secret("crm-token", "two").file("a.toml", "not TOML");
    let world = given.start().await;
    assert!(world.roster.held_back("a").is_some());
    shows(&world, "two").await;
}

#[tokio::test]
async fn a_value_that_fails_where_the_one_before_it_did_not_is_taken_back_until_it_changes() {
    let quota = "[properties]\nmax_cpus = { secret = 'crm-token' }\n";
    let world = Given::new().plugin("server-quota", quota).secret("crm-token", "16").start().await;
    let create = || world.create().data(r#"{"cpu":9,"ram":1}"#);
    let held_back = || world.host.roster().held_back("server-quota").map(str::to_owned);
    rotate(&world, "geheim");
    world.host.reload().await.unwrap();
    for _ in 0..3 {
        let answer = create().await;
        let said = answer.accepted().line("server-quota").message.clone().unwrap();
        assert!(said.contains("the one before it answered") && !said.contains("geheim"), "{said}");
    }
    until("it is taken back", || held_back().is_some()).await;
    assert!(!held_back().unwrap().contains("geheim"), "{:?}", held_back());
    create().await.accepted();
    // Of a value nothing is written down, so it is tried again after a restart; and another one at once.
    let written = fs::read_to_string(world.given().data().join("rejected.toml")).unwrap();
    assert!(!written.contains("server-quota"), "{written}");
    rotate(&world, "8");
    world.host.reload().await.unwrap();
    assert_eq!(held_back(), None);
    create().await.vetoed_by("server-quota", "quota.cpu");
}

#[tokio::test]
async fn a_version_that_failed_is_not_tried_again_over_a_restart_whatever_its_secrets() {
    let given = Given::new().hook("a", "accept", &toml("text", "crm-token")).secret("crm-token", "geheim");
    let world = given.start().await;
    let indiscreet = fs::read(tenterhook_tests::guest("indiscreet")).unwrap();
    fs::write(world.given().hooks().join("a.wasm"), indiscreet).unwrap();
    world.host.reload().await.unwrap();
    for _ in 0..3 {
        world.create().await.accepted();
    }
    let path = world.given().data().join("rejected.toml");
    until("it is written down", || path.exists()).await;
    let written = fs::read_to_string(&path).unwrap();
    assert!(written.contains("last ***") && !written.contains("geheim"), "{written}");
    let world = world.stop().start().await;
    assert!(world.roster.held_back("a").unwrap().contains("was taken back"));
    world.create().await.accepted();
}
