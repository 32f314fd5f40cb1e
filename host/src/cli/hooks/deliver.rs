//! `tenterhook hooks deliver`: gives a hook what was told before it was there.

use super::{Named, checked};
use crate::cli::exit::{Bad, Exit};
use crate::cli::print::{Out, count};
use crate::problem::{Place, Problem};
use crate::view::moment;
use jiff::Timestamp;

/// Give a hook of a running service events that were told before it was there
///
/// It is owed what was told since then, as far as the journal still has it and the hook wants it and was not owed it.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  tenterhook hooks deliver crm-sync --since 2h --to http://127.0.0.1:8710
  tenterhook hooks deliver crm-sync --since 2027-01-31 --to unix:/run/tenterhook.sock")]
pub(super) struct Deliver {
    /// What was told then or later: a date, a date and time, or how long ago as in 2h
    #[arg(long, value_name = "WHEN")]
    since: String,

    #[command(flatten)]
    hook: Named,
}

impl Deliver {
    pub(super) fn run(self, out: &mut Out) -> anyhow::Result<Exit> {
        let id = checked(&self.hook.id)?;
        let Some(since) = moment(&self.since, Timestamp::now().as_microsecond()) else {
            let problem = Problem::error(Place::file("--since"), format!("{:?} is no time", self.since));
            let hint = "write it as in \"2h\", \"2026-01-31\" or \"2026-01-31T12:00:00Z\"";
            return Err(Bad::from(problem.hint(hint)).into());
        };
        let Some(service) = self.hook.whose.service()? else {
            let message = "only a service that runs delivers events";
            let problem = Problem::error(Place::default(), message);
            return Err(Bad::from(problem.hint("name it with --to")).into());
        };
        let owed = service.deliver(id, since)?;
        out.line(&format!("{id} gets {}", count(owed, "event")));
        Ok(Exit::Accepted)
    }
}
