//! How fast the service is: `cargo bench -p tenterhook --bench service`. Servers are processes of their own and this
//! one is the load; everything is judged by ratios within one run.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark prints its figures")]

mod load;
#[allow(dead_code, reason = "each benchmark uses a part of it")]
#[path = "../speed/measure.rs"]
mod measure;
mod servers;

use load::Run;
use measure::{Table, median, micros, percentile};
use servers::{Server, tenterhook};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tenterhook::Host;
use tokio::runtime::{Builder, Runtime};

const CONNECTIONS: usize = 64;
const ROUNDS: usize = 7;
const TIME: Duration = Duration::from_millis(1_500);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("bare") => return runtime().block_on(servers::serve_bare(false)),
        Some("floor") => return runtime().block_on(servers::serve_bare(true)),
        _ if arguments.iter().any(|argument| argument == "--test") => return,
        _ => {}
    }
    let wanted = arguments.into_iter().find(|argument| !argument.starts_with('-')).unwrap_or_default();
    let mut table = Table::default();
    for (name, measure) in
        [("http", http as fn(&mut Table)), ("reloads", reloads), ("live", live), ("start", start)]
    {
        if name.contains(&wanted) {
            measure(&mut table);
        }
    }
    table.print();
}

fn runtime() -> Runtime {
    Builder::new_multi_thread().enable_all().build().expect("a runtime starts")
}

/// The load needs one thread, and leaves the rest of the machine to the server.
fn loading() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime starts")
}

const HOOK: &str =
    "name = 'quota'\ntype = 'cloud'\npriority = 1\n[[on]]\nevent = 'cloud.pre_create'\noption = 'SERVER'\n";
const EVENT: &str = r#"{"specversion":"1.0","id":"e-1","type":"cloud.pre_create","source":"bench","subject":"s-1","option":"SERVER","data":{"cpu":4,"ram":8192,"name":"a-server-of-a-customer","zone":"e1"}}"#;

/// A folder with one hook, and the request that fires an event at it.
fn folder() -> (TempDir, String) {
    let folder = TempDir::new().expect("there is room for a directory");
    let hooks = folder.path().join("hooks");
    std::fs::create_dir(&hooks).expect("it can be made");
    write(&hooks, "quota.wasm", &guest(0));
    write(&hooks, "quota.toml", HOOK.as_bytes());
    let token =
        tenterhook(folder.path()).args(["token", "new", "--name", "bench", "--scope", "fire"]).output();
    let token = String::from_utf8(token.expect("it starts").stdout).expect("a token is text");
    let head = format!(
        "POST /v1/events HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\n\
         content-type: application/cloudevents+json\r\ncontent-length: {}\r\n\r\n",
        token.trim(),
        EVENT.len()
    );
    (folder, head + EVENT)
}

/// A guest of 120 KB; another component for each number.
fn guest(number: u32) -> Vec<u8> {
    let mut bytes = std::fs::read(tenterhook_tests::guest("accept")).expect("the guest was built");
    // A custom section at its end: id, size, the name's size, name, content.
    bytes.extend([0, 6, 1, b'n']);
    bytes.extend(number.to_le_bytes());
    bytes
}

fn write(folder: &Path, name: &str, bytes: &[u8]) {
    let temporary = folder.join(format!(".{name}"));
    std::fs::write(&temporary, bytes).expect("it can be written");
    std::fs::rename(temporary, folder.join(name)).expect("it can be renamed");
}

/// `POST /v1/events` with one fresh hook, against bare handlers.
fn http(table: &mut Table) {
    let (folder, request) = folder();
    let (loading, service) = (loading(), Server::service(folder.path()));
    let one = loading.block_on(load::body(&service.address, &request)).expect("it answers");
    std::fs::write(folder.path().join("answer"), one).expect("it can be written");
    let servers = [service, Server::bare(folder.path(), "bare"), Server::bare(folder.path(), "floor")];
    let mut runs = [const { Vec::new() }; 3];
    for round in 0..=ROUNDS {
        for (server, runs) in servers.iter().zip(&mut runs) {
            let run = loading.block_on(load::run(&server.address, &request, CONNECTIONS, TIME));
            let run = run.expect("every answer is a 200");
            // The first round warms up.
            if round > 0 {
                runs.push(run);
            }
        }
    }
    let [(host, host_p99), (bare, bare_p99), (floor, floor_p99)] = runs.map(Run::of);
    table.note("a bare handler", format!("{:.1} k/s, p99 {:.2} ms", bare / 1e3, bare_p99 / 1e3));
    table.note(
        "a bare handler and a bare sandbox",
        format!("{:.1} k/s, p99 {:.2} ms", floor / 1e3, floor_p99 / 1e3),
    );
    table.at_least("POST /v1/events, against a bare handler", &[(host, bare)], 0.5);
    table.at_least("POST /v1/events, against a bare handler and sandbox", &[(host, floor)], 0.8);
    table.ratio("POST /v1/events: p99, against a bare handler and sandbox", host_p99, floor_p99, 2.0);
}

/// The same while a changed hook goes live every 200 ms.
fn reloads(table: &mut Table) {
    let (folder, request) = folder();
    let (loading, service) = (loading(), Server::service(folder.path()));
    let (hooks, over) = (folder.path().join("hooks"), AtomicBool::new(false));
    let measure = || {
        let run = loading.block_on(load::run(&service.address, &request, CONNECTIONS, TIME));
        run.expect("every answer is a 200")
    };
    let (mut quiet, mut reloading) = (Vec::new(), Vec::new());
    measure();
    for _ in 0..ROUNDS {
        quiet.push(measure());
        over.store(false, Ordering::Relaxed);
        reloading.push(std::thread::scope(|scope| {
            scope.spawn(|| {
                for number in (0..2).cycle().take_while(|_| !over.load(Ordering::Relaxed)) {
                    write(&hooks, "quota.wasm", &guest(number));
                    std::thread::sleep(Duration::from_millis(200));
                }
            });
            let run = measure();
            over.store(true, Ordering::Relaxed);
            run
        }));
    }
    let ((quiet, quiet_p99), (reloading, reloading_p99)) = (Run::of(quiet), Run::of(reloading));
    table.note("POST /v1/events, quiet", format!("{:.1} k/s", quiet / 1e3));
    table.note("POST /v1/events, a changed hook every 200 ms", format!("{:.1} k/s", reloading / 1e3));
    table.ratio("a changed hook every 200 ms: p99, against quiet", reloading_p99, quiet_p99, 2.0);
}

/// From the rename of a component that nobody has seen yet until events run on it.
fn live(table: &mut Table) {
    let (folder, _) = folder();
    let hooks = folder.path().join("hooks");
    let runtime = runtime();
    let host = runtime.block_on(
        Host::builder()
            .hooks(&hooks)
            .cache(folder.path().join("cache"))
            .compiler(env!("CARGO_BIN_EXE_tenterhook"), ["__compile"])
            .start(),
    );
    let host = host.expect("the host starts");
    runtime.block_on(async { host.watch() });
    let mut times = Vec::new();
    for number in 1..=60 {
        let before = host.roster().generation;
        write(&hooks, "quota.wasm", &guest(number));
        let renamed = Instant::now();
        while host.roster().generation == before {
            assert!(renamed.elapsed() < Duration::from_secs(20), "it does not go live");
            std::thread::sleep(Duration::from_micros(500));
        }
        times.push(micros(renamed.elapsed()) / 1e3);
        std::thread::sleep(Duration::from_millis(50));
    }
    table.below("a 120 KB component, changed to live: median", median(times.clone()), "ms", 150.0);
    table.below("a 120 KB component, changed to live: p99", percentile(times, 99), "ms", 400.0);
}

/// 10,000 enabled hooks over 100 components.
fn start(table: &mut Table) {
    let (folder, _) = folder();
    let hooks = folder.path().join("hooks");
    for component in 0..100 {
        write(&hooks, &format!("c{component:02}.wasm"), &guest(component));
        for hook in 0..100 {
            let toml = format!("component = 'c{component:02}.wasm'\n{HOOK}");
            write(&hooks, &format!("h{component:02}-{hook:02}.toml"), toml.as_bytes());
        }
    }
    drop(Server::service(folder.path()));
    let (mut times, mut bytes) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        let began = Instant::now();
        let server = Server::service(folder.path());
        times.push(micros(began.elapsed()) / 1e3);
        bytes.push(server.resident() / 1e6);
    }
    table.below("10,000 hooks over 100 components: start", median(times), "ms", 2_000.0);
    table.below("10,000 hooks over 100 components: memory", median(bytes), "MB", 300.0);
}
