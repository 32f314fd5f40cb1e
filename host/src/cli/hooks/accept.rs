//! `tenterhook hooks accept`: lets a version run that was taken back.

use super::{Named, checked, is_known};
use crate::cli::exit::{Bad, Exit};
use crate::cli::print::{self, Out, safe};
use crate::problem::{Place, Problem};
use crate::rejected::Rejected;
use anyhow::Context;

pub(super) fn accept(hook: &Named, out: &mut Out) -> anyhow::Result<Exit> {
    let id = checked(&hook.id)?;
    if let Some(service) = hook.whose.service()? {
        let version = service.accept(id)?.version.unwrap_or_default();
        out.line(&format!("{id} is accepted, version {}", safe(&version)));
        return Ok(Exit::Accepted);
    }
    let data = hook.whose.data()?;
    let list = || format!("the list of rejected versions in {}", data.display());
    if Rejected::under(Some(&data)).accept(id).with_context(list)? {
        out.line(&format!("{id} is accepted"));
        print::note("a host that runs already goes by it when it is started again, or told with --to");
        return Ok(Exit::Accepted);
    }
    is_known(hook)?;
    let message = format!("no version of the hook {id:?} was taken back, as {} has it", data.display());
    let problem = Problem::error(Place::default(), message);
    Err(Bad::from(problem.hint("name where the host remembers with --state, or a service with --to")).into())
}
