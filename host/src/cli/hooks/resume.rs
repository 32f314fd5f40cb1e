//! `tenterhook hooks resume`: has a hook called again that was stopped.

use super::{Named, checked, is_known};
use crate::cli::exit::{Bad, Exit};
use crate::cli::print::{self, Out};
use crate::problem::{Place, Problem};
use crate::stopped::Stopped;
use anyhow::Context;

pub(super) fn resume(hook: &Named, out: &mut Out) -> anyhow::Result<Exit> {
    let id = checked(&hook.id)?;
    if let Some(service) = hook.whose.service()? {
        service.resume(id)?;
        out.line(&format!("{id} is resumed"));
        return Ok(Exit::Accepted);
    }
    let data = hook.whose.data()?;
    let list = || format!("the list of stopped hooks in {}", data.display());
    if Stopped::under(Some(&data)).forget(id).with_context(list)? {
        out.line(&format!("{id} is resumed"));
        print::note("a host that runs already goes by it when it is started again, or told with --to");
        return Ok(Exit::Accepted);
    }
    is_known(hook)?;
    let message = format!("the hook {id:?} is not stopped, as {} has it", data.display());
    let problem = Problem::error(Place::default(), message);
    Err(Bad::from(problem.hint("name where the host remembers with --state, or a service with --to")).into())
}
