//! One generation of hooks: immutable, indexed by event.

mod probation;

pub(crate) use probation::{Probation, Stand};

use crate::catalogue::{Admitted, Catalogue};
use crate::filter::Filter;
use crate::good::Identity;
use crate::load::once_each;
use crate::manifest::{Caused, Manifest, Status, Subscription};
use crate::problem::Problem;
use crate::runner::Runner;
use crate::stats::Stats;
use crate::stopped::Stopped;
use crate::trip::Trip;
use foldhash::fast::RandomState;
use std::collections::{BTreeMap, HashMap};
use std::io;
use std::sync::Arc;
use std::time::Instant;

/// Why a hook is stopped.
const GONE: &str = "its target answered 410, that it is gone: the hook is not run until it is resumed";

/// A hook at work, or why it is not.
pub struct Hook {
    manifest: Manifest,
    /// What it is made of, where that is known.
    pub(crate) identity: Option<Identity>,
    pub(crate) state: State,
    pub(crate) trip: Trip,
    pub(crate) stats: Arc<Stats>,
    probation: Option<Probation>,
    /// Where it is noted that it is not to be called until it is resumed.
    stops: Arc<Stopped>,
}

/// What there is to call.
pub(crate) enum State {
    Ready(Runner),
    Unavailable(String),
    /// Disabled or archived: not loaded.
    Idle,
}

impl Hook {
    pub(crate) fn new(
        manifest: Manifest,
        identity: Option<Identity>,
        state: State,
        stats: Arc<Stats>,
        stops: Arc<Stopped>,
    ) -> Self {
        let hook = Self { manifest, identity, state, trip: Trip::default(), stats, probation: None, stops };
        if hook.version().is_some_and(|version| hook.stops.holds(&hook.manifest.id, version)) {
            hook.trip.stop();
        }
        hook
    }

    /// A version that has to prove itself against the one before it.
    pub(crate) fn on_probation(self, probation: Probation) -> Self {
        Self { probation: Some(probation), ..self }
    }

    /// What it is.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Why it cannot run, where it should: a guard that cannot load is kept, and fails (see
    /// [`Unavailable`](crate::outcome::Failure::Unavailable)).
    pub fn unavailable(&self) -> Option<&str> {
        match &self.state {
            State::Unavailable(reason) => Some(reason),
            State::Ready(_) | State::Idle => None,
        }
    }

    /// Whether it runs a version that is still compared with the one before it: where it fails and the other does
    /// not, the other one's answer counts.
    pub fn is_on_probation(&self) -> bool {
        self.probation().is_some_and(|probation| probation.stand(Instant::now()) == Stand::Open)
    }

    pub(crate) fn probation(&self) -> Option<&Probation> {
        self.probation.as_ref().filter(|probation| !probation.is_over())
    }

    /// The version that answers: the one before this where this one was rejected.
    pub(crate) fn standing(self: &Arc<Self>) -> Arc<Self> {
        let rejected = self.probation().filter(|probation| probation.is_rejected());
        rejected.and_then(Probation::old).unwrap_or_else(|| Arc::clone(self))
    }

    /// The last version that is known to run well: the one before this while this one is on probation.
    pub(crate) fn proven(self: &Arc<Self>) -> Arc<Self> {
        let open = self.probation().filter(|probation| probation.stand(Instant::now()) != Stand::Passed);
        open.and_then(Probation::old).unwrap_or_else(|| Arc::clone(self))
    }

    /// Whether it wants an event.
    pub(crate) fn wants(&self, event: &Admitted<'_>) -> bool {
        let mut kinds = self.manifest.on.iter().filter(|on| on.kind.name == event.kind.name);
        kinds.any(|on| on.filter.matches(&event.event.facets)) && self.sees(event)
    }

    /// Whether it sees events of this tenant and with this cause: what a hook caused wakes none (R28), but for those
    /// whose operator wants them to see it.
    fn sees(&self, event: &Admitted<'_>) -> bool {
        let Manifest { id, tenant, caused, .. } = &self.manifest;
        let cause = event.cause.as_deref();
        (tenant.is_none() || tenant.as_deref() == event.event.tenant())
            && cause.is_none_or(|cause| *caused == Caused::Run && cause.lets_run(id))
    }

    /// Whether it is the same version of the same hook in the same state.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        let state = match (&self.state, &other.state) {
            (State::Unavailable(a), State::Unavailable(b)) => a == b,
            (a, b) => std::mem::discriminant(a) == std::mem::discriminant(b),
        };
        state && self.identity == other.identity && self.manifest == other.manifest
    }

    /// Whether it failed so often that it rests (see [`Tripped`](crate::outcome::Failure::Tripped)).
    pub fn is_tripped(&self) -> bool {
        self.trip.is_tripped()
    }

    /// Why it is not called until it is resumed (see [`Host::resume`](crate::Host::resume)).
    pub fn stopped(&self) -> Option<&'static str> {
        self.trip.is_stopped().then_some(GONE)
    }

    /// Has it not called until it is resumed, over a restart too.
    pub(crate) fn stop(&self) {
        self.trip.stop();
        let id = &self.manifest.id;
        tracing::warn!(hook = &**id, "{GONE}");
        let version = self.version().map(|version| &**version).unwrap_or_default();
        if let Err(error) = self.stops.note(id, version) {
            tracing::warn!(%error, hook = &**id, "that the hook was stopped cannot be kept over a restart");
        }
    }

    /// Has it called again; whether it was stopped or rested.
    pub(crate) fn resume(&self) -> io::Result<bool> {
        let was_tripped = self.is_tripped();
        self.trip.resume();
        Ok(self.stops.forget(&self.manifest.id)? || was_tripped)
    }

    /// What it did since the host started, over all its versions.
    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    /// How much pains the compilation of its component took, in a word, where it has one.
    #[cfg(feature = "cli")]
    pub(crate) fn tier(&self) -> Option<&'static str> {
        match &self.state {
            State::Ready(runner) => runner.tier(),
            State::Unavailable(_) | State::Idle => None,
        }
    }

    pub(crate) fn version(&self) -> Option<&Arc<str>> {
        match &self.state {
            State::Ready(runner) => Some(runner.version()),
            State::Unavailable(_) | State::Idle => None,
        }
    }
}

impl std::fmt::Debug for Hook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hook").field("manifest", &self.manifest).finish_non_exhaustive()
    }
}

/// What is to be known of one hook in a roster.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cast {
    pub(crate) id: String,
    /// None: it is left out, because nobody knows its events.
    pub(crate) hook: Option<Arc<Hook>>,
    /// What is wrong with its files.
    pub(crate) problems: Vec<Problem>,
    /// Why it runs an earlier version than its files hold.
    pub(crate) held_back: Option<String>,
}

/// One generation: catalogue, hooks, and the problems found while they were loaded.
#[derive(Debug)]
#[non_exhaustive]
pub struct Roster {
    /// Counts up with every change.
    pub generation: u64,
    /// Which events exist.
    pub catalogue: Catalogue,
    /// What is wrong with the files of the hooks directory.
    pub problems: Vec<Problem>,
    /// Ids of hooks that are left out because nobody knows their events.
    pub left_out: Vec<String>,
    hooks: Vec<Arc<Hook>>,
    by_event: HashMap<String, Listeners, RandomState>,
    /// By id.
    casts: BTreeMap<String, Cast>,
}

/// Who listens to a kind of event. Those that want certain values of its first facet are found by the value, so
/// that the others cost nothing, however many there are.
#[derive(Debug, Default)]
struct Listeners {
    wide: Vec<Listener>,
    narrow: HashMap<String, Vec<Listener>, RandomState>,
}

/// A hook, and which events of the kind it wants.
#[derive(Debug, Clone)]
struct Listener {
    hook: usize,
    filter: Filter,
}

impl Listeners {
    fn add(&mut self, hook: usize, on: &Subscription) {
        let listener = Listener { hook, filter: on.filter.clone() };
        let first = on.kind.facets.first();
        match first.and_then(|facet| on.filter.values(&facet.name)) {
            Some(values) => {
                for value in values {
                    self.narrow.entry(value.clone()).or_default().push(listener.clone());
                }
            }
            None => self.wide.push(listener),
        }
    }

    /// The places of the hooks that want an event, in their order.
    fn wanting(&self, event: &Admitted<'_>) -> Vec<usize> {
        let first = event.kind.facets.first();
        let facets = &event.event.facets;
        let value = first.and_then(|facet| facets.get(&facet.name));
        let narrow = value.and_then(|value| self.narrow.get(value)).map(Vec::as_slice).unwrap_or_default();
        let all = self.wide.iter().chain(narrow);
        let mut hooks: Vec<usize> =
            all.filter(|one| one.filter.matches(facets)).map(|one| one.hook).collect();
        hooks.sort_unstable();
        hooks.dedup();
        hooks
    }
}

impl Roster {
    /// Puts hooks in their order and indexes the enabled ones. `problems` are those of no hook.
    pub(crate) fn assemble(
        generation: u64,
        catalogue: Catalogue,
        mut problems: Vec<Problem>,
        casts: Vec<Cast>,
    ) -> Self {
        let casts: BTreeMap<String, Cast> = casts.into_iter().map(|cast| (cast.id.clone(), cast)).collect();
        problems.extend(casts.values().flat_map(|cast| cast.problems.iter().cloned()));
        once_each(&mut problems);
        let left_out =
            casts.values().filter(|cast| cast.hook.is_none()).map(|cast| cast.id.clone()).collect();
        let mut hooks: Vec<Arc<Hook>> = casts.values().filter_map(|cast| cast.hook.clone()).collect();
        hooks.sort_by_key(|hook| (hook.manifest.priority, Arc::clone(&hook.manifest.id)));
        Self { generation, catalogue, problems, left_out, by_event: HashMap::default(), hooks, casts }
            .indexed()
    }

    fn indexed(mut self) -> Self {
        let enabled = |(_, hook): &(usize, &Arc<Hook>)| hook.manifest.status == Status::Enabled;
        for (index, hook) in self.hooks.iter().enumerate().filter(enabled) {
            for on in &hook.manifest.on {
                self.by_event.entry(on.kind.name.clone()).or_default().add(index, on);
            }
        }
        self
    }

    /// The hook of this id, unless it is left out.
    pub fn hook(&self, id: &str) -> Option<&Arc<Hook>> {
        self.casts.get(id)?.hook.as_ref()
    }

    /// Why a hook runs an earlier version than its files hold: they are wrong, or the version in them failed where
    /// the earlier one did not.
    pub fn held_back(&self, id: &str) -> Option<&str> {
        self.casts.get(id)?.held_back.as_deref()
    }

    /// What is wrong with the files of one hook.
    pub fn problems_of(&self, id: &str) -> &[Problem] {
        self.casts.get(id).map(|cast| cast.problems.as_slice()).unwrap_or_default()
    }

    pub(crate) fn cast(&self, id: &str) -> Option<&Cast> {
        self.casts.get(id)
    }

    pub(crate) fn casts(&self) -> impl Iterator<Item = &Cast> {
        self.casts.values()
    }

    /// Whether another roster differs in nothing but its number.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        let same_hooks = self.hooks.iter().map(Arc::as_ptr).eq(other.hooks.iter().map(Arc::as_ptr));
        let held_back = |roster: &'_ Self| -> Vec<(String, Option<String>)> {
            roster.casts.values().map(|cast| (cast.id.clone(), cast.held_back.clone())).collect()
        };
        same_hooks
            && self.problems == other.problems
            && held_back(self) == held_back(other)
            && self.catalogue == other.catalogue
    }

    /// Every hook in the order in which hooks run, whatever its status.
    pub fn hooks(&self) -> impl Iterator<Item = &Arc<Hook>> {
        self.hooks.iter()
    }

    /// The ids of the hooks that a told event is owed to, in their order: those that [match](Self::matching).
    pub(crate) fn owed(&self, event: &Admitted<'_>) -> Vec<Arc<str>> {
        self.matching(event).into_iter().map(|hook| Arc::clone(&hook.manifest.id)).collect()
    }

    /// Whether one of its hooks wants an event.
    pub(crate) fn wants(&self, hook: &Hook, event: &Admitted<'_>) -> bool {
        self.matching(event).into_iter().any(|wanting| std::ptr::eq(wanting, hook))
    }

    /// The enabled hooks that want an event, in their order. A hook that does not is not touched
    /// (R122).
    pub(crate) fn matching(&self, event: &Admitted<'_>) -> Vec<&Hook> {
        let Some(listeners) = self.by_event.get(&event.kind.name) else {
            return Vec::new();
        };
        let hooks = listeners.wanting(event).into_iter().map(|hook| &*self.hooks[hook]);
        let is_for = |hook: &Hook| event.only.as_ref().is_none_or(|only| *only == hook.manifest.id);
        hooks.filter(|hook| hook.sees(event) && is_for(hook)).collect()
    }
}
