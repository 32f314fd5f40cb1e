//! Told events that are written down and synced, against the bare loop.

use super::bare::Bare;
use super::measure::Table;
use super::{folder, host, told};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tenterhook::{Event, Host};
use tokio::runtime::Runtime;
use tokio::sync::Barrier;

const CALLERS: usize = 64;
const ROUNDS: usize = 21;
/// Events of a round from many callers, and from one.
const TOLD: usize = 25_600;
const TOLD_ALONE: usize = 1_000;
/// Events that a caller makes before it tells them: few, since an application tells what it has just made.
const MADE: usize = 10;

/// Tells `count` events, `each` of them in a `part` that returns how long it took; returns how many a second.
async fn tells(count: usize, each: usize, mut part: impl AsyncFnMut() -> Duration) -> f64 {
    let mut took = Duration::ZERO;
    for _ in 0..count.div_ceil(each) {
        took += part().await;
    }
    (count.div_ceil(each) * each) as f64 / took.as_secs_f64()
}

/// Makes events, which is the application's work, and takes the time that it takes to tell them.
async fn tell_some(host: &Host, ready: impl Future) -> Duration {
    let events: Vec<Event> = (0..MADE).map(|_| told()).collect();
    ready.await;
    let began = Instant::now();
    for event in events {
        host.tell(event).await.expect("it is written down");
    }
    began.elapsed()
}

/// How long it takes so many callers, each a task of its own.
async fn tell_from(callers: usize, host: &Host) -> Duration {
    let ready = Arc::new(Barrier::new(callers + 1));
    let tasks: Vec<_> = (0..callers)
        .map(|_| {
            let (host, ready) = (host.clone(), Arc::clone(&ready));
            tokio::spawn(async move { tell_some(&host, ready.wait()).await })
        })
        .collect();
    ready.wait().await;
    let began = Instant::now();
    for task in tasks {
        task.await.expect("it does not panic");
    }
    began.elapsed()
}

/// Tells a second, each synced before its caller goes on. Nobody is owed them: deliveries are measured apart. Each round
/// is held against the bare loop right after it: processors and disks of shared machines change from second to second.
pub(super) fn tell(table: &mut Table, runtime: &Runtime) {
    let folder = folder("status = 'disabled'");
    let host = runtime.block_on(host(folder.path()));
    let bare = Bare::open(&folder.path().join("bare.db"), (0..CALLERS * MADE).map(|_| told()));
    let mut row = |name, (to_a_sync, count), min, tells: &dyn Fn() -> f64| {
        // The first ones warm up.
        let rounds = (0..ROUNDS + 2).map(|_| (tells(), bare.write(to_a_sync, count))).skip(2);
        table.at_least(name, &rounds.collect::<Vec<_>>(), min);
    };
    row("tell, 64 callers, against 64 events to a sync", (CALLERS, TOLD), 0.7, &|| {
        runtime.block_on(tells(TOLD, CALLERS * MADE, async || tell_from(CALLERS, &host).await))
    });
    row("tell, one caller in `main`, against one event to a sync", (1, TOLD_ALONE), 0.8, &|| {
        let at_once = std::future::ready;
        runtime.block_on(tells(TOLD_ALONE, MADE, async || tell_some(&host, at_once(())).await))
    });
    row("tell, one caller in a task, against one event to a sync", (1, TOLD_ALONE), 0.8, &|| {
        runtime.block_on(tells(TOLD_ALONE, MADE, async || tell_from(1, &host).await))
    });
}
