//! A new version proves itself against the one before it, which answers where the new one cannot.

use super::Hook;
use crate::load::Source;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// It ends with so many calls, or after this time.
const CALLS: u32 = 20;
const TIME: Duration = Duration::from_secs(60);
/// So many events that the new version failed and the old one did not are enough to reinstate the old one.
const FAILURES: u32 = 3;

/// How a probation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stand {
    Open,
    Passed,
    Rejected,
}

/// The probation of one version.
pub(crate) struct Probation {
    ends: Instant,
    calls: AtomicU32,
    failures: AtomicU32,
    /// Why it is rejected.
    rejected: OnceLock<String>,
    /// Somebody took note of how it ended.
    over: AtomicBool,
    kept: Mutex<Option<Kept>>,
    /// Told when it is decided.
    decided: Arc<Notify>,
}

/// What is kept as long as it is open.
struct Kept {
    old: Arc<Hook>,
    source: Source,
}

impl Probation {
    /// Puts the version that is made of `source` on probation against an old one.
    pub(crate) fn new(old: Arc<Hook>, source: Source, decided: Arc<Notify>) -> Self {
        Self {
            ends: Instant::now() + TIME,
            calls: AtomicU32::new(0),
            failures: AtomicU32::new(0),
            rejected: OnceLock::new(),
            over: AtomicBool::new(false),
            kept: Mutex::new(Some(Kept { old, source })),
            decided,
        }
    }

    /// When it ends if nothing else ends it.
    pub(crate) fn ends(&self) -> Instant {
        self.ends
    }

    /// How it stands.
    pub(crate) fn stand(&self, now: Instant) -> Stand {
        if self.is_rejected() {
            Stand::Rejected
        } else if self.calls.load(Ordering::Relaxed) >= CALLS || now >= self.ends {
            Stand::Passed
        } else {
            Stand::Open
        }
    }

    /// Whether the old version is to answer.
    pub(crate) fn is_rejected(&self) -> bool {
        self.rejected.get().is_some()
    }

    /// Why it is rejected.
    pub(crate) fn reason(&self) -> Option<&str> {
        self.rejected.get().map(String::as_str)
    }

    /// Counts a call.
    pub(crate) fn count(&self) {
        if self.calls.fetch_add(1, Ordering::Relaxed) + 1 == CALLS {
            self.decided.notify_one();
        }
    }

    /// Counts an event that the new version failed, and the old one did not.
    pub(crate) fn failed_alone(&self, reason: &str) {
        if self.failures.fetch_add(1, Ordering::Relaxed) + 1 == FAILURES {
            let reason = format!("{FAILURES} times it failed where the version before it did not: {reason}");
            // There is one third failure, so nobody has set it before.
            let _ = self.rejected.set(reason);
            self.decided.notify_one();
        }
    }

    /// The old version, until it is over.
    pub(crate) fn old(&self) -> Option<Arc<Hook>> {
        self.kept().as_ref().map(|kept| Arc::clone(&kept.old))
    }

    /// Whether it is over and the old version let go.
    pub(crate) fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    /// Lets the old version go, and gives back what the new one is made of.
    pub(crate) fn end(&self) -> Option<Source> {
        self.over.store(true, Ordering::Relaxed);
        self.kept().take().map(|kept| kept.source)
    }

    fn kept(&self) -> MutexGuard<'_, Option<Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
