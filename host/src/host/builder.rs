//! What a host is started with.

use super::journal::{self, Journal};
use super::maker::{How, Maker};
#[cfg(feature = "cli")]
use super::rehearsal::Rehearsal;
use super::timetable::Timetable;
use super::{Host, Inner};
use crate::admission::Admission;
use crate::catalogue::Catalogue;
use crate::deliveries::Rules;
use crate::directory::Directory;
use crate::dispatcher::Dispatcher;
use crate::limits::HostLimits;
use crate::load::read_catalogues;
use crate::log::{LogLine, LogSink};
use crate::machine::{Cache, Engine};
use crate::memory::{Memory, Volatile};
use crate::nats::NatsServers;
use crate::platform::{AnyPlatform, Platform};
use crate::problem::{Place, Problem};
use crate::process::Program;
use crate::program::Scripts;
use crate::roster::Roster;
use crate::secret::Secrets;
use crate::stats::Tally;
use crate::store::Retention;
use crate::trace::{Span, SpanSink};
use arc_swap::ArcSwap;
use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;
use tokio::sync::{Notify, broadcast};

/// Outcomes that may wait for one who listens to them.
const OUTCOMES: usize = 1024;

/// What a host is started with. Without a hooks directory it has no hooks, and every event is accepted.
#[derive(Clone, Default)]
pub struct HostBuilder {
    pub(super) hooks: Option<PathBuf>,
    pub(super) data: Option<PathBuf>,
    cache: Option<PathBuf>,
    pub(super) secrets: Secrets,
    pub(super) admission: Admission,
    pub(super) scripts: Scripts,
    pub(super) nats: NatsServers,
    pub(super) compiler: Option<Program>,
    pub(super) catalogue: Option<Catalogue>,
    pub(super) limits: HostLimits,
    pub(super) log: Option<LogSink>,
    pub(super) log_dry_runs: bool,
    pub(super) memory: Option<Arc<dyn Memory>>,
    trace: Option<SpanSink>,
    journal: Option<journal::Settings>,
    pub(super) platform: Option<Arc<dyn AnyPlatform>>,
    pub(super) authorities: Option<PathBuf>,
}

/// Why a host cannot start. What is wrong with a single hook is no reason: it is kept, as
/// unavailable, and the others run.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// The hooks directory cannot be opened.
    Directory(PathBuf, io::Error),
    /// What is to be remembered cannot be written.
    Data(io::Error),
    /// The file of authorities that vouch for the targets of hooks cannot be used; why stands beside it.
    Authorities(String),
    /// The machine has no room for the sandboxes or threads that the limits ask for.
    Engine(String),
    /// The runtime is being shut down.
    Stopped,
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory(path, error) => {
                write!(f, "the hooks directory {} cannot be opened: {error}", path.display())
            }
            Self::Data(error) => write!(f, "the data directory cannot be written to: {error}"),
            Self::Authorities(reason) => write!(f, "the authorities of targets cannot be used: {reason}"),
            Self::Engine(reason) => write!(f, "the sandboxes cannot be set up: {reason}"),
            Self::Stopped => f.write_str("the runtime is being shut down"),
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

    /// The directory with a file for each secret that hooks' properties refer to. Those that it does not have, and
    /// without it all of them, come from variables such as `TENTERHOOK_SECRET_CRM_TOKEN`.
    #[must_use]
    pub fn secrets(mut self, directory: impl Into<PathBuf>) -> Self {
        self.secrets = Secrets::of(directory.into());
        self
    }

    /// Which components are run; any by default.
    #[must_use]
    pub fn admission(mut self, admission: Admission) -> Self {
        self.admission = admission;
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

    /// The directories that hooks of class `script` may run programs from, and no others; none by default. It takes a
    /// [`warden`](Self::warden).
    #[must_use]
    pub fn scripts(mut self, directories: impl IntoIterator<Item = impl Into<PathBuf>>) -> Self {
        self.scripts.directories = directories.into_iter().map(Into::into).collect();
        self
    }

    /// The user, by name or number, that these programs run as. Only a host that is root can choose one, and runs them as
    /// `nobody` otherwise.
    #[must_use]
    pub fn scripts_user(mut self, user: impl Into<String>) -> Self {
        self.scripts.user = Some(user.into());
        self
    }

    /// What starts these programs, bound by their limits itself: a `tenterhook` binary with the argument `__warden`.
    #[must_use]
    pub fn warden(
        mut self,
        program: impl Into<PathBuf>,
        arguments: impl IntoIterator<Item = impl Into<OsString>>,
    ) -> Self {
        let arguments = arguments.into_iter().map(Into::into).collect();
        self.scripts.warden = Some(Program { path: program.into(), arguments });
        self
    }

    /// The servers that notifications to `nats://` subjects go through; without any such a hook is unavailable.
    #[must_use]
    pub fn nats(mut self, servers: NatsServers) -> Self {
        self.nats = servers;
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

    /// Hands on what hooks log in dry runs, too. Without it a log has only what really happened.
    #[must_use]
    pub fn log_dry_runs(mut self) -> Self {
        self.log_dry_runs = true;
        self
    }

    /// Keeps hooks' state in memory: it begins empty, and ends with the host. Without it none is kept, and a hook
    /// that is granted `keyvalue` is unavailable.
    #[must_use]
    pub fn volatile_state(mut self) -> Self {
        self.memory = Some(Arc::new(Volatile::default()));
        self
    }

    /// Who takes the spans of events and of hooks' turns. With it, hooks get their own span as the attribute
    /// `traceparent`; without it none is made, and an event's `traceparent` passes through as it is.
    #[must_use]
    pub fn trace(mut self, sink: impl Fn(Span) + Send + Sync + 'static) -> Self {
        self.trace = Some(Arc::new(sink));
        self
    }

    /// Writes told events down in the data directory before their caller goes on, and delivers them afterwards, at least
    /// once, whatever is killed in between. Without it their hooks run while the caller waits, once.
    ///
    /// A database that cannot be used, because it is damaged, may not be read, is of a newer version or has no room, does
    /// not keep the host from starting: asked events need none. Until it can be used, which is tried every two seconds,
    /// [`Host::tell`] is refused, and [`Host::journal_health`] says why.
    #[must_use]
    pub fn journal(mut self) -> Self {
        self.journal.get_or_insert_default();
        self
    }

    /// How often and how far apart deliveries are attempted, with a [journal](Self::journal).
    #[must_use]
    pub fn deliveries(mut self, rules: Rules) -> Self {
        self.journal.get_or_insert_default().rules = rules;
        self
    }

    /// How long what is over is kept, with a [journal](Self::journal).
    #[must_use]
    pub fn retention(mut self, retention: Retention) -> Self {
        self.journal.get_or_insert_default().retention = retention;
        self
    }

    /// Whether plain accepts of asked events are logged, with a [journal](Self::journal); refusals, changes and failures
    /// always are.
    #[must_use]
    pub fn log_asks(mut self, asks: bool) -> Self {
        self.journal.get_or_insert_default().asks = asks;
        self
    }

    /// What time it is for the journal, with a [journal](Self::journal); the machine's by default.
    #[must_use]
    pub fn clock(mut self, time: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.journal.get_or_insert_default().time = Some(Arc::new(time));
        self
    }

    /// The application that hooks may call back, as far as their operators grant it; without it every call that is
    /// granted answers the error `unavailable`.
    #[must_use]
    pub fn platform(mut self, platform: impl Platform) -> Self {
        self.platform = Some(Arc::new(platform));
        self
    }

    /// A PEM file of authorities that vouch for the targets of hooks, beside the public ones.
    #[must_use]
    pub fn authorities(mut self, file: impl Into<PathBuf>) -> Self {
        self.authorities = Some(file.into());
        self
    }

    /// Loads every hook and starts.
    pub async fn start(self) -> Result<Host, StartError> {
        let (limits, hooks, trace) = (self.limits.clone(), self.hooks.clone(), self.trace.clone());
        let secrets = self.secrets.directory().map(Path::to_owned);
        let scripts = self.scripts.directories.clone();
        let decided = Arc::new(Notify::new());
        let journal = self.journal.clone().map(|journal| journal.open(self.data.as_deref())).transpose()?;
        let mut builder = self;
        if let Some(Ok(opened)) = &journal {
            builder.memory = Some(opened.memory());
        }
        let mut maker = Maker::new(builder, Arc::clone(&decided))?;
        #[cfg(feature = "api")]
        let rehearsal = maker.rehearsal();
        let roster = maker.make(None, &How::default()).await?.roster;
        let roster = Arc::new(ArcSwap::new(roster));
        let dispatcher = Arc::new(Dispatcher::new(limits.clone(), trace, maker.keys().signer()));
        let host = Host(Arc::new(Inner {
            roster,
            dispatcher,
            journal: Journal::default(),
            timetable: Timetable::default(),
            keys: Arc::clone(maker.keys()),
            limits,
            hooks,
            secrets,
            scripts,
            tally: Tally::default(),
            keeper: maker.keeper().clone(),
            #[cfg(feature = "api")]
            rehearsal,
            maker: tokio::sync::Mutex::new(maker),
            outcomes: broadcast::Sender::new(OUTCOMES),
            decided,
            changed: OnceLock::new(),
        }));
        match journal {
            Some(Ok(opened)) => host.begin(opened),
            Some(Err(closed)) => host.begin_later(*closed),
            None => {}
        }
        host.judge();
        Ok(host)
    }

    /// Reads and compiles every hook of whatever status, without running or remembering any, to find
    /// what is wrong.
    pub fn check(self) -> Result<Roster, StartError> {
        Maker::new(self, Arc::new(Notify::new()))?.check()
    }

    /// Checks as [`check`](Self::check) does, and returns with it what changed hooks are tried with.
    #[cfg(feature = "cli")]
    pub(crate) fn rehearse(self) -> Result<(Rehearsal, Roster), StartError> {
        let maker = Maker::new(self, Arc::new(Notify::new()))?;
        let rehearsal = maker.rehearsal();
        Ok((rehearsal, maker.check()?))
    }

    /// Reads which events exist, and what is wrong with the files that say so. Reads no hook.
    pub fn read_catalogue(self) -> Result<(Catalogue, Vec<Problem>), StartError> {
        let directory = self.hooks.as_deref().map(open).transpose()?;
        let mut catalogue = self.catalogue.unwrap_or_else(Catalogue::built_in);
        let problems = directory.map(|directory| read_catalogues(&directory, &mut catalogue));
        Ok((catalogue, problems.unwrap_or_default()))
    }

    /// The cache of compiled components, or why it is not used.
    pub(super) fn artifacts(&self, engine: &Engine) -> (Option<Cache>, Option<Problem>) {
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

/// What a `tenterhook` binary does for [`HostBuilder::compiler`]: reads a component from standard input and
/// prints it compiled, within bounds that it sets itself.
#[doc(hidden)]
pub fn compile_child(argument: &str) -> ExitCode {
    crate::machine::compile_child(argument)
}

/// What a `tenterhook` binary does for [`HostBuilder::warden`]: starts the program that it is told to.
#[doc(hidden)]
pub fn warden() -> ExitCode {
    crate::process::warden()
}

pub(super) fn open(path: &Path) -> Result<Directory, StartError> {
    Directory::open(path).map_err(|error| StartError::Directory(path.to_owned(), error))
}

pub(super) fn engine_error(error: impl fmt::Display) -> StartError {
    StartError::Engine(format!("{error:#}"))
}
