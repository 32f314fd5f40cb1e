//! Whose hooks a command is about: those of a directory, or those of a running service.

use super::exit::Bad;
use super::options::{self, HOOKS, State};
use super::remote::{Service, To};
use crate::host::HostBuilder;
use crate::problem::{Place, Problem};
use std::path::{Path, PathBuf};

/// The options that say so.
#[derive(clap::Args)]
pub(crate) struct Whose {
    /// Directory of the hooks [default: hooks]
    #[arg(long, value_name = "DIR", conflicts_with = "to")]
    hooks: Option<PathBuf>,

    #[command(flatten)]
    state: State,

    #[command(flatten)]
    to: To,
}

impl Whose {
    /// Those of these directories or of this service.
    pub(crate) fn of(hooks: Option<PathBuf>, data: Option<PathBuf>, to: To) -> Self {
        Self { hooks, state: State::at(data), to }
    }

    /// The service, if it is one's.
    pub(crate) fn service(&self) -> Result<Option<Service>, Bad> {
        let option = self.state.named();
        let service = self.to.service(self.hooks.is_some() || option.is_some())?;
        match (&service, option) {
            (Some(_), Some(option)) => {
                let message = "it is for hooks of a directory, and --to names a service";
                Err(Problem::error(Place::file(option), message).into())
            }
            _ => Ok(service),
        }
    }

    /// The directory, where it is no service.
    pub(crate) fn directory(&self) -> &Path {
        self.hooks.as_deref().unwrap_or(Path::new(HOOKS))
    }

    /// A host on the directory.
    pub(crate) fn host(&self) -> HostBuilder {
        self.state.host(self.directory())
    }

    /// Where a host on the directory remembers.
    pub(crate) fn data(&self) -> anyhow::Result<PathBuf> {
        let data = self.state.directory().or_else(options::default_state);
        data.ok_or_else(|| anyhow::anyhow!("there is no home directory; name one with --state"))
    }
}
