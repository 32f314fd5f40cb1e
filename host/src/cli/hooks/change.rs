//! Hooks put to work, put to rest and taken away.

use super::{Named, checked};
use crate::change::{Change, ChangeError, Order, Plan};
use crate::cli::exit::{Bad, Exit};
use crate::cli::options;
use crate::cli::print::Out;
use crate::cli::whose::Whose;
use crate::data::Data;
use crate::limits::HostLimits;

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

/// Takes a hook away, and says what that was.
pub(super) fn remove(hook: &Named, out: &mut Out) -> anyhow::Result<Exit> {
    let id = checked(&hook.id)?;
    if let Some(service) = hook.whose.service()? {
        service.remove(id)?;
        out.line(&format!("removed {id} from {}", service.name()));
        return Ok(Exit::Accepted);
    }
    let (_, names) = change(&hook.whose, id, Some("*"), Change::Remove).map_err(explain)?;
    for name in names {
        out.line(&format!("removed {}", hook.whose.directory().join(name).display()));
    }
    Ok(Exit::Accepted)
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
