//! What hooks cost in each language: `cargo bench -p tenterhook --bench languages`. Each parses the event's 63 bytes of
//! data and accepts. `.ci/languages` installs the toolchains; a language whose toolchain is missing is left out.

#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tenterhook::{Event, Floor, Host};
use tenterhook_tests::{Language, guest, language_guest};
use tokio::runtime::{Builder, Runtime};

/// Rounds of which the median is taken.
const ROUNDS: usize = 11;
const CALLS: u32 = 200;

const TOML: &str = "name = 'h'\ntype = 'cloud'\npriority = 1\n[[on]]\nevent = 'cloud.pre_create'\n";

fn main() {
    // Cargo passes `--bench`; a test run of the benches only wants to know that they start.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let runtime =
        Builder::new_multi_thread().worker_threads(2).enable_time().build().expect("a runtime starts");
    println!("| language | component, gzip | compile | load | fresh + call | warm call | fuel | memory |");
    println!("|---|---|---|---|---|---|---|---|");
    row(&runtime, "Rust", Some(guest("quota")));
    row(&runtime, "C", language_guest(Language::C, "quota"));
    row(&runtime, "JavaScript", language_guest(Language::JavaScript, "quota"));
    row(&runtime, "Python", language_guest(Language::Python, "quota"));
}

fn event() -> Event {
    let data = serde_json::json!({"cpu": 4, "ram": 8192, "name": "a-server-of-a-customer", "zone": "e1"});
    let event = Event::new("cloud.pre_create", "bench").facet("option", "SERVER").subject("s-1");
    event.data(&data).expect("it is JSON")
}

fn row(runtime: &Runtime, language: &str, component: Option<impl AsRef<Path>>) {
    let Some(file) = component else { return };
    let bytes = std::fs::read(&file).expect("the guest was built");
    let (compile, load) = starts(runtime, file.as_ref());
    let floor = Floor::new(&bytes).expect("the guest loads");
    let per_call = |spent: Duration| spent.as_secs_f64() * 1e6 / f64::from(CALLS);
    let (mut fresh, mut warm) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        fresh.push(per_call(runtime.block_on(floor.fresh(&event(), CALLS))));
        warm.push(per_call(runtime.block_on(floor.warm(&event(), CALLS))));
    }
    let (fuel, memory) = runtime.block_on(used(file.as_ref()));
    println!(
        "| {language} | {}, {} | {compile:.2} s | {:.1} ms | {:.0} us | {:.1} us | {fuel} | {} |",
        size(bytes.len()),
        size(gzip(&bytes)),
        load * 1e3,
        median(fresh),
        median(warm),
        size(memory),
    );
}

/// Seconds to compile, and to load what was compiled: what a start takes longer than one without hooks.
fn starts(runtime: &Runtime, component: &Path) -> (f64, f64) {
    let seconds = |hooks: &Path, cache: &Path| {
        let began = Instant::now();
        let host =
            runtime.block_on(Host::builder().hooks(hooks).cache(cache).start()).expect("the host starts");
        let took = began.elapsed().as_secs_f64();
        assert!(host.roster().hooks().all(|hook| hook.unavailable().is_none()), "the hook loads");
        took
    };
    let (none, hooks) = (directory(), directory());
    put(hooks.path(), component);
    let (mut compiles, mut loads) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        let cache = directory();
        let without = || seconds(none.path(), cache.path());
        compiles.push(seconds(hooks.path(), cache.path()) - without());
        for _ in 0..5 {
            loads.push(seconds(hooks.path(), cache.path()) - without());
        }
    }
    (median(compiles), median(loads))
}

/// What one call uses: fuel, and bytes of memory.
async fn used(component: &Path) -> (u64, usize) {
    let hooks = directory();
    put(hooks.path(), component);
    let host = Host::builder().hooks(hooks.path()).start().await.expect("the host starts");
    let outcome = host.ask(event()).await.expect("the event is good");
    assert!(!outcome.failed(), "{outcome:?}");
    (outcome.trail[0].fuel, outcome.trail[0].memory_bytes as usize)
}

fn directory() -> TempDir {
    TempDir::new().expect("there is room for a temporary directory")
}

fn put(hooks: &Path, component: &Path) {
    std::fs::copy(component, hooks.join("h.wasm")).expect("it can be copied");
    std::fs::write(hooks.join("h.toml"), TOML).expect("it can be written");
}

fn gzip(bytes: &[u8]) -> usize {
    let mut child = Command::new("gzip").arg("-9c").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let child = child.as_mut().expect("there is gzip");
    let mut stdin = child.stdin.take().expect("it is piped");
    std::thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(bytes).expect("gzip reads"));
        let mut stdout = child.stdout.take().expect("it is piped");
        std::io::copy(&mut stdout, &mut std::io::sink()).expect("gzip writes") as usize
    })
}

fn size(bytes: usize) -> String {
    match bytes {
        0..=999_999 => format!("{:.1} KiB", bytes as f64 / 1024.0),
        _ => format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20)),
    }
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
