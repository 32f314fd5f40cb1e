//! Starts a host: reads the hooks, compiles them, lets them initialise.

use super::{Host, Inner};
use crate::catalogue::Catalogue;
use crate::directory::Directory;
use crate::dispatcher::Dispatcher;
use crate::event::Event;
use crate::good::Good;
use crate::limits::{HostLimits, Limits};
use crate::load::{Compile, Registry, load, read_catalogues};
use crate::log::{LogLine, LogSink, to_tracing};
use crate::machine::{Cache, Call, Compiler, Component, Engine, Keeper, Pool, Template};
use crate::manifest::{Isolation, Manifest};
use crate::problem::{Place, Problem};
use crate::process::Program;
use crate::roster::{Roster, State};
use crate::stats::{Ledger, Tally};
use crate::trace::{Span, SpanSink};
use arc_swap::ArcSwap;
use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::broadcast;

/// Outcomes that may wait for one who listens to them.
const OUTCOMES: usize = 1024;

/// What a host is started with. Without a hooks directory it has no hooks, and every event is accepted.
#[derive(Clone, Default)]
pub struct HostBuilder {
    hooks: Option<PathBuf>,
    data: Option<PathBuf>,
    cache: Option<PathBuf>,
    compiler: Option<Program>,
    catalogue: Option<Catalogue>,
    limits: HostLimits,
    log: Option<LogSink>,
    trace: Option<SpanSink>,
}

/// Why a host cannot start. What is wrong with a single hook is no reason: it is kept, as
/// unavailable, and the others run.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// The hooks directory cannot be opened.
    Directory(PathBuf, io::Error),
    /// The machine has no room for the sandboxes or threads that the limits ask for.
    Engine(String),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory(path, error) => {
                write!(f, "the hooks directory {} cannot be opened: {error}", path.display())
            }
            Self::Engine(reason) => write!(f, "the sandboxes cannot be set up: {reason}"),
        }
    }
}

impl std::error::Error for StartError {}

impl HostBuilder {
    /// Where the hooks are: `<id>.wasm`, `<id>.toml`, and `catalogue/*.toml`.
    #[must_use]
    pub fn hooks(mut self, directory: impl Into<PathBuf>) -> Self {
        self.hooks = Some(directory.into());
        self
    }

    /// Where the host remembers across restarts, so that a guard whose file goes bad keeps its events. Without
    /// it nothing is remembered.
    #[must_use]
    pub fn data(mut self, directory: impl Into<PathBuf>) -> Self {
        self.data = Some(directory.into());
        self
    }

    /// Where compiled components are kept, so that the next start need not compile them. Without it every start
    /// compiles all of them.
    #[must_use]
    pub fn cache(mut self, directory: impl Into<PathBuf>) -> Self {
        self.cache = Some(directory.into());
        self
    }

    /// Has a program compile components, bounded in time and memory: a `tenterhook` binary with the argument
    /// `__compile`. Without it the host compiles in its own process, where a file that is made to be slow or
    /// large cannot be stopped.
    #[must_use]
    pub fn compiler(
        mut self,
        program: impl Into<PathBuf>,
        arguments: impl IntoIterator<Item = impl Into<OsString>>,
    ) -> Self {
        let arguments = arguments.into_iter().map(Into::into).collect();
        self.compiler = Some(Program { path: program.into(), arguments });
        self
    }

    /// Which events exist, before those that the hooks directory adds; the built-in ones by default.
    #[must_use]
    pub fn catalogue(mut self, catalogue: Catalogue) -> Self {
        self.catalogue = Some(catalogue);
        self
    }

    /// What the host as a whole allows.
    #[must_use]
    pub fn limits(mut self, limits: HostLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Where the hooks' log lines go; to `tracing` by default.
    #[must_use]
    pub fn log(mut self, sink: impl Fn(LogLine) + Send + Sync + 'static) -> Self {
        self.log = Some(Arc::new(sink));
        self
    }

    /// Who takes the spans of events and of hooks' turns. With it, hooks get their own span as the attribute
    /// `traceparent`; without it none is made, and an event's `traceparent` passes through as it is.
    #[must_use]
    pub fn trace(mut self, sink: impl Fn(Span) + Send + Sync + 'static) -> Self {
        self.trace = Some(Arc::new(sink));
        self
    }

    /// Loads every hook and starts.
    pub async fn start(self) -> Result<Host, StartError> {
        let (limits, trace) = (self.limits.clone(), self.trace.clone());
        let maker = Maker::new(self)?;
        let roster = maker.make(1).await?;
        let dispatcher = Dispatcher::new(limits.clone(), trace);
        let outcomes = broadcast::Sender::new(OUTCOMES);
        Ok(Host(Arc::new(Inner {
            limits,
            tally: Tally::default(),
            keeper: maker.keeper.clone(),
            roster: ArcSwap::from_pointee(roster),
            dispatcher,
            maker: tokio::sync::Mutex::new(maker),
            outcomes,
        })))
    }

    /// Reads and compiles every hook of whatever status, without running or remembering any, to find
    /// what is wrong.
    pub fn check(self) -> Result<Roster, StartError> {
        let engine = Engine::start(&self.limits).map_err(engine_error)?;
        let registry = self.load(&engine, Compile::All)?;
        let keeper = Keeper::start(0).map_err(engine_error)?;
        let log: LogSink = Arc::new(to_tracing);
        let pool =
            |manifest: &Manifest, component| pool(&engine, &keeper, &self.limits, &log, manifest, component);
        Ok(Roster::assemble(0, registry, &Ledger::default(), pool))
    }

    /// Reads which events exist, and what is wrong with the files that say so. Reads no hook.
    pub fn read_catalogue(self) -> Result<(Catalogue, Vec<Problem>), StartError> {
        let directory = self.hooks.as_deref().map(open).transpose()?;
        let mut catalogue = self.catalogue.unwrap_or_else(Catalogue::built_in);
        let problems = directory.map(|directory| read_catalogues(&directory, &mut catalogue));
        Ok((catalogue, problems.unwrap_or_default()))
    }

    fn load(&self, engine: &Engine, compile: Compile) -> Result<Registry, StartError> {
        let directory = self.hooks.as_deref().map(open).transpose()?;
        let catalogue = self.catalogue.clone().unwrap_or_else(Catalogue::built_in);
        let good = Good::under(self.data.as_deref());
        let (cache, doubt) = self.artifacts(engine);
        let compiler = Compiler { engine: engine.clone(), cache, child: self.compiler.clone() };
        let mut registry = load(directory.as_ref(), catalogue, &compiler, &self.limits, &good, compile);
        registry.problems.extend(doubt);
        Ok(registry)
    }

    /// The cache of compiled components, or why it is not used.
    fn artifacts(&self, engine: &Engine) -> (Option<Cache>, Option<Problem>) {
        let Some(folder) = &self.cache else { return (None, None) };
        match Cache::open(folder, engine.fingerprint()) {
            Ok(cache) => (Some(cache), None),
            Err(error) => {
                let place = Place::file(folder.display().to_string());
                let message = format!("the cache of compiled components is not used: {error}");
                (None, Some(Problem::warning(place, message)))
            }
        }
    }
}

/// What a host makes its rosters from.
pub(super) struct Maker {
    builder: HostBuilder,
    engine: Engine,
    keeper: Keeper,
    log: LogSink,
    ledger: Ledger,
}

impl Maker {
    fn new(builder: HostBuilder) -> Result<Self, StartError> {
        let engine = Engine::start(&builder.limits).map_err(engine_error)?;
        let keeper = Keeper::start(builder.limits.prepared).map_err(engine_error)?;
        let log = builder.log.clone().unwrap_or_else(|| Arc::new(to_tracing));
        Ok(Self { builder, engine, keeper, log, ledger: Ledger::default() })
    }

    /// Reads the hooks directory and makes a roster that is ready to serve.
    pub(super) async fn make(&self, generation: u64) -> Result<Roster, StartError> {
        let (builder, engine) = (self.builder.clone(), self.engine.clone());
        let load = tokio::task::spawn_blocking(move || builder.load(&engine, Compile::Enabled));
        let registry = load.await.map_err(|error| StartError::Engine(error.to_string()))??;
        let limits = &self.builder.limits;
        let pool = |manifest: &Manifest, component| {
            pool(&self.engine, &self.keeper, limits, &self.log, manifest, component)
        };
        let mut roster = Roster::assemble(generation, registry, &self.ledger, pool);
        initialise(&mut roster).await;
        prepare(&roster, &self.keeper);
        Ok(roster)
    }
}

/// What a `tenterhook` binary does for [`HostBuilder::compiler`]: reads a component from standard input and
/// prints it compiled, within bounds that it sets itself.
#[doc(hidden)]
pub fn compile_child(argument: &str) -> ExitCode {
    crate::machine::compile_child(argument)
}

fn open(path: &Path) -> Result<Directory, StartError> {
    Directory::open(path).map_err(|error| StartError::Directory(path.to_owned(), error))
}

fn engine_error(error: impl fmt::Display) -> StartError {
    StartError::Engine(format!("{error:#}"))
}

fn pool(
    engine: &Engine,
    keeper: &Keeper,
    limits: &HostLimits,
    log: &LogSink,
    manifest: &Manifest,
    component: Arc<Component>,
) -> Arc<Pool> {
    let template = Template {
        engine: engine.clone(),
        component,
        hook: Arc::clone(&manifest.id),
        properties: Arc::new(manifest.properties.clone()),
        limits: manifest.limits.clone(),
        log: Arc::clone(log),
    };
    Pool::new(template, manifest.isolation, limits.clone(), keeper.clone())
}

/// Raises the initial event for the hooks that listen to it, before any other event of theirs (R114). A hook
/// that fails it is unavailable.
async fn initialise(roster: &mut Roster) {
    let mut failed = Vec::new();
    for hook in roster.hooks() {
        let State::Ready(pool) = &hook.state else {
            continue;
        };
        let initial = hook.manifest().on.iter().find(|on| on.kind.initial && on.filter.matches(&Vec::new()));
        let Some(on) = initial else { continue };
        let event = Event::new(&on.kind.name, "tenterhook");
        let deadline = Instant::now() + Limits::TELL_DEADLINE;
        let call = Call { event: &event, mode: on.kind.mode, facets: &Vec::new(), deadline };
        if let Err((failure, message)) = pool.call(call).await.result {
            failed
                .push((hook.manifest().id.clone(), format!("it failed to initialise: {failure}: {message}")));
        }
    }
    for (id, reason) in failed {
        roster.withdraw(&id, reason);
    }
}

/// Has sandboxes made before the first event comes, as many as fit; any other hook's after its first event.
fn prepare(roster: &Roster, keeper: &Keeper) {
    for hook in roster.hooks().filter(|hook| hook.manifest().isolation == Isolation::Fresh) {
        if let State::Ready(pool) = &hook.state {
            keeper.fill(pool, true);
        }
    }
}
