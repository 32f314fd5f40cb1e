//! Makes rosters out of the hooks directory, one after the other.

use super::builder::{HostBuilder, StartError, engine_error};
use super::cast::Casting;
use super::job::{Job, Stock};
#[cfg(any(feature = "api", feature = "cli"))]
use super::rehearsal::Rehearsal;
use crate::catalogue::Catalogue;
use crate::egress::{Egress, Nats, Trust};
use crate::good::{Good, Identity, Keep};
use crate::keys::Keys;
use crate::load::{Compile, Components, Loaded, Registry, Source, Standby, once_each, standby};
use crate::log::{LogSink, to_tracing};
use crate::machine::{Compiler, Engine, Keeper};
use crate::manifest::Manifest;
use crate::problem::{Place, Problem};
use crate::rejected::Rejected;
use crate::roster::{Cast, Hook, Roster, State};
use crate::stats::Ledger;
use crate::stopped::Stopped;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// How long a hooks directory may be away, as while the link to it is replaced, before this is a problem.
const AWAY: Duration = Duration::from_secs(1);

/// How a roster is to be made.
#[derive(Default)]
pub(super) struct How<'a> {
    /// Files may be half written, so what was changed only now stays as it was.
    pub(super) patient: bool,
    /// A hook that is not put on probation: its operator vouches for it.
    pub(super) accepted: Option<&'a str>,
}

/// What was made.
pub(super) struct Made {
    /// The one before, if nothing has changed.
    pub(super) roster: Arc<Roster>,
    /// When to look again at what was changed only now.
    pub(super) again: Option<Duration>,
}

/// What a host makes its rosters from.
pub(super) struct Maker {
    pub(super) builder: HostBuilder,
    stock: Arc<Stock>,
    pub(super) engine: Engine,
    pub(super) keeper: Keeper,
    pub(super) log: LogSink,
    pub(super) ledger: Ledger,
    /// Compiled when the last roster was made.
    components: Components,
    rejected: Rejected,
    pub(super) keys: Arc<Keys>,
    /// Hooks that wait to be resumed.
    stopped: Arc<Stopped>,
    /// How hooks reach targets outside.
    pub(super) egress: Egress,
    pub(super) nats: Arc<Nats>,
    /// Told when a probation is decided.
    pub(super) decided: Arc<Notify>,
    /// What is wrong with no file.
    pub(super) doubts: Vec<Problem>,
    /// Since when the hooks directory cannot be opened.
    away: Option<Instant>,
}

impl Maker {
    pub(super) fn new(builder: HostBuilder, decided: Arc<Notify>) -> Result<Self, StartError> {
        let engine = Engine::start(&builder.limits).map_err(engine_error)?;
        let keeper = Keeper::start(builder.limits.prepared).map_err(engine_error)?;
        let log = builder.log.clone().unwrap_or_else(|| Arc::new(to_tracing));
        let (cache, doubt) = builder.artifacts(&engine);
        let compiler = Compiler::new(engine.clone(), cache, builder.compiler.clone());
        let good = Good::under(builder.data.as_deref());
        let secrets = builder.secrets.clone();
        let nats = Arc::new(Nats::new(builder.nats.clone(), move |name| secrets.get(name)));
        let stock = Arc::new(Stock {
            compiler,
            good,
            limits: builder.limits.clone(),
            secrets: builder.secrets.clone(),
            scripts: builder.scripts.clone(),
            nats: nats.is_named(),
            admission: builder.admission,
        });
        let rejected = Rejected::under(builder.data.as_deref());
        let stopped = Arc::new(Stopped::under(builder.data.as_deref()));
        let keys = Keys::under(builder.data.as_deref());
        let trust = builder.authorities.as_deref().map_or(Trust::Public, Trust::Also);
        let egress = Egress::new(trust).map_err(StartError::Authorities)?;
        let doubts = doubt.into_iter().collect();
        let (components, ledger) = (Components::new(), Ledger::default());
        Ok(Self {
            builder,
            stock,
            engine,
            keeper,
            log,
            ledger,
            components,
            rejected,
            keys,
            stopped,
            egress,
            nats,
            decided,
            doubts,
            away: None,
        })
    }

    /// Finds what is wrong, and runs and remembers nothing.
    pub(super) fn check(mut self) -> Result<Roster, StartError> {
        let mut components = std::mem::take(&mut self.components);
        let job = self.job(None, Compile::All, false);
        let Registry { catalogue, hooks, problems, .. } = job.load(&mut components)?;
        let casts = hooks.into_iter().map(|loaded| self.untried(loaded)).collect();
        Ok(Roster::assemble(0, catalogue, self.with_doubts(problems), casts))
    }

    /// A hook that is not tried, as it is loaded.
    fn untried(&self, loaded: Loaded) -> Cast {
        let Loaded { manifest, artifact, problems, .. } = loaded;
        let id = manifest.id.to_string();
        if manifest.on.is_empty() {
            return Cast { id, problems, ..Cast::default() };
        }
        let state = match artifact {
            _ if !manifest.is_enabled() => State::Idle,
            Ok(Some(artifact)) => State::Ready(self.runner(&manifest, artifact)),
            Ok(None) => State::Unavailable("its component is missing".into()),
            Err(reason) => State::Unavailable(reason),
        };
        Cast { id, problems, hook: Some(Arc::new(self.hook(manifest, None, state))), held_back: None }
    }

    /// Makes the roster that comes after `before`, ready to serve.
    pub(super) async fn make(
        &mut self,
        before: Option<&Arc<Roster>>,
        how: &How<'_>,
    ) -> Result<Made, StartError> {
        if !how.patient {
            self.rejected.forget_unfit();
        }
        let registry = match (self.load(before, how).await, before) {
            (Err(error), Some(before)) if how.patient => return self.wait(before, error),
            (registry, _) => registry?,
        };
        self.away = None;
        let again = registry.again;
        if let (true, Some(before)) = (registry.unsettled, before) {
            return Ok(Made { roster: Arc::clone(before), again });
        }
        let Registry { catalogue, hooks, problems, .. } = registry;
        let catalogue = Arc::new(catalogue);
        let mut casting = Casting::new(self, before, Arc::clone(&catalogue), how);
        let mut casts = Vec::with_capacity(hooks.len());
        for loaded in hooks {
            casts.extend(casting.cast(loaded).await);
        }
        let fresh = casting.finish();
        let catalogue = Arc::unwrap_or_clone(catalogue);
        self.forget_removed(before, &casts);
        let made = self.next(before, catalogue, problems, casts);
        fresh.iter().for_each(|pool| self.keeper.fill(pool, true));
        self.settle();
        Ok(Made { roster: made, again })
    }

    async fn load(&mut self, before: Option<&Arc<Roster>>, how: &How<'_>) -> Result<Registry, StartError> {
        let mut components = std::mem::take(&mut self.components);
        let job = self.job(before, Compile::Enabled, how.patient);
        let load = tokio::task::spawn_blocking(move || (job.load(&mut components), components)).await;
        let (registry, components) = load.map_err(|error| match error.is_cancelled() {
            true => StartError::Stopped,
            false => StartError::Engine(error.to_string()),
        })?;
        self.components = components;
        registry
    }

    /// The roster that comes after `before`, which is `before` where nothing has changed.
    fn next(
        &self,
        before: Option<&Arc<Roster>>,
        catalogue: Catalogue,
        problems: Vec<Problem>,
        casts: Vec<Cast>,
    ) -> Arc<Roster> {
        let generation = before.map_or(1, |before| before.generation + 1);
        let made = Roster::assemble(generation, catalogue, self.with_doubts(problems), casts);
        match before {
            Some(before) if before.is_like(&made) => Arc::clone(before),
            _ => Arc::new(made),
        }
    }

    fn with_doubts(&self, mut problems: Vec<Problem>) -> Vec<Problem> {
        problems.extend(self.doubts.iter().cloned());
        once_each(&mut problems);
        problems
    }

    /// The hooks stay as they are while their directory is away.
    fn wait(&mut self, before: &Arc<Roster>, error: StartError) -> Result<Made, StartError> {
        let StartError::Directory(path, reason) = error else { return Err(error) };
        let away = self.away.get_or_insert_with(Instant::now).elapsed();
        if away < AWAY {
            return Ok(Made { roster: Arc::clone(before), again: Some(AWAY - away) });
        }
        let message = format!("the hooks directory cannot be opened, its hooks stay as they were: {reason}");
        let problem = Problem::error(Place::file(path.display().to_string()), message);
        let casts = before.casts().cloned().collect();
        let roster = self.next(Some(before), before.catalogue.clone(), vec![problem], casts);
        Ok(Made { roster, again: Some(AWAY) })
    }

    /// What a hook was is forgotten with it. One whose directory is only away comes back whole.
    fn forget_removed(&self, before: Option<&Arc<Roster>>, casts: &[Cast]) {
        let left: HashSet<&str> = casts.iter().map(|cast| cast.id.as_str()).collect();
        for gone in before.iter().flat_map(|before| before.casts()).filter(|gone| !left.contains(&*gone.id)) {
            if let Err(error) = self.stock.good.forget(&gone.id) {
                tracing::warn!(%error, hook = gone.id, "a removed hook cannot be forgotten");
            }
        }
    }

    fn job(&self, before: Option<&Arc<Roster>>, compile: Compile, patient: bool) -> Job {
        let hooks = self.builder.hooks.clone();
        let catalogue = self.builder.catalogue.clone().unwrap_or_else(Catalogue::built_in);
        let stands = before.map(|before| before.catalogue.clone());
        let (stock, rejected) = (Arc::clone(&self.stock), self.rejected.clone());
        Job { hooks, catalogue, stands, stock, rejected, compile, patient }
    }

    /// What is remembered of a hook, ready to run.
    pub(super) async fn standby(&self, id: &str, catalogue: &Arc<Catalogue>) -> Option<Standby> {
        let job = self.job(None, Compile::Enabled, false);
        let (id, catalogue) = (id.to_owned(), Arc::clone(catalogue));
        let standby = move || standby(&id, &catalogue, &job.loading());
        tokio::task::spawn_blocking(standby).await.ok().flatten()
    }

    /// Remembers a version that runs well.
    pub(super) fn remember(&self, id: &str, source: &Source) -> std::io::Result<()> {
        let component = Some((source.file.digest.as_str(), source.file.bytes.as_slice()));
        self.stock.good.remember(&Keep { id, manifest: &source.manifest, component })
    }

    /// Remembers that a version goes on probation.
    pub(super) fn try_out(&self, id: &str, version: &Identity) -> std::io::Result<()> {
        self.stock.good.try_out(id, version)
    }

    /// Whether a version was on probation when the host stopped.
    pub(super) fn is_trial(&self, id: &str, version: &Identity) -> bool {
        self.stock.good.is_trial(id, version)
    }

    /// Has the disk keep what was remembered, where nobody waits for it.
    pub(super) fn settle(&self) {
        if !self.stock.good.is_unsynced() {
            return;
        }
        let stock = Arc::clone(&self.stock);
        tokio::task::spawn_blocking(move || {
            if let Err(error) = stock.good.sync() {
                tracing::warn!(%error, "what is remembered of hooks may not outlive a crash of this machine");
            }
        });
    }

    /// Remembers what a hook guards of which no version has run yet.
    pub(super) fn remember_events(&self, id: &str, source: &Source) -> std::io::Result<()> {
        match self.stock.good.recall(id) {
            Some(last) if last.component.is_some() => Ok(()),
            _ => self.stock.good.remember(&Keep { id, manifest: &source.manifest, component: None }),
        }
    }

    /// What its operator put to rest does not come back as a guard when its TOML breaks.
    pub(super) fn forget(&self, id: &str) -> std::io::Result<()> {
        self.stopped.forget(id)?;
        self.stock.good.forget(id)
    }

    /// Forgets that an earlier version of a hook was stopped.
    pub(super) fn resume(&self, id: &str) {
        if let Err(error) = self.stopped.forget(id) {
            tracing::warn!(%error, hook = id, "that a hook is not stopped any more cannot be kept over a restart");
        }
    }

    /// Keeps a version that did not start from being tried with every change of another file.
    pub(super) fn note_unfit(&mut self, id: &str, identity: Identity, reason: &str) {
        self.rejected.note_unfit(id, identity, reason.to_owned());
    }

    /// Keeps a version that failed on probation from being tried again, over restarts too.
    pub(super) fn reject(&mut self, id: &str, identity: Identity, old: Option<&Identity>, reason: &str) {
        let rejected = self.rejected.reject(id, identity, old, reason.to_owned());
        if let Err(error) = rejected.and_then(|()| self.stock.good.forget_trial(id)) {
            tracing::warn!(%error, hook = id, "that a version was rejected cannot be kept over a restart");
        }
    }

    /// Lets a rejected version run; whether there was one.
    pub(super) fn accept(&mut self, id: &str) -> std::io::Result<bool> {
        self.rejected.accept(id)
    }

    /// A hook with the numbers of the versions before it.
    pub(super) fn hook(&self, manifest: Manifest, identity: Option<Identity>, state: State) -> Hook {
        let (stats, stopped) = (self.ledger.of(&manifest.id), Arc::clone(&self.stopped));
        Hook::new(manifest, identity, state, stats, stopped)
    }

    /// Why a hook cannot have what it is granted.
    pub(super) fn lacks(&self, manifest: &Manifest) -> Option<&'static str> {
        let lacks = manifest.grants.keyvalue && self.builder.memory.is_none();
        lacks.then_some("it is granted keyvalue, and this host keeps no state")
    }

    pub(super) fn keeper(&self) -> &Keeper {
        &self.keeper
    }

    /// What causes are signed with.
    pub(super) fn keys(&self) -> &Arc<Keys> {
        &self.keys
    }

    /// What changed hooks are tried with.
    #[cfg(any(feature = "api", feature = "cli"))]
    pub(super) fn rehearsal(&self) -> Rehearsal {
        Rehearsal { hooks: self.builder.hooks.clone(), stock: Arc::clone(&self.stock) }
    }
}
