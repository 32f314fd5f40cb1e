//! `tenterhook dead`: deliveries that were given up, and those that are late.

use super::exit::{Bad, Exit};
use super::listing::Listing;
use super::log;
use super::print::{self, BOLD, DIM, Out, PLAIN, RED, Table, YELLOW, cell, count, number, paint, safe};
use super::record::Whose;
use crate::directory::is_id;
use crate::problem::{Place, Problem};
use crate::store::DeliveryState;
use crate::view::{DeliveriesSearch, DeliveryDetails, DeliveryView, State};

/// List, show, resend and drop dead letters: deliveries that were given up
#[derive(clap::Args)]
#[command(after_help = "Examples:
  tenterhook dead list --hook crm-sync
  tenterhook dead show 65536 --to http://127.0.0.1:8710
  tenterhook dead resend --hook crm-sync
  tenterhook dead drop 65536 131072

Exit codes:
  2   there is no journal or no such dead letter, or what is asked for cannot be used
  1   a journal that cannot be read or written, a service that does not answer or let in
  0   done")]
pub(crate) struct Dead {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    List(List),
    Show(Show),
    Resend(Resend),
    Drop(Discard),
}

/// List dead letters, or deliveries in another state, those of the newest events first
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  tenterhook dead list\n  tenterhook dead list --status pending --hook crm-sync"
)]
struct List {
    /// Only those to this hook
    #[arg(long, value_name = "ID")]
    hook: Option<String>,

    /// In which state: dead, pending, waiting or held; blank for all that are not delivered
    #[arg(long, value_name = "STATE", default_value = "dead")]
    status: String,

    /// Only those before this one
    #[arg(long, value_name = "ID")]
    before: Option<String>,

    #[command(flatten)]
    listing: Listing,

    #[command(flatten)]
    whose: Whose,
}

/// Show a delivery with what was sent and its attempts
#[derive(clap::Args)]
#[command(after_help = "Example:\n  tenterhook dead show 65536")]
struct Show {
    /// Its number
    id: i64,

    /// Print a JSON object
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    whose: Whose,
}

/// Have dead letters attempted again
///
/// They are due at once; their attempts, and the waits between them, begin anew.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  tenterhook dead resend 65536\n  tenterhook dead resend --hook crm-sync")]
struct Resend {
    /// Their numbers
    #[arg(required_unless_present = "hook", conflicts_with = "hook")]
    id: Vec<i64>,

    /// All of this hook
    #[arg(long, value_name = "ID")]
    hook: Option<String>,

    #[command(flatten)]
    whose: Whose,
}

/// Drop dead letters for good; the log keeps what was attempted
#[derive(clap::Args)]
#[command(after_help = "Example:\n  tenterhook dead drop 65536 131072")]
struct Discard {
    /// Their numbers
    #[arg(required = true)]
    id: Vec<i64>,

    #[command(flatten)]
    whose: Whose,
}

impl Dead {
    pub(crate) fn run(self, out: &mut Out) -> anyhow::Result<Exit> {
        match self.command {
            Command::List(list) => list.run(out),
            Command::Show(show) => show.run(out),
            Command::Resend(resend) => resend.run(out),
            Command::Drop(discard) => discard.run(out),
        }
    }
}

impl List {
    fn run(self, out: &mut Out) -> anyhow::Result<Exit> {
        let record = self.whose.record()?;
        let page = |before, limit| {
            let (state, hook) = (Some(self.status.clone()), self.hook.clone());
            let page = record.deliveries(&DeliveriesSearch { state, hook, before, limit })?;
            Ok((page.deliveries, page.next))
        };
        self.listing.show(("--before", self.before.clone()), page, table, out)
    }
}

fn table(found: &[DeliveryView], out: &mut Out) {
    if found.is_empty() {
        return;
    }
    let mut table = Table::default();
    let heads = ["ID", "STATE", "HOOK", "EVENT", "SUBJECT", "TOLD", "ATTEMPTS", "REASON"];
    table.row(heads.map(|head| cell(DIM, head)));
    for delivery in found {
        let text = |text: &Option<String>| cell(PLAIN, safe(text.as_deref().unwrap_or("-")));
        table.row([
            number(delivery.id.to_string()),
            state(delivery),
            cell(BOLD, safe(&delivery.hook)),
            text(&delivery.event),
            text(&delivery.subject),
            text(&delivery.told),
            number(delivery.attempts.to_string()),
            cell(PLAIN, safe(delivery.reason.as_deref().unwrap_or_default())),
        ]);
    }
    table.lines().iter().for_each(|line| out.line(line));
}

fn state(delivery: &DeliveryView) -> print::Cell {
    let style = match delivery.state {
        DeliveryState::Dead => RED,
        DeliveryState::Waiting | DeliveryState::Held => YELLOW,
        DeliveryState::Pending | DeliveryState::Delivered => PLAIN,
    };
    cell(style, State(delivery.state).to_string())
}

impl Show {
    fn run(self, out: &mut Out) -> anyhow::Result<Exit> {
        let found = self.whose.record()?.delivery(self.id)?;
        match self.json {
            true => out.json(&found)?,
            false => describe(&found, out),
        }
        Ok(Exit::Accepted)
    }
}

fn describe(found: &DeliveryDetails, out: &mut Out) {
    let DeliveryDetails { delivery, sent, attempts } = found;
    out.line(&format!("{}  to {}", paint(BOLD, &delivery.id.to_string()), safe(&delivery.hook)));
    let mut facts = Table::default();
    facts.row([cell(DIM, "state"), state(delivery)]);
    let mut fact = |name: &str, value: &str| facts.row([cell(DIM, name), cell(PLAIN, safe(value))]);
    if let Some(reason) = &delivery.reason {
        fact("reason", reason);
    }
    fact("attempts", &delivery.attempts.to_string());
    fact("told", delivery.told.as_deref().unwrap_or("-"));
    if let Some(due) = &delivery.due {
        fact("due", due);
    }
    facts.lines().iter().for_each(|line| out.line(&format!("  {line}")));
    match sent {
        Some(event) => log::sent(event, out),
        None => out.line(&format!("\n  {}", paint(RED, "its event cannot be read"))),
    }
    if !attempts.is_empty() {
        out.line("");
        log::table(attempts, out);
    }
}

impl Resend {
    fn run(self, out: &mut Out) -> anyhow::Result<Exit> {
        let record = self.whose.record()?;
        if let Some(hook) = &self.hook {
            if !is_id(hook) {
                return Err(Bad::from(Problem::error(
                    Place::default(),
                    format!("{hook:?} is no id for a hook"),
                ))
                .into());
            }
            let resent = record.resend_all(hook)?;
            out.line(&format!("{} of {hook} {} again", count(resent, "dead letter"), due(resent)));
        }
        for id in &self.id {
            let delivery = record.resend(*id)?;
            out.line(&format!("{id} to {} is due again", safe(&delivery.hook)));
        }
        record.remark("within two seconds");
        Ok(Exit::Accepted)
    }
}

fn due(number: usize) -> &'static str {
    if number == 1 { "is due" } else { "are due" }
}

impl Discard {
    fn run(self, out: &mut Out) -> anyhow::Result<Exit> {
        let record = self.whose.record()?;
        for id in &self.id {
            record.discard(*id)?;
            out.line(&format!("{id} is dropped"));
        }
        Ok(Exit::Accepted)
    }
}
