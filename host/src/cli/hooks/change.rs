//! Hooks put to work, put to rest and taken away.

use super::{Named, checked};
use crate::change::{Change, ChangeError, Order, Plan};
use crate::cli::exit::{Bad, Exit};
use crate::cli::options;
use crate::cli::print::{self, Out, count};
use crate::cli::remote::To;
use crate::cli::whose::Whose;
use crate::data::Data;
use crate::limits::HostLimits;
use crate::manifest::Status;
use crate::store;
use std::path::{Path, PathBuf};

/// Gives a hook a status.
pub(super) fn status(hook: &Named, status: &str, out: &mut Out) -> anyhow::Result<Exit> {
    let id = checked(&hook.id)?;
    let patch = Data::from_value(&serde_json::json!({ "status": status }))?;
    match hook.whose.service()? {
        Some(service) => drop(service.patch(id, patch.as_str())?),
        None => drop(change(&hook.whose, id, Some("*"), Change::Patch(patch)).map_err(explain)?),
    }
    out.line(&format!("{id} is {status}"));
    Ok(Exit::Accepted)
}

/// Take a hook's files away, both its component and its TOML
///
/// What it keeps between events stays, and is there again for a hook of this id; --state takes that away, too, also of a
/// hook whose files are gone already.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  tenterhook hooks remove server-quota
  tenterhook hooks remove server-quota --state --to http://127.0.0.1:8710

It asks nothing, and prints what it removed. A component that other hooks share is not removed.")]
pub(super) struct Remove {
    /// The hook's id
    id: String,

    /// Forget what it keeps, too
    #[arg(long)]
    state: bool,

    /// Directory of the hooks [default: hooks]
    #[arg(long, value_name = "DIR", conflicts_with = "to")]
    hooks: Option<PathBuf>,

    /// Directory in which the host remembers [default: $XDG_STATE_HOME/tenterhook]
    #[arg(long, value_name = "DIR", conflicts_with = "to")]
    data: Option<PathBuf>,

    #[command(flatten)]
    to: To,
}

impl Remove {
    /// Takes a hook away, and says what that was.
    pub(super) fn run(self, out: &mut Out) -> anyhow::Result<Exit> {
        let Self { id, state, hooks, data, to } = self;
        let (id, whose) = (checked(&id)?, Whose::of(hooks, data, to));
        if let Some(service) = whose.service()? {
            service.remove(id, state)?;
            out.line(&format!("removed {id} from {}", service.name()));
            return Ok(Exit::Accepted);
        }
        let removed = change(&whose, id, Some("*"), Change::Remove);
        // Of a hook that is not there any more the state may still be.
        let removed = match removed {
            Err(Failed::Change(ChangeError::Unknown(problem))) if state => Err(problem),
            removed => Ok(removed.map_err(explain)?.1),
        };
        let keys = if state { forget(&whose.data()?, id)? } else { 0 };
        match removed {
            Err(problem) if keys == 0 => return Err(Bad::from(problem).into()),
            removed => {
                for name in removed.unwrap_or_default() {
                    out.line(&format!("removed {}", whose.directory().join(name).display()));
                }
            }
        }
        if state {
            out.line(&format!("removed {} of {id}", count(keys, "key")));
            print::note("a service that runs still knows them; tell it with --to");
        }
        Ok(Exit::Accepted)
    }
}

/// Forgets what a hook keeps in a data directory, which may have no journal.
fn forget(data: &Path, id: &str) -> anyhow::Result<usize> {
    if !data.join(store::FILE).exists() {
        return Ok(0);
    }
    let forgotten = store::change(data, |connection| store::forget(connection, id));
    forgotten.map_err(|error| anyhow::anyhow!("{error}"))
}

/// Why a hook is not changed, before anything is said about it.
pub(super) enum Failed {
    /// The hooks cannot be looked at.
    Start(anyhow::Error),
    /// The change cannot be made.
    Change(ChangeError),
}

/// Changes a hook of a directory; the names of the files that were written or removed.
pub(super) fn change(
    whose: &Whose,
    id: &str,
    seen: Option<&str>,
    change: Change,
) -> Result<(Plan, Vec<String>), Failed> {
    let rehearsed = whose.host().rehearse();
    let (rehearsal, roster) = rehearsed.map_err(|error| Failed::Start(options::explain(error)))?;
    let order = Order { id: id.to_owned(), seen: seen.map(str::to_owned), change };
    let plan = order.plan(&rehearsal, &roster, HostLimits::default().component_bytes);
    let plan = plan.map_err(Failed::Change)?;
    let names = plan.write(id).map_err(Failed::Change)?;
    Ok((plan, names))
}

/// Makes a change and says which files it wrote; the status of the hook.
pub(super) fn put(
    whose: &Whose,
    id: &str,
    seen: Option<&str>,
    new: Change,
    out: &mut Out,
) -> Result<Status, Failed> {
    let (plan, names) = change(whose, id, seen, new)?;
    for name in names {
        out.line(&format!("wrote {}", whose.directory().join(name).display()));
    }
    Ok(plan.hook.map_or(Status::Enabled, |hook| hook.manifest().status))
}

/// What a failure comes to where nothing particular is to be said about it.
pub(super) fn explain(failed: Failed) -> anyhow::Error {
    match failed {
        Failed::Start(error) => error,
        Failed::Change(ChangeError::Directory(error)) => anyhow::anyhow!("the hooks directory: {error}"),
        Failed::Change(ChangeError::Bad(problems)) => Bad(problems).into(),
        Failed::Change(
            ChangeError::Unknown(problem)
            | ChangeError::Conflict(problem)
            | ChangeError::Unseen(problem)
            | ChangeError::Stale(problem),
        ) => Bad::from(problem).into(),
    }
}
