//! `tenterhook cancel`: takes back what a told event still owes.

use super::exit::Exit;
use super::print::{Out, safe};
use super::record::Whose;

/// Take back a told event, such as one that is due later
///
/// What it still owes, because it waits for its time, for another attempt or for its hook, becomes dead letters. What its
/// hooks already have stays.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  tenterhook cancel expiry-17 --source billing
  tenterhook cancel expiry-17 --source billing --tenant t1 --to http://127.0.0.1:8710

Exit codes:
  2   there is no journal
  1   a journal that cannot be read or written, a service that does not answer or let in
  0   done, also where nothing was owed")]
pub(crate) struct Cancel {
    /// The event's id
    id: String,

    /// Who raised it
    #[arg(long, value_name = "NAME")]
    source: String,

    /// The tenant it belongs to, where it has one
    #[arg(long, value_name = "TENANT")]
    tenant: Option<String>,

    #[command(flatten)]
    whose: Whose,
}

impl Cancel {
    pub(crate) fn run(self, out: &mut Out) -> anyhow::Result<Exit> {
        let record = self.whose.record()?;
        let cancelled = record.cancel(&self.source, &self.id, self.tenant.as_deref())?;
        let deliveries = if cancelled == 1 { "delivery" } else { "deliveries" };
        out.line(&format!("{cancelled} {deliveries} of {} cancelled", safe(&self.id)));
        record.remark("when it is started again, or told with --to");
        Ok(Exit::Accepted)
    }
}
