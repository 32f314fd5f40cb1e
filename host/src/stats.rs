//! What hooks did so far: counters and histograms per hook, and its last outcomes.
//!
//! Written on the path of every call, so a call costs a few relaxed additions to numbers that belong to its hook
//! and its thread alone. Only a line that is kept as one of the last takes a lock, the hook's own: every veto, amend and failure,
//! and of the accepts ten in a row and ten a second. A reader may see a call in one number and not yet in another.

mod family;
mod histogram;
mod ledger;
mod striped;

pub(crate) use family::Family;
pub(crate) use histogram::Buckets;
pub use histogram::Histogram;
pub(crate) use ledger::Ledger;
pub use ledger::Tally;

use crate::event::Event;
use crate::outcome::{Failure, TrailLine, TrailVerdict};
use crate::platform::Ending;
use serde::{Serialize, Serializer, ser::SerializeMap};
use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};
use striped::Striped;

/// Upper bounds of the latency histogram, in microseconds.
pub const LATENCY_MICROS: [u64; 17] =
    [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 1_000_000];
/// Upper bounds of the fuel histogram.
pub const FUEL: [u64; 12] = [
    1_000,
    3_000,
    10_000,
    30_000,
    100_000,
    300_000,
    1_000_000,
    3_000_000,
    10_000_000,
    30_000_000,
    100_000_000,
    1_000_000_000,
];

/// Outcomes that are kept of a hook.
const LAST: usize = 50;
/// Between two accepts that are kept, on average.
const ACCEPT_GAP_MICROS: u64 = 100_000;
/// Accepts that are kept in a row.
const ACCEPTS: u64 = 10;
/// Bytes of a message that is kept.
const MESSAGE_BYTES: usize = 300;

/// What one hook did since the host started, over all its versions.
#[derive(Debug)]
pub struct Stats {
    since: Instant,
    counts: Striped<Counts>,
    /// When the accepts kept so far are paid for, in microseconds since the beginning.
    accepts_until: AtomicU64,
    last: Mutex<VecDeque<Last>>,
}

/// What threads count of a hook, each for itself.
#[derive(Debug, Default)]
struct Counts {
    dry: AtomicU64,
    verdicts: [AtomicU64; VERDICTS.len()],
    failures: [AtomicU64; Failure::ALL.len()],
    platform_calls: [AtomicU64; Ending::ALL.len()],
    latency: Buckets<{ LATENCY_MICROS.len() + 1 }>,
    fuel: Buckets<{ FUEL.len() + 1 }>,
}

/// One of a hook's last outcomes.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct Last {
    /// When.
    #[serde(serialize_with = "time")]
    #[cfg_attr(feature = "api", schema(value_type = String))]
    pub at: SystemTime,
    /// The event's name.
    pub event: String,
    /// The event's id.
    pub id: String,
    /// How the hook's turn ended.
    pub verdict: TrailVerdict,
    /// How it failed.
    pub failure: Option<Failure>,
    /// The reason of a veto, or what went wrong.
    pub message: Option<String>,
    /// Microseconds.
    pub micros: u64,
    /// Fuel it used.
    pub fuel: u64,
}

fn time<S: Serializer>(at: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    let at = jiff::Timestamp::try_from(*at).unwrap_or_default();
    serializer.collect_str(&format_args!("{at:.6}"))
}

/// The verdicts that are counted; a hook that was skipped had no turn.
const VERDICTS: [TrailVerdict; 4] =
    [TrailVerdict::Accept, TrailVerdict::Amend, TrailVerdict::Veto, TrailVerdict::Failed];

/// A hook's turn as it is recorded.
pub(crate) struct Turn<'a> {
    pub(crate) event: &'a Event,
    pub(crate) line: &'a TrailLine,
    /// Whether the hook was called.
    pub(crate) called: bool,
    /// Whether the call found no sandbox ready.
    pub(crate) unprepared: bool,
    pub(crate) now: Instant,
}

impl Default for Stats {
    fn default() -> Self {
        Self {
            since: Instant::now(),
            counts: Striped::default(),
            accepts_until: AtomicU64::default(),
            last: Mutex::default(),
        }
    }
}

impl Stats {
    pub(crate) fn record(&self, turn: &Turn<'_>) {
        let Turn { line, called, unprepared, now, .. } = *turn;
        let counts = self.counts.mine();
        if let Some(verdict) = VERDICTS.iter().position(|verdict| *verdict == line.verdict) {
            counts.verdicts[verdict].fetch_add(1, Relaxed);
        }
        if let Some(failure) = line.failure {
            counts.failures[failure as usize].fetch_add(1, Relaxed);
        }
        if unprepared {
            counts.dry.fetch_add(1, Relaxed);
        }
        if called {
            counts.latency.add(&LATENCY_MICROS, micros(line.time));
            counts.fuel.add(&FUEL, line.fuel);
        }
        if line.verdict != TrailVerdict::Accept || self.keeps_accept(now) {
            self.keep(turn);
        }
    }

    /// Counts a call of the application that the hook made.
    pub(crate) fn platform_call(&self, ending: Ending) {
        self.counts.mine().platform_calls[ending as usize].fetch_add(1, Relaxed);
    }

    /// Whether this accept is one of the few that are kept.
    fn keeps_accept(&self, now: Instant) -> bool {
        let now = micros(now.saturating_duration_since(self.since));
        let until = self.accepts_until.load(Relaxed);
        if until > now + (ACCEPTS - 1) * ACCEPT_GAP_MICROS {
            return false;
        }
        let paid = until.max(now) + ACCEPT_GAP_MICROS;
        self.accepts_until.compare_exchange(until, paid, Relaxed, Relaxed).is_ok()
    }

    fn keep(&self, turn: &Turn<'_>) {
        let Turn { event, line, .. } = turn;
        let short = |message: &String| crate::log::harmless(message, MESSAGE_BYTES);
        let kept = Last {
            at: SystemTime::now(),
            event: event.name.clone(),
            id: event.id.clone(),
            verdict: line.verdict,
            failure: line.failure,
            message: line.message.as_ref().map(short),
            micros: micros(line.time),
            fuel: line.fuel,
        };
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.len() == LAST {
            last.pop_front();
        }
        last.push_back(kept);
    }

    /// Turns it had, whether or not it could be called.
    pub fn calls(&self) -> u64 {
        self.verdicts().map(|(_, count)| count).sum()
    }

    /// Calls that found no sandbox ready and had one made.
    pub fn dry(&self) -> u64 {
        self.counts.sum(|counts| counts.dry.load(Relaxed))
    }

    /// How its turns ended.
    pub fn verdicts(&self) -> impl Iterator<Item = (TrailVerdict, u64)> {
        let count = |index: usize| self.counts.sum(|counts| counts.verdicts[index].load(Relaxed));
        VERDICTS.into_iter().enumerate().map(move |(index, verdict)| (verdict, count(index)))
    }

    /// How often it failed in which way, those ways that occurred.
    pub fn failures(&self) -> impl Iterator<Item = (Failure, u64)> {
        let count = |index: usize| self.counts.sum(|counts| counts.failures[index].load(Relaxed));
        let all = Failure::ALL.into_iter().enumerate().map(move |(index, failure)| (failure, count(index)));
        all.filter(|(_, count)| *count > 0)
    }

    /// How its calls of the application ended, those ways that occurred. Dry runs make none.
    pub fn platform_calls(&self) -> impl Iterator<Item = (Ending, u64)> {
        let count = |index: usize| self.counts.sum(|counts| counts.platform_calls[index].load(Relaxed));
        let all = Ending::ALL.into_iter().enumerate().map(move |(index, ending)| (ending, count(index)));
        all.filter(|(_, count)| *count > 0)
    }

    /// How long calls took, in microseconds; a turn in which the hook was not called has no length.
    pub fn latency(&self) -> Histogram {
        Buckets::read(&self.counts, &LATENCY_MICROS, |counts| &counts.latency)
    }

    /// What calls used of their fuel.
    pub fn fuel(&self) -> Histogram {
        Buckets::read(&self.counts, &FUEL, |counts| &counts.fuel)
    }

    /// Its last outcomes, the newest first.
    pub fn last(&self) -> Vec<Last> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.iter().rev().cloned().collect()
    }
}

/// `{"calls","dry","verdicts":{…},"failures":{…},"latency_micros":{…},"fuel":{…},"last":[…]}`.
impl Serialize for Stats {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let verdicts = self.verdicts().map(|(verdict, count)| (verdict.to_string(), count));
        let failures = self.failures().map(|(failure, count)| (failure.to_string(), count));
        let mut json = serializer.serialize_map(Some(7))?;
        json.serialize_entry("calls", &self.calls())?;
        json.serialize_entry("dry", &self.dry())?;
        json.serialize_entry("verdicts", &verdicts.collect::<BTreeMap<_, _>>())?;
        json.serialize_entry("failures", &failures.collect::<BTreeMap<_, _>>())?;
        json.serialize_entry("latency_micros", &self.latency())?;
        json.serialize_entry("fuel", &self.fuel())?;
        json.serialize_entry("last", &self.last())?;
        json.end()
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
