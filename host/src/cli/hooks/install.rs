//! `tenterhook hooks install`: puts a component into place, with its digest beside it.

use super::change::{Failed, explain, put};
use super::checked;
use crate::change::{Change, ChangeError};
use crate::cli::exit::{Bad, Exit};
use crate::cli::print::{Out, size};
use crate::cli::whose::Whose;
use crate::directory::TOML_BYTES_MAX;
use crate::limits::HostLimits;
use crate::machine::digest;
use crate::manifest::Status;
use crate::problem::{Place, Problem};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Put a component into place as a hook
///
/// It is checked first, as `tenterhook check` does, and written with the digest in its TOML, so that both go live
/// together. What else the TOML says stays, unless another comes with --toml; where that one has a digest, it has to be
/// the component's. A component that several hooks share is replaced for all of them, or for none.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  tenterhook hooks install server-quota.wasm
  tenterhook hooks install server-quota.wasm --toml server-quota.toml
  tenterhook hooks install target/wasm32-wasip2/release/server_quota.wasm --id server-quota --replace
  tenterhook hooks install server-quota.wasm --to http://127.0.0.1:8710 --token-file admin.token")]
pub(super) struct Install {
    /// The component
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// The operator's TOML, to be written beside it in place of the one that is there
    #[arg(long, value_name = "FILE")]
    toml: Option<PathBuf>,

    /// The hook's id [default: the name of the file]
    #[arg(long, value_name = "ID")]
    id: Option<String>,

    /// Replace the component of a hook that is there
    #[arg(long)]
    replace: bool,

    #[command(flatten)]
    whose: Whose,
}

impl Install {
    pub(super) fn run(self, out: &mut Out) -> anyhow::Result<Exit> {
        let id = self.id()?;
        let (bytes, toml) = self.read()?;
        let version = digest(&bytes)[..12].to_owned();
        let status = match self.whose.service()? {
            Some(service) => {
                let hook = service
                    .upload(&id, &bytes, toml.as_deref(), self.replace)?
                    .ok_or_else(|| there_is(&id))?;
                out.line(&format!("installed {id} at {}", service.name()));
                hook.status
            }
            None => {
                let bytes = bytes.into();
                let change = match toml {
                    None => Change::Component(bytes),
                    Some(toml) => Change::Pair(bytes, toml),
                };
                self.put(&id, change, out)?
            }
        };
        let hint = match status {
            Status::Enabled => String::new(),
            _ => format!("; `tenterhook hooks enable {id}` puts it to work"),
        };
        out.line(&format!("{id} is {status}, version {version}{hint}"));
        Ok(Exit::Accepted)
    }

    /// Puts it into the directory; the status of the hook.
    fn put(&self, id: &str, new: Change, out: &mut Out) -> anyhow::Result<Status> {
        let seen = self.replace.then_some("*");
        put(&self.whose, id, seen, new, out).map_err(|failed| match failed {
            Failed::Change(ChangeError::Unseen(_)) => there_is(id).into(),
            failed => explain(failed),
        })
    }

    fn id(&self) -> Result<String, Bad> {
        let stem = || self.file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let id = self.id.clone().unwrap_or_else(stem);
        checked(&id).map(str::to_owned).map_err(|Bad(problems)| match self.id {
            Some(_) => Bad(problems),
            None => Bad(problems.into_iter().map(|problem| problem.hint("name one with --id")).collect()),
        })
    }

    /// The component's bytes, and the TOML.
    fn read(&self) -> Result<(Vec<u8>, Option<String>), Bad> {
        let bytes = read(&self.file, "component", HostLimits::default().component_bytes);
        let toml = self.toml.as_ref().map(|path| {
            String::from_utf8(read(path, "TOML", TOML_BYTES_MAX)?)
                .map_err(|_| Problem::error(Place::file(path.display().to_string()), "the TOML is not UTF-8"))
        });
        match (bytes, toml.transpose()) {
            (Ok(bytes), Ok(toml)) => Ok((bytes, toml)),
            (bytes, toml) => Err(Bad(bytes.err().into_iter().chain(toml.err()).collect())),
        }
    }
}

/// A whole file that is `what`.
fn read(path: &Path, what: &str, bytes_max: usize) -> Result<Vec<u8>, Problem> {
    let bad = |message: String| Problem::error(Place::file(path.display().to_string()), message);
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(bytes_max as u64 + 1).read_to_end(&mut bytes));
    read.map_err(|error| bad(format!("the {what} cannot be read: {error}")))?;
    match bytes.len() > bytes_max {
        true => Err(bad(format!("is larger than {}", size(bytes_max as u64)))),
        false => Ok(bytes),
    }
}

fn there_is(id: &str) -> Bad {
    let problem = Problem::error(Place::default(), format!("there is a hook {id:?} already"));
    problem.hint("--replace gives it this component").into()
}
