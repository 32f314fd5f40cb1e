//! One generation of hooks: immutable, indexed by event.

use crate::catalogue::{Admitted, Catalogue};
use crate::filter::Filter;
use crate::load::{Loaded, Registry};
use crate::machine::Pool;
use crate::manifest::{Manifest, Status, Subscription};
use crate::problem::Problem;
use crate::stats::{Ledger, Stats};
use crate::trip::Trip;
use std::collections::HashMap;
use std::sync::Arc;

/// A hook at work, or why it is not.
pub struct Hook {
    manifest: Manifest,
    pub(crate) state: State,
    pub(crate) trip: Trip,
    pub(crate) stats: Arc<Stats>,
}

/// What there is to call.
pub(crate) enum State {
    Ready(Arc<Pool>),
    Unavailable(String),
    /// Disabled or archived: not loaded.
    Idle,
}

impl Hook {
    pub(crate) fn new(manifest: Manifest, state: State, stats: Arc<Stats>) -> Self {
        Self { manifest, state, trip: Trip::default(), stats }
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

    /// Whether it failed so often that it rests (see [`Tripped`](crate::outcome::Failure::Tripped)).
    pub fn is_tripped(&self) -> bool {
        self.trip.is_tripped()
    }

    /// How often it was called, and how many of these calls found no sandbox ready and had one made.
    pub fn calls(&self) -> (u64, u64) {
        match &self.state {
            State::Ready(pool) => pool.usage(),
            State::Unavailable(_) | State::Idle => (0, 0),
        }
    }

    /// What it did since the host started, over all its versions.
    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    pub(crate) fn version(&self) -> Option<Arc<str>> {
        match &self.state {
            State::Ready(pool) => Some(Arc::clone(pool.version())),
            State::Unavailable(_) | State::Idle => None,
        }
    }
}

impl std::fmt::Debug for Hook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hook").field("manifest", &self.manifest).finish_non_exhaustive()
    }
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
    by_event: HashMap<String, Listeners>,
}

/// Who listens to a kind of event. Those that want certain values of its first facet are found by the value, so
/// that the others cost nothing, however many there are.
#[derive(Debug, Default)]
struct Listeners {
    wide: Vec<Listener>,
    narrow: HashMap<String, Vec<Listener>>,
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
    fn wanting(&self, event: &Admitted) -> Vec<usize> {
        let first = event.kind.facets.first();
        let value = first.and_then(|facet| event.facets.iter().find(|(name, _)| *name == facet.name));
        let narrow =
            value.and_then(|(_, value)| self.narrow.get(value)).map(Vec::as_slice).unwrap_or_default();
        let all = self.wide.iter().chain(narrow);
        let mut hooks: Vec<usize> =
            all.filter(|one| one.filter.matches(&event.facets)).map(|one| one.hook).collect();
        hooks.sort_unstable();
        hooks.dedup();
        hooks
    }
}

impl Roster {
    /// Puts loaded hooks in their order and indexes the enabled ones. `pool` makes what is called.
    pub(crate) fn assemble(
        generation: u64,
        registry: Registry,
        ledger: &Ledger,
        pool: impl Fn(&Manifest, Arc<crate::machine::Component>) -> Arc<Pool>,
    ) -> Self {
        let mut loaded = registry.hooks;
        loaded.sort_by(|a, b| {
            let key = |hook: &Loaded| (hook.manifest.priority, Arc::clone(&hook.manifest.id));
            key(a).cmp(&key(b))
        });
        let hook = |Loaded { manifest, component }: Loaded| {
            let state = match component {
                _ if manifest.status != Status::Enabled => State::Idle,
                Ok(Some(component)) => State::Ready(pool(&manifest, component)),
                Ok(None) => State::Unavailable("its component is missing".into()),
                Err(reason) => State::Unavailable(reason),
            };
            let stats = ledger.of(&manifest.id);
            Arc::new(Hook::new(manifest, state, stats))
        };
        let hooks = loaded.into_iter().map(hook).collect();
        let Registry { catalogue, problems, left_out, .. } = registry;
        Self { generation, catalogue, problems, left_out, by_event: HashMap::new(), hooks }.indexed()
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

    /// Replaces a hook by one that cannot run.
    pub(crate) fn withdraw(&mut self, id: &str, reason: String) {
        for hook in self.hooks.iter_mut().filter(|hook| &*hook.manifest.id == id) {
            let (manifest, stats) = (hook.manifest.clone(), Arc::clone(&hook.stats));
            *hook = Arc::new(Hook::new(manifest, State::Unavailable(reason.clone()), stats));
        }
    }

    /// Every hook in the order in which hooks run, whatever its status.
    pub fn hooks(&self) -> impl Iterator<Item = &Arc<Hook>> {
        self.hooks.iter()
    }

    /// The hook of this id.
    pub fn hook(&self, id: &str) -> Option<&Arc<Hook>> {
        self.hooks().find(|hook| &*hook.manifest.id == id)
    }

    /// The enabled hooks that want an event, in their order. A hook that does not is not touched
    /// (R122).
    pub(crate) fn matching(&self, event: &Admitted) -> Vec<&Hook> {
        let Some(listeners) = self.by_event.get(&event.kind.name) else {
            return Vec::new();
        };
        let tenant = event.event.tenant();
        let hooks = listeners.wanting(event).into_iter().map(|hook| &*self.hooks[hook]);
        hooks
            .filter(|hook| hook.manifest.tenant.is_none() || hook.manifest.tenant.as_deref() == tenant)
            .collect()
    }
}
