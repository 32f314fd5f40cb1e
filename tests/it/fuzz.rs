//! Noise at every door: more than a hundred thousand malformed inputs, none of which may panic, hang or take
//! memory without bound.
//!
//! An input is determined by its kind and its seed, which a failure names. What the inputs are made of is real:
//! the stock plugins, the demo's events, the built-in catalogues.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "counts are worth a look, and a hang tells its seed"
)]

mod component;
mod envelope;
mod load;
mod manifest;
mod noise;
mod patch;
mod reference;

use noise::Noise;
use std::any::Any;
use std::collections::BTreeMap;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::abort;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

/// Longer than this on one input is a hang.
const HANG: Duration = Duration::from_secs(120);
/// Longer than this is no hang, and yet too long for an input of some kilobytes.
const SLOW: Duration = Duration::from_secs(20);
/// What the whole test process may take; other tests run in it at the same time.
const MEMORY_KIB_MAX: u64 = 6 << 20;

/// Inputs of one kind, and what became of them.
struct Fuzz {
    kind: &'static str,
    began: Instant,
    count: Arc<AtomicU64>,
    outcomes: BTreeMap<&'static str, u64>,
    slowest: (Duration, u64),
    caught: Vec<String>,
}

impl Fuzz {
    fn new(kind: &'static str) -> Self {
        let count = Arc::new(AtomicU64::new(0));
        let watched = Arc::downgrade(&count);
        std::thread::spawn(move || watch(kind, &watched));
        let (outcomes, slowest) = (BTreeMap::new(), (Duration::ZERO, 0));
        Self { kind, began: Instant::now(), count, outcomes, slowest, caught: Vec::new() }
    }

    /// One input: what becomes of it is a word, and a panic is caught. `what` describes it in case of that.
    fn feed(&mut self, seed: u64, what: &str, act: impl FnOnce() -> &'static str) {
        let began = Instant::now();
        match catch_unwind(AssertUnwindSafe(act)) {
            Ok(outcome) => *self.outcomes.entry(outcome).or_default() += 1,
            Err(panic) => {
                let what: String = what.chars().take(2000).collect();
                self.caught.push(format!("{} {seed}: {}\n{what}", self.kind, said(&*panic)));
                assert!(self.caught.len() < 10, "{}", self.caught.join("\n\n"));
            }
        }
        self.slowest = self.slowest.max((began.elapsed(), seed));
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        if count.is_multiple_of(500) {
            assert!(memory_kib() < MEMORY_KIB_MAX, "{} {seed}: {} KiB", self.kind, memory_kib());
        }
    }

    /// Nothing was caught, and enough inputs came to each of these ends.
    #[track_caller]
    fn done(self, expected: &[(&str, u64)]) {
        let Self { kind, ref count, began, ref outcomes, slowest, ref caught } = self;
        let count = count.load(Ordering::Relaxed);
        println!(
            "{kind}: {count} inputs in {:.1?}, slowest {:.1?} (seed {}), {outcomes:?}, process {} MiB",
            began.elapsed(),
            slowest.0,
            slowest.1,
            memory_kib() >> 10,
        );
        assert!(caught.is_empty(), "{}", caught.join("\n\n"));
        assert!(slowest.0 < SLOW, "{kind} {}: took {:?}", slowest.1, slowest.0);
        for (outcome, at_least) in expected {
            let found = outcomes.get(outcome).copied().unwrap_or(0);
            assert!(found >= *at_least, "{kind}: {outcome} {found} times, not {at_least}: {outcomes:?}");
        }
    }
}

/// Ends the process when the count stands still: a test that hangs cannot be ended otherwise.
fn watch(kind: &str, count: &Weak<AtomicU64>) {
    let (mut last, mut since) = (u64::MAX, Instant::now());
    while let Some(count) = count.upgrade().map(|count| count.load(Ordering::Relaxed)) {
        if count != last {
            (last, since) = (count, Instant::now());
        } else if since.elapsed() > HANG {
            eprintln!("{kind}: input {count} hangs");
            abort();
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a word".into())
}

/// What this process has in memory.
fn memory_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The texts of the files of a folder of the workspace whose names end so, in the order of their names.
fn texts(folder: &str, ending: &str) -> Vec<String> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(workspace().join(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.to_string_lossy().ends_with(ending));
    paths.sort();
    assert!(!paths.is_empty(), "{folder} has files that end in {ending}");
    paths.iter().map(|path| fs::read_to_string(path).unwrap()).collect()
}

/// Strings in strings that `serde_json::Value` reads as JSON of their own, each with all the depth there is.
fn in_strings(levels: usize) -> String {
    let mut json = "0".to_owned();
    for _ in 0..levels {
        let inner = serde_json::Value::from(format!("{}{json}{}", "[".repeat(120), "]".repeat(120)));
        json = format!("{{\"$serde_json::private::RawValue\":{inner}}}");
    }
    json
}

/// On a stack as small as threads of the host have.
fn on_little_stack<T: Send + 'static>(act: impl FnOnce() -> T + Send + 'static) -> T {
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(act);
    thread.unwrap().join().unwrap()
}

#[test]
fn a_panic_is_caught_and_named_by_its_seed() {
    let mut fuzz = Fuzz::new("panics");
    fuzz.feed(7, "the input", || panic!("no {}", "way"));
    fuzz.feed(8, "another", || "fine");
    assert_eq!(fuzz.caught, ["panics 7: no way\nthe input"]);
    assert_eq!(fuzz.outcomes, BTreeMap::from([("fine", 1)]));
}

#[test]
fn noise_is_the_same_for_the_same_seed_and_changes_what_it_is_given() {
    let changed = |seed| Noise::seeded(seed).changed_text("{\"a\": [1, 2]}", &["null"]);
    assert_eq!(changed(3), changed(3));
    let differing = (0..100).filter(|seed| changed(*seed) != "{\"a\": [1, 2]}").count();
    assert!(differing > 80, "{differing}");
}
