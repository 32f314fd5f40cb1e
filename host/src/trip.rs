//! Whether a hook failed so often that it is given a rest.

use std::collections::VecDeque;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How many calls back are looked at.
const CALLS: usize = 20;
/// How many of them must have failed.
const FAILURES: usize = 10;
/// From how many subjects, so that no single customer can trip a guard.
const SUBJECTS: usize = 3;
const COOL_DOWN_MIN: Duration = Duration::from_secs(1);
const COOL_DOWN_MAX: Duration = Duration::from_secs(60);

/// The recent calls of one version of a hook.
#[derive(Default)]
pub(crate) struct Trip {
    /// A recent call has failed. Without one there is nothing to note of a call that went well.
    ailing: AtomicBool,
    calls: Mutex<Calls>,
}

#[derive(Default)]
struct Calls {
    /// It is not called until it is resumed, whatever came of calls that were on their way.
    stopped: bool,
    /// Per call, the subject's hash if it failed.
    recent: VecDeque<Option<u64>>,
    resting: Option<Rest>,
}

struct Rest {
    until: Instant,
    cool_down: Duration,
    /// One call has been let through to see whether the hook is well again.
    probing: bool,
}

impl Trip {
    /// Leave to call the hook; after a rest, to one caller at a time.
    pub(crate) fn admit(&self, now: Instant) -> Option<Pass<'_>> {
        if !self.ailing.load(Ordering::Relaxed) {
            return Some(Pass { trip: self, probes: false });
        }
        let mut calls = self.lock();
        if calls.stopped {
            return None;
        }
        let probes = match &mut calls.resting {
            None => false,
            Some(rest) if now < rest.until || rest.probing => return None,
            Some(rest) => {
                rest.probing = true;
                true
            }
        };
        Some(Pass { trip: self, probes })
    }

    fn lock(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the hook rests.
    pub(crate) fn is_tripped(&self) -> bool {
        let calls = self.lock();
        calls.stopped || calls.resting.is_some()
    }

    /// Has the hook rest until it is resumed.
    pub(crate) fn stop(&self) {
        let mut calls = self.lock();
        calls.stopped = true;
        self.ailing.store(true, Ordering::Relaxed);
    }

    /// Begins anew.
    pub(crate) fn resume(&self) {
        let mut calls = self.lock();
        *calls = Calls::default();
        self.ailing.store(false, Ordering::Relaxed);
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.ailing.load(Ordering::Relaxed) && self.lock().stopped
    }
}

/// Leave for one call. Dropped unused, as when its caller goes away, it lets another try.
pub(crate) struct Pass<'a> {
    trip: &'a Trip,
    probes: bool,
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if self.probes
            && let Some(rest) = &mut self.trip.lock().resting
        {
            rest.probing = false;
        }
    }
}

impl Pass<'_> {
    /// Notes how the call ended. Events without a subject count as subjects of their own.
    pub(crate) fn record(self, failed: bool, subject: Option<&str>, event: &str, now: Instant) {
        if !failed && !self.trip.ailing.load(Ordering::Relaxed) {
            return;
        }
        let mut calls = self.trip.lock();
        if calls.stopped {
            return;
        }
        match &mut calls.resting {
            Some(rest) if failed && self.probes => {
                rest.cool_down = (rest.cool_down * 2).min(COOL_DOWN_MAX);
                rest.until = now + rest.cool_down;
            }
            Some(_) if failed => {}
            Some(_) => *calls = Calls::default(),
            None => calls.push(failed.then(|| hash(subject, event)), now),
        }
        let ailing = calls.resting.is_some() || calls.recent.iter().any(Option::is_some);
        self.trip.ailing.store(ailing, Ordering::Relaxed);
    }
}

impl Calls {
    fn push(&mut self, failure: Option<u64>, now: Instant) {
        if self.recent.len() == CALLS {
            self.recent.pop_front();
        }
        self.recent.push_back(failure);
        if self.trips() {
            let cool_down = COOL_DOWN_MIN;
            self.resting = Some(Rest { until: now + cool_down, cool_down, probing: false });
        }
    }

    fn trips(&self) -> bool {
        let mut subjects: Vec<u64> = self.recent.iter().flatten().copied().collect();
        let failures = subjects.len();
        subjects.sort_unstable();
        subjects.dedup();
        failures >= FAILURES && subjects.len() >= SUBJECTS
    }
}

fn hash(subject: Option<&str>, event: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (subject.is_some(), subject.unwrap_or(event)).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(trip: &Trip, failed: bool, subject: &str, now: Instant) {
        if let Some(pass) = trip.admit(now) {
            pass.record(failed, Some(subject), "e", now);
        }
    }

    #[test]
    fn ten_failures_of_three_subjects_trip_and_one_customer_does_not() {
        let (trip, now) = (Trip::default(), Instant::now());
        (0..30).for_each(|_| call(&trip, true, "a", now));
        assert!(!trip.is_tripped());
        call(&trip, true, "b", now);
        call(&trip, true, "c", now);
        assert!(trip.is_tripped());
    }

    #[test]
    fn what_is_stopped_stays_so_until_it_is_resumed_whatever_was_on_its_way() {
        let (trip, now) = (Trip::default(), Instant::now());
        let on_its_way = trip.admit(now).expect("nothing has happened yet");
        trip.stop();
        on_its_way.record(false, Some("a"), "e", now);
        assert!(trip.admit(now + COOL_DOWN_MAX * 2).is_none());
        assert!(trip.is_tripped() && trip.is_stopped());
        trip.resume();
        assert!(trip.admit(now).is_some() && !trip.is_tripped() && !trip.is_stopped());
    }

    #[test]
    fn half_of_twenty_calls_is_enough_and_less_is_not() {
        let (trip, now) = (Trip::default(), Instant::now());
        (0..100).for_each(|round| call(&trip, round % 3 == 0, &round.to_string(), now));
        assert!(!trip.is_tripped());
        (0..20).for_each(|round| call(&trip, round % 2 == 0, &round.to_string(), now));
        assert!(trip.is_tripped());
    }

    #[test]
    fn after_the_rest_one_call_probes_and_the_rest_doubles_up_to_a_minute() {
        let (trip, mut now) = (Trip::default(), Instant::now());
        (0..10).for_each(|round| call(&trip, true, &round.to_string(), now));
        for seconds in [1, 2, 4, 8, 16, 32, 60, 60] {
            assert!(trip.admit(now + Duration::from_millis(seconds * 1000 - 1)).is_none());
            now += Duration::from_secs(seconds);
            let probe = trip.admit(now).expect("a probe");
            assert!(trip.admit(now).is_none(), "only one probe");
            probe.record(true, Some("a"), "e", now);
        }
        now += Duration::from_secs(60);
        drop(trip.admit(now).expect("a probe whose caller goes away"));
        call(&trip, false, "a", now);
        assert!(!trip.is_tripped());
    }
}
