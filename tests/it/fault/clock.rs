//! A machine whose clock is set back.

use super::CREATED;
use std::time::{Duration, SystemTime};
use tenterhook_tests::{Given, World, until};

/// An hour ahead of the machine.
fn ahead() -> SystemTime {
    SystemTime::now() + Duration::from_secs(3600)
}

fn given_to(world: &World, hook: &str) -> Vec<String> {
    world.log_of(hook)
}

#[tokio::test]
async fn a_clock_that_is_set_back_over_a_restart_brings_nothing_back_and_holds_nothing_up() {
    let given = Given::new().hook("a", "falter", CREATED);
    let given = given.hook("late", "falter", &format!("{CREATED}\n[properties]\nfalters = 'yes'"));
    let given = given.journal(|rules| rules.retries = vec![Duration::from_secs(3); 3]).clock(ahead);
    let world = given.start().await;
    let tell = |world: &World| world.created().id("e1").data(r#"{"falter":1}"#);
    let receipt = tell(&world).await.outcome.receipt.unwrap();
    world.until_log("late", "given e1 1").await;
    let ledger = || tenterhook_tests::Ledger::live(&world.given().data());
    until("both attempts are on record", || ledger().deliveries.values().all(|(_, attempts)| *attempts == 1))
        .await;
    // From here on it is an hour earlier.
    let world = world.stop().machine_clock().start().await;
    assert!(tell(&world).await.outcome.receipt.is_some_and(|again| again.sequence == receipt.sequence));
    // It is attempted again in seconds, and not in an hour.
    world.until_log("late", "given e1 2").await;
    assert_eq!(given_to(&world, "a"), [""; 0]);
    assert_eq!(given_to(&world, "late"), ["info: given e1 2"]);
}
