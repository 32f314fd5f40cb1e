//! What is due now: each slot once, whatever the clock does and however long the host was down.

use super::{CatchUp, Schedule};
use jiff::{SignedDuration, Timestamp};
use std::fmt;
use std::iter::successors;

/// Slots that are made up for at once.
const SLOTS_MAX: usize = 1_000;
/// How late a slot is not missed: a host that was restarted over it is not down.
const GRACE: SignedDuration = SignedDuration::from_mins(1);
/// How far the clock may be behind what is settled. One that is further behind was ahead before, and what was settled
/// by it does not count.
const BEHIND_MAX: SignedDuration = SignedDuration::from_hours(24);
const SECOND: SignedDuration = SignedDuration::from_secs(1);

/// One time that a schedule is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Slot(pub(crate) Timestamp);

impl Slot {
    /// What an event raised for it is called: the same whoever raises it, and whenever.
    pub(crate) fn id(self, hook: &str, schedule: &Schedule) -> String {
        format!("{hook}/{}/{self}", schedule.name)
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What is to be done about a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    /// The slots to be run, in their order.
    pub(crate) due: Vec<Slot>,
    /// Up to where everything is settled once they are: to be remembered together with having raised them, and to be
    /// handed over the next time.
    pub(crate) last: Slot,
    /// When to ask again; never where it is not run any more.
    pub(crate) next: Option<Timestamp>,
}

impl Schedule {
    /// What is due by `now`, when everything up to `last` is settled. A schedule that is new (`last` is none) has
    /// missed nothing.
    pub(crate) fn plan(&self, last: Option<Slot>, now: Timestamp) -> Plan {
        let newest = self.before(now).map(Slot);
        let since = last.filter(|last| last.0.duration_since(now) <= BEHIND_MAX);
        let Some(since) = since else {
            return Plan { due: Vec::new(), last: newest.unwrap_or(Slot(now)), next: self.after(now) };
        };
        let earlier = |slot: &Slot| self.before(slot.0.checked_sub(SECOND).ok()?).map(Slot);
        let missed = successors(newest, earlier).take_while(|slot| *slot > since);
        let most = if self.catch_up == CatchUp::All { SLOTS_MAX } else { 1 };
        let mut due: Vec<Slot> = missed.take(most).collect();
        due.reverse();
        let last = due.last().copied().unwrap_or(since);
        if self.catch_up == CatchUp::None {
            due.retain(|slot| now.duration_since(slot.0) <= GRACE);
        }
        Plan { due, last, next: self.after(now.max(last.0)) }
    }
}

#[cfg(test)]
mod tests;
