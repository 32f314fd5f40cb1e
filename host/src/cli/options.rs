//! Options that several commands share: where the hooks are, where the host remembers.

use super::exit::Bad;
use super::print;
use crate::admission::Admission;
use crate::host::{Host, HostBuilder, StartError};
use crate::nats::NatsServers;
use crate::problem::{Place, Problem};
use crate::roster::Roster;
use etcetera::BaseStrategy;
use std::path::{Path, PathBuf};

/// Where the hooks are when nothing else is said.
pub(crate) const HOOKS: &str = "hooks";

/// Where the host keeps things across runs.
#[derive(clap::Args, Default)]
pub(crate) struct State {
    /// Directory in which the host remembers hooks that once loaded, so that a guard whose file
    /// goes bad keeps its events [default: $XDG_STATE_HOME/tenterhook]
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,

    /// Directory in which compiled components are kept [default: $XDG_CACHE_HOME/tenterhook]
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,

    /// Directory with a file for each secret that hooks' TOMLs name
    #[arg(long, value_name = "DIR", env = "TENTERHOOK_SECRETS")]
    secrets: Option<PathBuf>,

    /// Directory that hooks of class script may run programs from; may be given again
    #[arg(long, value_name = "DIR", env = "TENTERHOOK_SCRIPTS_DIRECTORIES", value_delimiter = ',')]
    scripts: Vec<PathBuf>,

    /// Server of NATS that notifications go to, such as nats://10.0.0.1:4222; may be given again
    #[arg(long = "nats", value_name = "URL", env = "TENTERHOOK_NATS_SERVERS", value_delimiter = ',')]
    nats: Vec<String>,

    /// User that these programs run as, where this is root
    #[arg(long, value_name = "USER", env = "TENTERHOOK_SCRIPTS_USER")]
    scripts_user: Option<String>,

    /// Which components run: any, or those whose sha256 stands in the TOML of their hook
    #[arg(long, value_name = "WORD", env = "TENTERHOOK_ADMISSION", default_value_t, value_parser = admission)]
    admission: Admission,
}

/// The command with which a child compiles.
pub(crate) const COMPILE: &str = "__compile";
/// The command with which a warden starts programs.
pub(crate) const WARDEN: &str = "__warden";

impl State {
    /// This directory, and what is kept elsewhere where it is by default.
    pub(crate) fn at(data: Option<PathBuf>) -> Self {
        Self { state: data, ..Self::default() }
    }

    /// A host on a hooks directory.
    pub(crate) fn host(&self, hooks: &Path) -> HostBuilder {
        let builder = host(hooks, self.state.clone(), self.cache.clone());
        let builder =
            secrets(builder, self.secrets.as_deref()).admission(self.admission).scripts(&self.scripts);
        let builder = builder.nats(NatsServers { servers: self.nats.clone(), ..NatsServers::default() });
        match &self.scripts_user {
            Some(user) => builder.scripts_user(user),
            None => builder,
        }
    }

    /// Where the host remembers, if that is named.
    pub(crate) fn directory(&self) -> Option<PathBuf> {
        self.state.clone()
    }

    /// One of the options that are named.
    pub(crate) fn named(&self) -> Option<&'static str> {
        let cache = self.cache.as_ref().map(|_| "--cache");
        self.state.as_ref().map(|_| "--state").or(cache)
    }
}

/// A host on a hooks directory that remembers nothing. It compiles in children and keeps what they compiled.
pub(crate) fn forgetful(hooks: &Path, cache: Option<PathBuf>) -> HostBuilder {
    let mut builder = Host::builder().hooks(hooks).log(print::log);
    if let Some(directory) = cache.or_else(default_cache) {
        builder = builder.cache(directory);
    }
    if let Ok(program) = std::env::current_exe() {
        builder = builder.compiler(&program, [COMPILE]).warden(program, [WARDEN]);
    }
    builder
}

/// Such a host that remembers.
pub(crate) fn host(hooks: &Path, state: Option<PathBuf>, cache: Option<PathBuf>) -> HostBuilder {
    let builder = forgetful(hooks, cache);
    match state.or_else(default_state) {
        Some(directory) => builder.data(directory),
        None => {
            let message = "there is no home directory, so nothing is remembered";
            let problem = Problem::warning(Place::default(), message).hint("name one with --state");
            print::complain([&problem]);
            builder
        }
    }
}

fn admission(word: &str) -> Result<Admission, String> {
    let known = Admission::ALL.into_iter().find(|admission| admission.to_string() == word);
    known.ok_or_else(|| "it is any or listed".to_owned())
}

/// With the directory of secrets, where there is one.
pub(crate) fn secrets(builder: HostBuilder, directory: Option<&Path>) -> HostBuilder {
    match directory {
        Some(directory) => builder.secrets(directory),
        None => builder,
    }
}

pub(crate) fn default_cache() -> Option<PathBuf> {
    Some(etcetera::choose_base_strategy().ok()?.cache_dir().join("tenterhook"))
}

pub(crate) fn default_state() -> Option<PathBuf> {
    Some(etcetera::choose_base_strategy().ok()?.state_dir()?.join("tenterhook"))
}

/// Why a host does not start, and what to do.
pub(crate) fn explain(error: StartError) -> anyhow::Error {
    match error {
        StartError::Directory(..) => {
            anyhow::anyhow!("{error}; make it, or name another with --hooks")
        }
        StartError::Authorities(reason) => {
            Bad::from(Problem::error(Place::default(), format!("egress.ca: {reason}"))).into()
        }
        StartError::Data(_) | StartError::Engine(_) | StartError::Stopped => error.into(),
    }
}

/// Says what is wrong with a roster's files, and which hooks are left out.
pub(crate) fn complain(roster: &Roster) {
    print::complain(&roster.problems);
    for id in &roster.left_out {
        print::complain([&left_out(id)]);
    }
}

/// Says that nobody knows the events of a hook.
pub(crate) fn left_out(id: &str) -> Problem {
    let message = format!("the hook {id:?} is left out, because nobody knows its events");
    Problem::error(Place::default(), message)
}
