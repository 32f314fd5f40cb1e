//! Whether a history keeps the promises for told events. It shares no code with the host.
//!
//! A history is a sequence of lives of one service: what its clients told it and the receipts they hold, in each life
//! the attempts of which the hooks said that they were given them, and the journal as each life left it. What is proven
//! by what:
//!
//! - *Nothing is lost*: by the receipts, which clients hold, against the journal's deliveries. An event with a receipt is
//!   in the journal, in the place the receipt names, and owed to every hook that matches it.
//! - *Nobody gets what he is not owed*, *nothing twice*, *in order*: by the hooks' own lines in the service's log, against
//!   the journal. An attempt may be given again only if the journal, as the life left it, does not have it on record: it
//!   was cut off. What is on record as delivered or dead is given to nobody again.
//! - *Counted once*: by what a hook keeps that counts its events in its state, against the journal of the same moment: what
//!   is delivered is counted, once, and nothing else is.
//! - *Delivered means given*: a hook's line is written before its attempt is on record, but through a queue that a kill
//!   may cut off. So an attempt on record without its line is counted ([`Life::unseen`]), and whoever checks decides how
//!   many are too many. Where hooks fail by what the event says, the attempts on record tell the same.

use crate::ledger::{Ledger, Stands};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// One attempt, as the hook that was given it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The hook.
    pub hook: String,
    /// The event's id.
    pub event: String,
    /// Which attempt, from 1.
    pub attempt: u32,
}

/// What is wrong with a history.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// An event with a receipt, a delivery or an attempt on record is not there any more.
    Lost(String),
    /// A hook was given, or is owed, what it is not to have.
    Stray(String),
    /// An attempt was given again although it was on record, or twice in one life.
    Doubled(String),
    /// A first attempt was given after that of a later event of its subject.
    Disordered(String),
    /// More attempts than there may be.
    TooOften(String),
    /// What a hook counted is not what was delivered to it.
    Miscounted(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, which) = match self {
            Self::Lost(which) => ("lost", which),
            Self::Stray(which) => ("stray", which),
            Self::Doubled(which) => ("doubled", which),
            Self::Disordered(which) => ("disordered", which),
            Self::TooOften(which) => ("too often", which),
            Self::Miscounted(which) => ("miscounted", which),
        };
        write!(f, "{what}: {which}")
    }
}

/// What one life did, beside its faults.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Life {
    /// Attempts that were given and are not on record: the end cut them off.
    pub cut_off: usize,
    /// Attempts that are on record and of which no hook said anything.
    pub unseen: usize,
}

/// An event that was told, with or without receipt.
struct Told {
    subject: String,
    owed: BTreeSet<String>,
    /// Its place and the number of hooks, as the receipt has them.
    receipt: Option<(i64, usize)>,
}

/// A history up to the end of some life.
pub struct History {
    attempts_max: u32,
    ordered: BTreeSet<String>,
    counting: BTreeSet<String>,
    told: BTreeMap<String, Told>,
    before: Ledger,
    /// The last place of each ordered hook and subject that is on record as attempted.
    reached: BTreeMap<(String, String), i64>,
    faults: BTreeSet<Fault>,
}

type Key = (String, String);

impl History {
    /// Of a service that makes so many attempts at most, and gives these hooks first attempts in order per subject.
    pub fn new(attempts_max: u32, ordered: &[&str]) -> Self {
        Self {
            attempts_max,
            ordered: ordered.iter().map(|&hook| hook.to_owned()).collect(),
            counting: BTreeSet::new(),
            told: BTreeMap::new(),
            before: Ledger::default(),
            reached: BTreeMap::new(),
            faults: BTreeSet::new(),
        }
    }

    /// Of a service whose hook of this id counts in its state: under `events` all that it is given, and each by its id.
    #[must_use]
    pub fn counting(mut self, hook: &str) -> Self {
        self.counting.insert(hook.to_owned());
        self
    }

    /// An event is about to be told, which these hooks match.
    pub fn tells(&mut self, event: &str, subject: &str, owed: &[&str]) {
        let owed = owed.iter().map(|&hook| hook.to_owned()).collect();
        self.told.entry(event.into()).or_insert(Told { subject: subject.into(), owed, receipt: None });
    }

    /// A client has the receipt of an event: its place, and to how many hooks it is owed.
    pub fn receipt(&mut self, event: &str, sequence: i64, owed: usize) {
        let Some(told) = self.told.get_mut(event) else {
            return self.fault(Fault::Stray, event, "", "never told");
        };
        if told.receipt.is_some_and(|receipt| receipt != (sequence, owed)) {
            return self.fault(Fault::Doubled, event, "", "it has two receipts");
        }
        told.receipt = Some((sequence, owed));
    }

    /// A life has ended: what its hooks said in their order, and the journal as it left it.
    pub fn life(&mut self, seen: &[Seen], after: Ledger) -> Life {
        let given = self.given(seen, &after);
        self.compare(&after);
        self.receipts(&after);
        self.counts(&after);
        let mut life = Life::default();
        for (key, (_, on_record)) in &after.deliveries {
            let before = self.before.deliveries.get(key).map_or(0, |(_, attempts)| *attempts);
            let said = given.get(key).copied().unwrap_or_default();
            life.unseen += (on_record - before.min(*on_record)).saturating_sub(said.lines) as usize;
            life.cut_off += usize::from(said.last > *on_record);
        }
        for (hook, event) in
            given.keys().filter(|key| after.deliveries.get(*key).is_some_and(|row| row.1 > 0))
        {
            let (Some(told), Some(place)) = (self.told.get(event), after.events.get(event)) else { continue };
            let reached = self.reached.entry((hook.clone(), told.subject.clone())).or_default();
            *reached = (*reached).max(*place);
        }
        self.before = after;
        life
    }

    /// The faults so far; none in a history as promised.
    pub fn faults(&self) -> Vec<Fault> {
        self.faults.iter().cloned().collect()
    }

    /// Checks the attempts that hooks were given in one life; returns the last of each.
    fn given(&mut self, seen: &[Seen], after: &Ledger) -> BTreeMap<Key, Said> {
        let mut given: BTreeMap<Key, Said> = BTreeMap::new();
        let mut reached = self.reached.clone();
        for Seen { hook, event, attempt } in seen {
            let key = (hook.clone(), event.clone());
            let Some(told) = self.told.get(event).filter(|told| told.owed.contains(hook)) else {
                self.fault(Fault::Stray, event, hook, "given and not owed");
                continue;
            };
            let subject = (hook.clone(), told.subject.clone());
            let Some(&place) = after.events.get(event) else {
                self.fault(Fault::Stray, event, hook, "given and not in the journal");
                continue;
            };
            if *attempt > self.attempts_max {
                self.fault(Fault::TooOften, event, hook, &format!("given attempt {attempt}"));
            }
            let (stood, before) = self.before.deliveries.get(&key).copied().unwrap_or((Stands::Pending, 0));
            let said = given.entry(key).or_insert(Said { last: before, lines: 0 });
            let again = stood != Stands::Pending || *attempt <= said.last;
            *said = Said { last: said.last.max(*attempt), lines: said.lines + 1 };
            if again {
                self.fault(Fault::Doubled, event, hook, &format!("attempt {attempt} given again"));
            }
            if *attempt == 1 && self.ordered.contains(hook) {
                let reached = reached.entry(subject).or_default();
                if place < *reached {
                    self.fault(Fault::Disordered, event, hook, &format!("{place} given after {reached}"));
                }
                *reached = (*reached).max(place);
            }
        }
        for ((hook, event), said) in &given {
            let on_record = after.deliveries.get(&(hook.clone(), event.clone())).map_or(0, |row| row.1);
            if said.last > on_record + 1 {
                self.fault(
                    Fault::Lost,
                    event,
                    hook,
                    "an attempt was given and the one before it is not on record",
                );
            }
        }
        given
    }

    /// Checks that the journal forgot nothing, and owes nothing that is not owed.
    fn compare(&mut self, after: &Ledger) {
        for (event, place) in std::mem::take(&mut self.before.events) {
            if after.events.get(&event) != Some(&place) {
                self.fault(Fault::Lost, &event, "", "no longer in its place");
            }
        }
        for (key, &(stood, before)) in &self.before.deliveries.clone() {
            match after.deliveries.get(key) {
                None => self.fault(Fault::Lost, &key.1, &key.0, "no longer owed"),
                Some(&(_, attempts)) if attempts < before => {
                    self.fault(Fault::Lost, &key.1, &key.0, "an attempt is no longer on record");
                }
                Some(&row) if stood != Stands::Pending && row != (stood, before) => {
                    self.fault(Fault::Doubled, &key.1, &key.0, "attempted after it was over");
                }
                Some(_) => {}
            }
        }
        for ((hook, event), (_, attempts)) in &after.deliveries {
            if !self.told.get(event).is_some_and(|told| told.owed.contains(hook)) {
                self.fault(Fault::Stray, event, hook, "owed and does not match");
            }
            if *attempts > self.attempts_max {
                self.fault(Fault::TooOften, event, hook, &format!("{attempts} attempts on record"));
            }
        }
    }

    /// Checks that every receipt is good.
    fn receipts(&mut self, after: &Ledger) {
        let mut lost = Vec::new();
        for (event, told) in &self.told {
            let Some((place, owed)) = told.receipt else { continue };
            if after.events.get(event) != Some(&place) {
                lost.push((event.clone(), String::new(), "not in the place of its receipt"));
            }
            if owed != told.owed.len() {
                lost.push((event.clone(), String::new(), "its receipt has another number of hooks"));
            }
            let missing = told
                .owed
                .iter()
                .filter(|hook| !after.deliveries.contains_key(&((*hook).clone(), event.clone())));
            lost.extend(
                missing.map(|hook| (event.clone(), hook.clone(), "neither delivered, dead nor pending")),
            );
        }
        lost.into_iter().for_each(|(event, hook, why)| self.fault(Fault::Lost, &event, &hook, why));
    }

    /// Checks that hooks that count have counted what is delivered to them, and nothing twice.
    fn counts(&mut self, after: &Ledger) {
        for hook in self.counting.clone() {
            let delivered =
                after.deliveries.iter().filter(|((to, _), row)| *to == hook && row.0 == Stands::Delivered);
            let mut expected: BTreeMap<_, _> =
                delivered.map(|((_, event), _)| (event.clone(), "1".to_owned())).collect();
            if !expected.is_empty() {
                expected.insert("events".into(), expected.len().to_string());
            }
            let kept = after.state.iter().filter(|((of, _), _)| *of == hook);
            let kept: BTreeMap<_, _> = kept.map(|((_, key), value)| (key.clone(), value.clone())).collect();
            for key in expected.keys().chain(kept.keys()).filter(|key| expected.get(*key) != kept.get(*key)) {
                let why = format!("{:?} counted, {:?} delivered", kept.get(key), expected.get(key));
                self.fault(Fault::Miscounted, key, &hook, &why);
            }
        }
    }

    fn fault(&mut self, kind: fn(String) -> Fault, event: &str, hook: &str, why: &str) {
        self.faults.insert(kind(format!("{event} {hook}: {why}")));
    }
}

/// What a hook said of one delivery in one life.
#[derive(Clone, Copy, Default)]
struct Said {
    /// The last attempt, or the last on record before.
    last: u32,
    lines: u32,
}
