//! How fast: `cargo bench -p tenterhook`. Everything is measured in one run and judged by ratios to bare
//! wasmtime loops over the same guest, because machines are shared and noisy.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark prints its figures")]

mod measure;
mod scene;

use measure::{Table, median, micros, percentile};
use scene::{Scene, event, payload};
use std::time::{Duration, Instant};
use tenterhook::Floor;

/// Rounds of which the median is taken; floor and host take turns in each.
const ROUNDS: usize = 15;
const CALLS: u32 = 2_000;

fn main() {
    // Cargo passes `--bench`; a test run of the benches only wants to know that they start.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    // `cargo bench -p tenterhook -- large` measures only what has `large` in its name.
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    let wants = |name: &str| name.contains(&wanted);
    let mut table = Table::default();
    let runtime = scene::runtime();
    let guest = scene::guest("accept");
    let floor = Floor::new(&guest).expect("the guest loads");
    let floors = runtime.block_on(floors(&floor, payload(1), &mut table));
    if wants("prepared") {
        runtime.block_on(prepared(&floor, &mut table));
    }
    if wants("paced") {
        paced(&floors, &mut table);
    }
    if wants("saturated") {
        saturated(&floor, &mut table);
    }
    if wants("warm") {
        runtime.block_on(warm(&floors, &mut table));
    }
    if wants("chain") {
        runtime.block_on(chain(&mut table));
    }
    if wants("many") {
        runtime.block_on(many(&mut table));
    }
    if wants("large") {
        runtime.block_on(large(&floor, &mut table));
    }
    if wants("endless") {
        runtime.block_on(endless(&mut table));
    }
    if wants("neighbours") {
        neighbours(&mut table);
    }
    if wants("idle") {
        scene::idle_memory(&mut table);
    }
    if wants("process") {
        scene::whole_process(&mut table);
    }
    table.print();
}

/// Medians of the bare loops, in microseconds per call.
struct Floors {
    prepared: f64,
    warm: f64,
}

async fn floors(floor: &Floor, data: serde_json::Value, table: &mut Table) -> Floors {
    let event = event(&data);
    let (mut prepared, mut fresh, mut warm) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        prepared.push(micros(floor.prepared_call(&event, CALLS).await) / f64::from(CALLS));
        fresh.push(micros(floor.fresh(&event, CALLS).await) / f64::from(CALLS));
        warm.push(micros(floor.warm(&event, CALLS).await) / f64::from(CALLS));
    }
    let floors = Floors { prepared: median(prepared), warm: median(warm) };
    table.micros("floor/prepared_call", floors.prepared, 2.0);
    table.micros("floor/fresh", median(fresh), 9.0);
    table.micros("floor/warm", floors.warm, f64::INFINITY);
    floors
}

/// One fresh hook whose sandboxes are made in between, as the floor's are.
async fn prepared(floor: &Floor, table: &mut Table) {
    let (scene, event) = (Scene::start(1, "accept", "").await, event(&payload(1)));
    let (mut bare, mut host) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        bare.push(micros(floor.prepared_call(&event, CALLS).await) / f64::from(CALLS));
        host.extend(scene.paced(Duration::from_micros(20), Duration::from_millis(100)).await);
    }
    table.ratio("ask, fresh", median(host), median(bare), 1.6);
}

/// One fresh hook, events at a steady pace: what an event costs depends on what the processors did before it.
fn paced(floors: &Floors, table: &mut Table) {
    let runtime = scene::runtime();
    let scene = runtime.block_on(Scene::start(1, "accept", ""));
    for (name, gap) in [("1,000/s", 1_000), ("10,000/s", 100), ("50,000/s", 20)] {
        let before = scene.calls();
        let times = runtime.block_on(scene.paced(Duration::from_micros(gap), Duration::from_secs(3)));
        let (calls, dry) = scene.calls();
        let dry = (dry - before.1) as f64 / (calls - before.0) as f64;
        let figure = median(times.clone());
        table.ratio(&format!("ask, fresh, {name}: median"), figure, floors.prepared, f64::INFINITY);
        table.note(&format!("ask, fresh, {name}: p99"), format!("{:.1} us", percentile(times, 99)));
        table.share(&format!("ask, fresh, {name}: pool dry"), dry, 0.05);
    }
}

/// Events as fast as two threads can fire them, against bare loops on two threads.
fn saturated(floor: &Floor, table: &mut Table) {
    let runtime = scene::runtime();
    let scene = runtime.block_on(Scene::start(1, "accept", ""));
    let event = event(&payload(1));
    let (mut bare, mut host) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        bare.push(scene::both(|| {
            let runtime = scene::runtime();
            runtime.block_on(floor.fresh(&event, 10 * CALLS));
            10 * CALLS
        }));
        host.push(scene::both(|| scene.saturate(10 * CALLS)));
    }
    let (bare, host) = (median(bare), median(host));
    table.note("floor/fresh on 2 threads", format!("{:.0} k/s", bare / 1e3));
    table.at_least("ask, fresh, saturated from 2 threads", &[(host, bare)], 0.85);
}

async fn warm(floors: &Floors, table: &mut Table) {
    let scene = Scene::start(1, "accept", "isolation = 'warm'").await;
    let times = scene.paced(Duration::ZERO, Duration::from_secs(2)).await;
    table.ratio("ask, warm", median(times), floors.warm, 1.6);
}

/// Ten hooks on one event, against one, at a pace at which pools are filled in between.
async fn chain(table: &mut Table) {
    let (one, ten) = (Scene::start(1, "accept", "").await, Scene::start(10, "accept", "").await);
    let (mut alone, mut chained) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        alone.extend(one.paced(Duration::from_micros(200), Duration::from_millis(200)).await);
        chained.extend(ten.paced(Duration::from_micros(400), Duration::from_millis(200)).await);
    }
    table.ratio("chain of ten, against one", median(chained), median(alone), 9.0);
}

/// A thousand enabled hooks of which one matches, or none.
async fn many(table: &mut Table) {
    let (one, many) = (Scene::start(1, "accept", "").await, Scene::scattered(1_000).await);
    let (mut alone, mut matched, mut none) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let (gap, time) = (Duration::from_micros(100), Duration::from_millis(100));
        alone.extend(one.paced(gap, time).await);
        matched.extend(many.paced(gap, time).await);
        none.extend(many.unmatched(gap, time).await);
    }
    table.ratio("1,000 hooks, one matches, against one alone", median(matched), median(alone), 1.2);
    table.micros("1,000 hooks, none matches", median(none), 1.0);
}

/// 64 KB of data.
async fn large(floor: &Floor, table: &mut Table) {
    let data = payload(1_000);
    let event = event(&data);
    let scene = Scene::start(1, "accept", "").await;
    let (mut bare, mut host) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        bare.push(micros(floor.prepared_call(&event, 200).await) / 200.0);
        host.extend(scene.paced_with(&data, Duration::from_micros(400), Duration::from_millis(200)).await);
    }
    let name = format!("{} KB of data", event.data.as_str().len() / 1_000);
    table.ratio(&name, median(host), median(bare), 1.3);
}

/// A hook that never returns, with fuel without end, under the default deadline of 50 ms.
async fn endless(table: &mut Table) {
    let scene = Scene::start(1, "spin", "on_failure = 'accept'\n[limits]\nfuel = 1_000_000_000_000").await;
    let mut over = Vec::new();
    for _ in 0..ROUNDS {
        // Its own scene is tripped after ten failures of three subjects, so it has one subject.
        let began = Instant::now();
        scene.one(&payload(1)).await;
        over.push(micros(began.elapsed()) / 1e3 - 50.0);
    }
    table.below("endless loop, stopped after its deadline by", median(over), "ms", 2.0);
}

/// Eight endless loops at full deadline, and an innocent ask beside them.
fn neighbours(table: &mut Table) {
    let times = scene::beside_loops(8, Duration::from_secs(5));
    table.below("ask beside 8 endless loops: p99", percentile(times, 99) / 1e3, "ms", 15.0);
}
