//! `tenterhook state`: what hooks keep between events.

use super::exit::Exit;
use super::listing::Listing;
use super::print::{BOLD, DIM, Out, PLAIN, Table, cell, number, safe};
use super::record::Whose;
use crate::view::{KeyView, StateSearch};

/// Characters of a value in a table.
const SHOWN: usize = 60;

/// Look at what hooks keep between events
#[derive(clap::Args)]
#[command(after_help = "Examples:
  tenterhook state list
  tenterhook state list server-quota --to http://127.0.0.1:8710

Exit codes:
  2   there is no journal, or what is asked for cannot be used
  1   a journal that cannot be read, a service that does not answer or let in
  0   done")]
pub(crate) struct State {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    List(List),
}

/// List the keys that hooks keep, by hook, tenant and key
///
/// Hooks that are gone may be among them: only `tenterhook hooks remove ID --state` takes a state away.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  tenterhook state list server-quota --json")]
struct List {
    /// Only what this hook keeps
    hook: Option<String>,

    /// Only those behind this place, as the list before named it
    #[arg(long, value_name = "PLACE")]
    after: Option<String>,

    #[command(flatten)]
    listing: Listing,

    #[command(flatten)]
    whose: Whose,
}

impl State {
    pub(crate) fn run(self, out: &mut Out) -> anyhow::Result<Exit> {
        let Command::List(list) = self.command;
        list.run(out)
    }
}

impl List {
    fn run(self, out: &mut Out) -> anyhow::Result<Exit> {
        let record = self.whose.record()?;
        let page = |after, limit| {
            let page = record.state(&StateSearch { hook: self.hook.clone(), after, limit })?;
            Ok((page.keys, page.next))
        };
        self.listing.show(("--after", self.after.clone()), page, table, out)
    }
}

fn table(found: &[KeyView], out: &mut Out) {
    if found.is_empty() {
        return;
    }
    let mut table = Table::default();
    table.row(["HOOK", "TENANT", "KEY", "BYTES", "VALUE"].map(|head| cell(DIM, head)));
    for key in found {
        let value = match &key.value {
            Some(text) => cell(PLAIN, safe(&shown(text))),
            None => cell(DIM, "no text"),
        };
        table.row([
            cell(BOLD, safe(&key.hook)),
            cell(PLAIN, safe(key.tenant.as_deref().unwrap_or("-"))),
            cell(PLAIN, safe(&key.key)),
            number(key.bytes.to_string()),
            value,
        ]);
    }
    table.lines().iter().for_each(|line| out.line(line));
}

fn shown(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}
