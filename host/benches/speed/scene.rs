//! Hosts with hooks on them, and ways to fire events at them.

use crate::measure::{Table, median, micros};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tenterhook::limits::HostLimits;
use tenterhook::{Event, Host};
use tokio::runtime::{Builder, Runtime};

pub(crate) fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_time().build().expect("a runtime starts")
}

pub(crate) fn guest(name: &str) -> Vec<u8> {
    std::fs::read(tenterhook_tests::guest(name)).expect("the guest was built")
}

/// Data of 63 bytes, or of that many times as much.
pub(crate) fn payload(times: usize) -> serde_json::Value {
    let server = serde_json::json!({"cpu": 4, "ram": 8192, "name": "a-server-of-a-customer", "zone": "e1"});
    if times == 1 { server } else { vec![server; times].into() }
}

pub(crate) fn event(data: &serde_json::Value) -> Event {
    let event = Event::new("cloud.pre_create", "bench").facet("option", "SERVER").subject("s-1");
    event.data(data).expect("it is JSON")
}

const DISK: &str = "name = 'h'\ntype = 'cloud'\npriority = 1\ncomponent = 'c.wasm'\n[[on]]\nevent = 'cloud.pre_create'\noption = 'DISK'";

/// A host and its hooks directory.
pub(crate) struct Scene {
    host: Host,
    _hooks: TempDir,
}

impl Scene {
    /// `n` hooks of a guest on the event of [`event`].
    pub(crate) async fn start(n: usize, name: &str, toml: &str) -> Self {
        Self::with(n, name, |index| {
            let on = "[[on]]\nevent = 'cloud.pre_create'\noption = 'SERVER'";
            let (keys, tables) =
                toml.split_once('[').map_or((toml, String::new()), |(k, t)| (k, format!("[{t}")));
            format!(
                "name = 'h'\ntype = 'cloud'\npriority = {index}\ncomponent = 'c.wasm'\n{keys}\n{on}\n{tables}"
            )
        })
        .await
    }

    /// `n` hooks without a single prepared sandbox.
    async fn idle(n: usize) -> Self {
        Self::limited(n, "accept", |limits| limits.prepared = 0, |_| DISK.into()).await
    }

    /// `n` hooks of which one is on the event of [`event`], all others on other options of it.
    pub(crate) async fn scattered(n: usize) -> Self {
        Self::with(n, "accept", |index| {
            let option = if index == n / 2 { "SERVER" } else { ["DISK", "NIC", "IMAGE", "VDC"][index % 4] };
            format!(
                "name = 'h'\ntype = 'cloud'\npriority = 1\ncomponent = 'c.wasm'\n\
                 [[on]]\nevent = 'cloud.pre_create'\noption = '{option}'"
            )
        })
        .await
    }

    async fn with(n: usize, name: &str, toml: impl Fn(usize) -> String) -> Self {
        Self::limited(n, name, |_| (), toml).await
    }

    async fn limited(
        n: usize,
        name: &str,
        limit: impl FnOnce(&mut HostLimits),
        toml: impl Fn(usize) -> String,
    ) -> Self {
        let hooks = TempDir::new().expect("there is room for a directory");
        let write = |name: String, bytes: &[u8]| {
            std::fs::write(hooks.path().join(name), bytes).expect("it can be written");
        };
        write("c.wasm".into(), &guest(name));
        (0..n).for_each(|index| write(format!("h{index:04}.toml"), toml(index).as_bytes()));
        let mut limits = HostLimits::default();
        limit(&mut limits);
        let host = Host::builder().hooks(hooks.path()).limits(limits).start().await.expect("the host starts");
        assert!(host.roster().problems.is_empty(), "{:?}", host.roster().problems);
        Self { host, _hooks: hooks }
    }

    /// Calls, and how many found no sandbox ready.
    pub(crate) fn calls(&self) -> (u64, u64) {
        let sum = |(a, b): (u64, u64), (c, d): (u64, u64)| (a + c, b + d);
        self.host.roster().hooks().map(|hook| (hook.stats().calls(), hook.stats().dry())).fold((0, 0), sum)
    }

    pub(crate) async fn one(&self, data: &serde_json::Value) -> f64 {
        self.ask(event(data)).await
    }

    async fn ask(&self, event: Event) -> f64 {
        let began = Instant::now();
        let outcome = self.host.ask(event).await.expect("the host takes it");
        let time = micros(began.elapsed());
        assert!(outcome.data().is_ok(), "{outcome:?}");
        time
    }

    /// Asks at a steady pace, in microseconds each.
    pub(crate) async fn paced(&self, gap: Duration, time: Duration) -> Vec<f64> {
        self.paced_with(&payload(1), gap, time).await
    }

    pub(crate) async fn paced_with(
        &self,
        data: &serde_json::Value,
        gap: Duration,
        time: Duration,
    ) -> Vec<f64> {
        self.paced_event(&event(data), gap, time).await
    }

    /// Asks that no hook wants.
    pub(crate) async fn unmatched(&self, gap: Duration, time: Duration) -> Vec<f64> {
        let event = event(&payload(1)).facet("option", "CLUSTER");
        self.paced_event(&event, gap, time).await
    }

    async fn paced_event(&self, event: &Event, gap: Duration, time: Duration) -> Vec<f64> {
        let (mut times, began) = (Vec::new(), Instant::now());
        let mut next = began;
        while began.elapsed() < time {
            while Instant::now() < next {
                std::hint::spin_loop();
            }
            next = (next + gap).max(Instant::now());
            times.push(self.ask(event.clone()).await);
        }
        times
    }

    /// Asks `n` times without a pause, on this thread.
    pub(crate) fn saturate(&self, n: u32) -> u32 {
        let (runtime, event) = (runtime(), event(&payload(1)));
        runtime.block_on(async {
            for _ in 0..n {
                self.ask(event.clone()).await;
            }
        });
        n
    }
}

/// Runs the same on two threads; how many of what it counts they do in a second.
pub(crate) fn both(work: impl Fn() -> u32 + Sync) -> f64 {
    let began = Instant::now();
    let done: u32 = std::thread::scope(|scope| {
        let threads = [scope.spawn(&work), scope.spawn(&work)];
        threads.into_iter().map(|thread| thread.join().expect("it does not panic")).sum()
    });
    f64::from(done) / began.elapsed().as_secs_f64()
}

/// Asks of an innocent hook while `n` endless loops run without pause.
pub(crate) fn beside_loops(n: usize, time: Duration) -> Vec<f64> {
    let runtime = runtime();
    let loops = "on_failure = 'accept'\n[limits]\nfuel = 1_000_000_000_000";
    let (spinning, innocent) = runtime
        .block_on(async { (Scene::start(1, "spin", loops).await, Scene::start(1, "accept", "").await) });
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let handle = runtime.handle();
        for _ in 0..n {
            let (host, over) = (&spinning.host, &over);
            scope.spawn(move || {
                while !over.load(Ordering::Relaxed) {
                    // One subject, so that the hook is never given a rest.
                    let host = host.clone();
                    let ask = async move { host.ask(event(&payload(1))).await.map(drop) };
                    let _ = handle.block_on(async { tokio::spawn(ask).await });
                }
            });
        }
        let host = &innocent.host;
        let mut times = Vec::new();
        let began = Instant::now();
        while began.elapsed() < time {
            let host = host.clone();
            let sent = Instant::now();
            let ask = async move { host.ask(event(&payload(1))).await };
            let outcome = handle.block_on(async { tokio::spawn(ask).await }).expect("it does not panic");
            assert!(outcome.is_ok_and(|outcome| outcome.data().is_ok() && !outcome.failed()));
            times.push(micros(sent.elapsed()));
            std::thread::sleep(Duration::from_millis(2));
        }
        over.store(true, Ordering::Relaxed);
        times
    })
}

/// What a thousand hooks that share a component cost while nothing happens.
pub(crate) fn idle_memory(table: &mut Table) {
    let runtime = runtime();
    let hooks = 1_000;
    // What the first host costs by itself is no hook's.
    let first = runtime.block_on(Scene::idle(1));
    let before = resident();
    let scene = runtime.block_on(Scene::idle(hooks));
    let each = resident().saturating_sub(before) / hooks;
    drop((first, scene));
    table.below("an idle hook of a shared component", each as f64 / 1024.0, "KiB", 16.0);
}

fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("the kernel says");
    let pages: usize = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).expect("a number");
    pages * 4096
}

/// `tenterhook fire` of one event as a whole process, with everything compiled before.
pub(crate) fn whole_process(table: &mut Table) {
    let folder = TempDir::new().expect("there is room for a directory");
    let hooks = folder.path().join("hooks");
    std::fs::create_dir(&hooks).expect("it can be made");
    std::fs::write(hooks.join("a.wasm"), guest("accept")).expect("it can be written");
    fire(folder.path());
    let times = (0..21).map(|_| fire(folder.path())).collect();
    table.below("`tenterhook fire` of one event, cache warm", median(times), "ms", 60.0);
}

fn fire(folder: &Path) -> f64 {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tenterhook"));
    command.current_dir(folder).env("XDG_CACHE_HOME", folder).env("XDG_STATE_HOME", folder);
    command.args(["fire", "--event", "cloud.pre_create", "--facet", "option=SERVER"]);
    let began = Instant::now();
    let output = command.output().expect("it starts");
    assert!(output.status.success(), "{output:?}");
    micros(began.elapsed()) / 1e3
}
