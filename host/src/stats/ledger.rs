//! Keeps every hook's numbers over reloads, and counts what belongs to no hook: events and reloads.

use super::Stats;
use super::family::Family;
use crate::outcome::Decision;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// The numbers of all hooks. They live as long as a roster has the hook.
#[derive(Debug, Default)]
pub(crate) struct Ledger(Mutex<HashMap<Arc<str>, Weak<Stats>>>);

impl Ledger {
    /// The numbers of a hook: those it has, or new ones.
    pub(crate) fn of(&self, hook: &Arc<str>) -> Arc<Stats> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(stats) = all.get(hook).and_then(Weak::upgrade) {
            return stats;
        }
        if all.len() == all.capacity() {
            all.retain(|_, stats| stats.strong_count() > 0);
        }
        let stats = Arc::default();
        all.insert(Arc::clone(hook), Arc::downgrade(&stats));
        stats
    }
}

/// What came of events and of reloads.
#[derive(Debug, Default)]
pub struct Tally {
    /// By the names of the catalogue, so there are only so many.
    events: Family<String, Decisions>,
    suppressed: Family<String, AtomicU64>,
    refused: AtomicU64,
    reloads: [AtomicU64; 2],
}

#[derive(Debug, Default)]
struct Decisions([AtomicU64; 3]);

/// What is counted of an event, in the order of [`Decisions`].
const DECISIONS: [&str; 3] = ["accept", "veto", "busy"];

impl Tally {
    /// Counts an event that the catalogue knows; without a decision it found no place.
    pub(crate) fn event(&self, name: &str, decision: Option<Decision>) {
        let index = match decision {
            Some(Decision::Accept) => 0,
            Some(Decision::Veto) => 1,
            None => 2,
        };
        self.events.count(name, |decisions| _ = decisions.0[index].fetch_add(1, Relaxed));
    }

    /// Counts an event that a hook caused, so that it wakes none (R28).
    pub(crate) fn suppress(&self, name: &str) {
        self.suppressed.count(name, |count| _ = count.fetch_add(1, Relaxed));
    }

    /// Counts an event that could not be taken in.
    pub(crate) fn refuse(&self) {
        self.refused.fetch_add(1, Relaxed);
    }

    /// Counts a reload that changed something, or could not.
    pub(crate) fn reload(&self, done: bool) {
        self.reloads[usize::from(!done)].fetch_add(1, Relaxed);
    }

    /// Events by name and decision: `accept`, `veto`, or `busy` where none was made. Sorted by name.
    pub fn events(&self) -> Vec<(String, &'static str, u64)> {
        let counts = self.events.all().into_iter().flat_map(|(name, decisions)| {
            DECISIONS.into_iter().enumerate().map(move |(index, decision)| {
                (name.clone(), decision, decisions.sum(|decisions| decisions.0[index].load(Relaxed)))
            })
        });
        counts.filter(|(.., count)| *count > 0).collect()
    }

    /// Events by name that a hook caused, so that they wake none but hooks that are to see them. Sorted by name.
    pub fn suppressed(&self) -> Vec<(String, u64)> {
        let count = |count: &AtomicU64| count.load(Relaxed);
        self.suppressed.all().into_iter().map(|(name, counts)| (name, counts.sum(count))).collect()
    }

    /// Events that could not be taken in.
    pub fn refused(&self) -> u64 {
        self.refused.load(Relaxed)
    }

    /// Reloads by result: those that changed something and left no error, and those that left one or could not.
    pub fn reloads(&self) -> [(&'static str, u64); 2] {
        let [done, failed] = &self.reloads;
        [("done", done.load(Relaxed)), ("failed", failed.load(Relaxed))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_live_as_long_as_somebody_has_the_hook() {
        let ledger = Ledger::default();
        let id = Arc::from("a");
        let first = ledger.of(&id);
        assert!(Arc::ptr_eq(&first, &ledger.of(&id)));
        drop(first);
        let others: Vec<_> = (0..100).map(|n| ledger.of(&Arc::from(format!("b{n}")))).collect();
        drop(others);
        (0..1000).for_each(|n| drop(ledger.of(&Arc::from(format!("c{n}")))));
        assert!(ledger.0.lock().expect("nobody panicked").len() < 300);
    }

    #[test]
    fn events_are_counted_by_name_and_decision() {
        let tally = Tally::default();
        for decision in [Some(Decision::Accept), Some(Decision::Veto), Some(Decision::Accept), None] {
            tally.event("b", decision);
        }
        tally.event("a", Some(Decision::Veto));
        let events = tally.events();
        let events: Vec<_> =
            events.iter().map(|(name, what, count)| (name.as_str(), *what, *count)).collect();
        assert_eq!(events, [("a", "veto", 1), ("b", "accept", 2), ("b", "veto", 1), ("b", "busy", 1)]);
    }
}
