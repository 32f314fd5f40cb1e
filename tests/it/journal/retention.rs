//! What is over is forgotten after a while; what is owed never is.

use super::{lines, receipt};
use crate::access::tenterhook;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, SystemTime};
use tenterhook_tests::{Given, World, until};

const DAY: u64 = 24 * 3600;

/// A clock that shows 2026, and goes on when it is told to.
#[derive(Clone, Default)]
struct Days(Arc<AtomicU64>);

impl Days {
    fn pass(&self, days: u64) {
        self.0.fetch_add(days, Relaxed);
    }

    fn show(&self, given: Given) -> Given {
        let days = Arc::clone(&self.0);
        given.journal(|_| {}).built(move |builder| {
            let days = Arc::clone(&days);
            let begin = SystemTime::UNIX_EPOCH + Duration::from_secs(1_769_860_800);
            builder.clock(move || begin + Duration::from_secs(days.load(Relaxed) * DAY))
        })
    }
}

/// What `journal verify` says there is.
fn said(world: &World) -> String {
    let verified = tenterhook(world.given(), &["journal", "verify"]).ends();
    verified.exits(0).err.trim().trim_start_matches("the journal is sound: ").to_owned()
}

async fn becomes(world: &World, what: &str) {
    until(format!("there are {what}: {}", said(world)), || said(world) == what).await;
}

#[tokio::test]
async fn what_was_delivered_is_forgotten_after_a_week_and_no_sequence_is_given_out_twice() {
    let days = Days::default();
    let given = days.show(Given::new().hook("a", "see", ""));
    let world = given.start().await;
    for id in ["e-1", "e-2", "e-3"] {
        world.created().id(id).await;
    }
    lines(&world, "a", 3).await;
    becomes(&world, "3 events, 3 deliveries, 3 lines of the log").await;
    days.pass(8);
    becomes(&world, "1 event, 1 delivery, 1 line of the log").await;
    assert_eq!(receipt(&world.created().id("e-1").await).sequence, 4);
    lines(&world, "a", 4).await;
    days.pass(8);
    becomes(&world, "1 event, 1 delivery, 1 line of the log").await;
    let world = world.stop().start().await;
    assert_eq!(receipt(&world.created().id("e-1").await).sequence, 5);
}

#[tokio::test]
async fn what_waits_is_never_forgotten_and_dead_letters_after_a_month() {
    let days = Days::default();
    let on = |event: &str| format!("type = 'cloud'\n[[on]]\nevent = '{event}'\n");
    let given = Given::new().hook("a", "see", &on("cloud.post_create"));
    let given = given.hook("crm", "veto", &on("cloud.post_purchase"));
    let given = given.file("late.wasm", "no component").toml("late", &on("cloud.post_delete"));
    let world = days.show(given).start().await;
    world.tell("cloud.post_purchase").await;
    world.tell("cloud.post_delete").facet("option", "SERVER").await;
    world.created().await;
    world.created().await;
    becomes(&world, "4 events, 4 deliveries, 3 lines of the log").await;
    days.pass(8);
    becomes(&world, "3 events, 3 deliveries, 2 lines of the log").await;
    days.pass(23);
    becomes(&world, "2 events, 2 deliveries, 1 line of the log").await;
    let waits = tenterhook(world.given(), &["dead", "list", "--status", "waiting", "--json"]).ends();
    assert_eq!(waits.exits(0).json()[0]["hook"], "late");
}
