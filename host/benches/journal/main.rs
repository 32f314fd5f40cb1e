//! How fast told events are written down and delivered: `cargo bench -p tenterhook --bench journal`, everything against
//! a bare loop of the same run.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark prints its figures")]

mod bare;
#[allow(dead_code, reason = "each benchmark uses a part of it")]
#[path = "../speed/measure.rs"]
mod measure;
mod tells;

use measure::{Table, median, micros, percentile};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant, SystemTime};
use tempfile::TempDir;
use tenterhook::{Event, Floor, Host};
use tokio::runtime::{Builder, Runtime};

const ROUNDS: usize = 5;
/// Deliveries that wait.
const BACKLOG: usize = 1_000_000;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--test") {
        return;
    }
    let wanted = arguments.into_iter().find(|argument| !argument.starts_with('-')).unwrap_or_default();
    let mut table = Table::default();
    for (name, measure) in [
        ("tell", tells::tell as fn(&mut Table, &Runtime)),
        ("deliver", deliver),
        ("ask beside deliveries", beside),
        ("backlog", backlog),
    ] {
        if name.contains(&wanted) {
            measure(&mut table, &runtime());
        }
    }
    table.print();
}

fn runtime() -> Runtime {
    Builder::new_multi_thread().enable_all().build().expect("a runtime starts")
}

/// A folder with hooks on `cloud.post_create`, and one on `cloud.pre_create`.
fn folder(told: &str) -> TempDir {
    let folder = TempDir::new().expect("there is room for a directory");
    let hooks = folder.path().join("hooks");
    std::fs::create_dir(&hooks).expect("it can be made");
    let guest = std::fs::read(tenterhook_tests::guest("accept")).expect("the guest was built");
    for (id, on) in [("told", "post_create"), ("asked", "pre_create")] {
        let toml = format!(
            "name = '{id}'\ntype = 'cloud'\npriority = 1\n{}\n[[on]]\nevent = 'cloud.{on}'\noption = 'SERVER'\n",
            if id == "told" { told } else { "" }
        );
        std::fs::write(hooks.join(format!("{id}.wasm")), &guest).expect("it can be written");
        std::fs::write(hooks.join(format!("{id}.toml")), toml).expect("it can be written");
    }
    folder
}

async fn host(folder: &Path) -> Host {
    let host = Host::builder().hooks(folder.join("hooks")).data(folder.join("data")).journal().start().await;
    host.expect("the host starts")
}

fn event(name: &str) -> Event {
    let data = serde_json::json!({ "cpu": 4, "ram": 8192, "name": "a-server-of-a-customer", "zone": "e1" });
    // Events of one subject come one after the other; of so many customers few have two at a time.
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let subject = format!("s-{}", NUMBER.fetch_add(1, Relaxed) % 10_000);
    let event = Event::new(name, "bench").facet("option", "SERVER").subject(subject);
    event.data(&data).expect("it is JSON")
}

fn told() -> Event {
    event("cloud.post_create")
}

/// Waits until the hook had so many calls.
fn until(host: &Host, hook: &str, calls: u64) {
    let roster = host.roster();
    let hook = roster.hook(hook).expect("it is there");
    while hook.stats().calls() < calls {
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// A backlog that is delivered to one fresh hook.
fn deliver(table: &mut Table, runtime: &Runtime) {
    const COUNT: usize = 50_000;
    let mut rates = Vec::new();
    let guest = std::fs::read(tenterhook_tests::guest("accept")).expect("the guest was built");
    let floor = Arc::new(Floor::new(&guest).expect("the guest loads"));
    for round in 0..=3 {
        let folder = folder("");
        let host = owing(runtime, folder.path(), COUNT, Duration::ZERO);
        let began = Instant::now();
        until(&host, "told", COUNT as u64);
        let rate = COUNT as f64 / began.elapsed().as_secs_f64();
        drop(host);
        if round > 0 {
            rates.push((rate, both_cores(runtime, &floor)));
        }
    }
    table.at_least("delivered, one fresh hook, against bare sandboxes on both cores", &rates, 0.4);
}

/// Bare sandboxes a second, on all processors.
fn both_cores(runtime: &Runtime, floor: &Arc<Floor>) -> f64 {
    const EACH: u32 = 20_000;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let began = Instant::now();
    let loops: Vec<_> = (0..cores)
        .map(|_| {
            let floor = Arc::clone(floor);
            runtime.spawn(async move { floor.fresh(&told(), EACH).await })
        })
        .collect();
    loops.into_iter().for_each(|each| drop(runtime.block_on(each)));
    f64::from(EACH) * cores as f64 / began.elapsed().as_secs_f64()
}

/// A host that owes its hook so many deliveries, due after a while.
fn owing(runtime: &Runtime, folder: &Path, count: usize, due: Duration) -> Host {
    let host = runtime.block_on(host(folder));
    if due.is_zero() {
        // It begins no more deliveries, and leaves them to the next one.
        runtime.block_on(host.shutdown(Duration::ZERO));
    }
    runtime.block_on(async {
        let callers: Vec<_> = (0..256)
            .map(|_| {
                let host = host.clone();
                tokio::spawn(async move {
                    for _ in 0..count / 256 + 1 {
                        let event = if due.is_zero() { told() } else { told().due(SystemTime::now() + due) };
                        host.tell(event).await.expect("it is written down");
                    }
                })
            })
            .collect();
        for caller in callers {
            caller.await.expect("it does not panic");
        }
    });
    if !due.is_zero() {
        return host;
    }
    runtime.block_on(host.shutdown(Duration::ZERO));
    drop(host);
    runtime.block_on(self::host(folder))
}

/// Microseconds of asks, one after the other, `gap` apart.
async fn asks(host: &Host, count: usize, gap: Duration) -> Vec<f64> {
    let mut times = Vec::with_capacity(count);
    for _ in 0..count {
        let event = event("cloud.pre_create");
        let began = Instant::now();
        host.ask(event).await.expect("it is decided");
        times.push(micros(began.elapsed()));
        if !gap.is_zero() {
            tokio::time::sleep(gap).await;
        }
    }
    times
}

/// Asks while deliveries are made as fast as they can be.
fn beside(table: &mut Table, runtime: &Runtime) {
    let folder = folder("");
    let host = owing(runtime, folder.path(), 200_000, Duration::ZERO);
    let times = runtime.block_on(asks(&host, 1_000, Duration::from_millis(1)));
    let calls = host.roster().hook("told").expect("it is there").stats().calls();
    table.note("deliveries made meanwhile", format!("{:.0} k", calls as f64 / 1e3));
    table.below("ask beside deliveries at full rate: p99", percentile(times, 99) / 1e3, "ms", 5.0);
}

/// A million deliveries that wait for a later time, and then for nothing.
fn backlog(table: &mut Table, runtime: &Runtime) {
    let (empty, full) = (folder(""), folder(""));
    let quiet = runtime.block_on(host(empty.path()));
    let host = owing(runtime, full.path(), BACKLOG, Duration::from_secs(24 * 3600));
    let (mut alone, mut beside) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        alone.push(median(runtime.block_on(asks(&quiet, 20_000, Duration::ZERO))));
        beside.push(median(runtime.block_on(asks(&host, 20_000, Duration::ZERO))));
    }
    table.ratio("ask with 1,000,000 deliveries waiting, against none", median(beside), median(alone), 1.1);
    drop(host);
    let began = Instant::now();
    let host = runtime.block_on(self::host(full.path()));
    table.below("start with 1,000,000 deliveries waiting", micros(began.elapsed()) / 1e6, "s", 3.0);
    table.below("memory then, whole process", resident(), "MB", 300.0);
    drop(host);
    drain(table, runtime);
}

/// The rate at which a million deliveries are made, from first to last.
fn drain(table: &mut Table, runtime: &Runtime) {
    let folder = folder("");
    let host = owing(runtime, folder.path(), BACKLOG, Duration::ZERO);
    let tenth = BACKLOG as u64 / 10;
    let mut rates = Vec::new();
    for part in 1..=10 {
        let began = Instant::now();
        until(&host, "told", part * tenth);
        rates.push(tenth as f64 / began.elapsed().as_secs_f64());
    }
    // Some were made before the clock was started.
    let rates = &rates[1..];
    let (least, most) =
        rates.iter().fold((f64::MAX, 0.0_f64), |(least, most), rate| (least.min(*rate), most.max(*rate)));
    table.note(
        "1,000,000 deliveries: slowest and fastest tenth",
        format!("{:.1}, {:.1} k/s", least / 1e3, most / 1e3),
    );
    table.share("1,000,000 deliveries: last tenth slower than the second by", 1.0 - rates[8] / rates[0], 0.2);
    table.below("memory then, whole process", resident(), "MB", 300.0);
}

fn resident() -> f64 {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("the kernel says");
    let pages = statm.split(' ').nth(1).and_then(|pages| pages.parse::<f64>().ok());
    pages.expect("a number") * 4096.0 / 1e6
}
