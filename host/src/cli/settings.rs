//! What the service is told, from the command line's side: the file, the environment, the flags.

use super::exit::Bad;
use super::options;
use crate::admission::Admission;
use crate::api::tokens;
use crate::config::{Config, Setting, Sources};
use crate::problem::{Place, Problem};
use anyhow::Context;
use std::io;
use std::path::{Path, PathBuf};

/// The file that is read where none is named.
const FILE: &str = "tenterhook.toml";

/// Which configuration, and where the host remembers.
#[derive(clap::Args)]
pub(crate) struct Base {
    /// Configuration [default: tenterhook.toml, where there is one]
    #[arg(long, value_name = "FILE", env = "TENTERHOOK_CONFIG")]
    config: Option<PathBuf>,

    /// Directory in which the host remembers, tokens among it [default: $XDG_STATE_HOME/tenterhook]
    #[arg(long, visible_alias = "state", value_name = "DIR")]
    data: Option<String>,
}

/// The configuration and what is laid over it.
#[derive(clap::Args)]
pub(crate) struct Settings {
    /// Address and port to listen on, or unix:/path [default: 127.0.0.1:8710]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,

    /// Directory of the hooks [default: hooks]
    #[arg(long, value_name = "DIR")]
    hooks: Option<String>,

    #[command(flatten)]
    base: Base,

    /// Directory in which compiled components are kept [default: $XDG_CACHE_HOME/tenterhook]
    #[arg(long, value_name = "DIR")]
    cache: Option<String>,

    /// Directory with a file for each secret that hooks' TOMLs name
    #[arg(long, value_name = "DIR")]
    secrets: Option<String>,

    /// Any key of the configuration, such as limits.budget=1s; `tenterhook config` shows all
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
}

impl Base {
    /// What the file and the environment say.
    fn sources(&self) -> anyhow::Result<Sources> {
        let path = self.config.as_deref().unwrap_or(Path::new(FILE));
        let sources = match std::fs::read_to_string(path) {
            Ok(text) => Sources::default().file(path, &text),
            Err(error) if error.kind() == io::ErrorKind::NotFound && self.config.is_none() => {
                Sources::default()
            }
            Err(error) => {
                let place = Place::file(path.display().to_string());
                return Err(Bad::from(Problem::error(place, format!("cannot be read: {error}"))).into());
            }
        };
        let text = |name: std::ffi::OsString| name.to_string_lossy().into_owned();
        Ok(sources.variables(std::env::vars_os().map(|(name, value)| (text(name), text(value)))))
    }

    fn flag(&self) -> Option<(&'static str, &'static str, String)> {
        Some(("--data", "data", self.data.clone()?))
    }

    /// Whether the directory is named on the command line.
    pub(crate) fn names_data(&self) -> bool {
        self.data.is_some()
    }

    /// What is in force.
    fn config(&self) -> anyhow::Result<Config> {
        Ok(self.sources()?.flags(self.flag()).read().map_err(Bad)?.0)
    }

    /// The directory of the hooks.
    pub(crate) fn hooks(&self) -> anyhow::Result<PathBuf> {
        Ok(self.config()?.hooks)
    }

    /// The directory in which the host remembers.
    pub(crate) fn data(&self) -> anyhow::Result<PathBuf> {
        data(&self.config()?).context("there is no home directory; name one with --data")
    }
}

impl Settings {
    /// What is in force, and where each value was written.
    pub(crate) fn read(&self) -> anyhow::Result<(Config, Vec<Setting>)> {
        let mut flags: Vec<_> = self.base.flag().into_iter().collect();
        let named = [
            ("--listen", "listen", &self.listen),
            ("--hooks", "hooks", &self.hooks),
            ("--cache", "cache", &self.cache),
            ("--secrets", "secrets", &self.secrets),
        ];
        flags.extend(named.into_iter().filter_map(|(flag, key, value)| Some((flag, key, value.clone()?))));
        for set in &self.set {
            let Some((key, value)) = set.split_once('=') else {
                let problem = Problem::error(Place::file("--set"), format!("{set:?} sets nothing"));
                return Err(Bad::from(problem.hint("write it as in --set limits.budget=1s")).into());
            };
            flags.push(("--set", key.trim(), value.trim().to_owned()));
        }
        let (mut config, mut settings) = self.base.sources()?.flags(flags).read().map_err(Bad)?;
        admit(&mut config, &mut settings);
        Ok((config, settings))
    }
}

/// Decides which components run, where nobody has said it: once there are tokens, somebody else than the owner of the
/// hooks directory may bring some.
fn admit(config: &mut Config, settings: &mut [Setting]) {
    if config.admission.is_some() {
        return;
    }
    let has_tokens = data(config).is_some_and(|data| tokens::exist(&data));
    let (admission, from) = match has_tokens {
        true => (Admission::Listed, "default, as there are tokens"),
        false => (Admission::Any, "default"),
    };
    config.admission = Some(admission);
    if let Some(setting) = settings.iter_mut().find(|setting| setting.key == "admission") {
        (setting.value, setting.from) = (admission.to_string(), Place::file(from));
    }
}

/// The directory in which a host of this configuration remembers.
pub(crate) fn data(config: &Config) -> Option<PathBuf> {
    config.data.clone().or_else(options::default_state)
}
