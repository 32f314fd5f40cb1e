//! `tenterhook hooks accept` and `resume`: what the host holds against a hook is forgotten.

use super::{Named, checked, is_known};
use crate::cli::exit::{Bad, Exit};
use crate::cli::print::{self, Out, safe};
use crate::problem::{Place, Problem};
use crate::rejected::Rejected;
use crate::stopped::Stopped;
use anyhow::Context;
use std::io;
use std::path::Path;

/// Lets a version run that was taken back.
pub(super) fn accept(hook: &Named, out: &mut Out) -> anyhow::Result<Exit> {
    let id = checked(&hook.id)?;
    if let Some(service) = hook.whose.service()? {
        let version = service.accept(id)?.version.unwrap_or_default();
        out.line(&format!("{id} is accepted, version {}", safe(&version)));
        return Ok(Exit::Accepted);
    }
    let forget = |data: &Path| Rejected::under(Some(data)).accept(id);
    let none = format!("no version of the hook {id:?} was taken back");
    forgotten(hook, ("rejected versions", "accepted", &none), forget, out)
}

/// Has a hook called again that was stopped.
pub(super) fn resume(hook: &Named, out: &mut Out) -> anyhow::Result<Exit> {
    let id = checked(&hook.id)?;
    if let Some(service) = hook.whose.service()? {
        service.resume(id)?;
        out.line(&format!("{id} is resumed"));
        return Ok(Exit::Accepted);
    }
    let forget = |data: &Path| Stopped::under(Some(data)).forget(id);
    let none = format!("the hook {id:?} is not stopped");
    forgotten(hook, ("stopped hooks", "resumed", &none), forget, out)
}

/// Takes a hook off a list in the data directory: which list, what the hook then is, and what to say where it does not
/// stand there.
fn forgotten(
    hook: &Named,
    (list, done, none): (&str, &str, &str),
    forget: impl FnOnce(&Path) -> io::Result<bool>,
    out: &mut Out,
) -> anyhow::Result<Exit> {
    let data = hook.whose.data()?;
    if forget(&data).with_context(|| format!("the list of {list} in {}", data.display()))? {
        out.line(&format!("{} is {done}", hook.id));
        print::note("a host that runs already goes by it when it is started again, or told with --to");
        return Ok(Exit::Accepted);
    }
    is_known(hook)?;
    let problem = Problem::error(Place::default(), format!("{none}, as {} has it", data.display()));
    Err(Bad::from(problem.hint("name where the host remembers with --state, or a service with --to")).into())
}
