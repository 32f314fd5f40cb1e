//! `tenterhook journal`: what told events are written down in.

use super::exit::{Bad, Exit};
use super::print::{self, BOLD, Out, RED, count, paint, safe};
use super::settings::Base;
use crate::problem::{Place, Problem};
use crate::store;
use anyhow::Context;
use std::io;
use std::path::Path;

/// Look after the journal, in which told events are written down
#[derive(clap::Args)]
#[command(after_help = "Example:\n  tenterhook journal verify --data /var/lib/tenterhook")]
pub(crate) struct Journal {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    Verify(Verify),
}

/// Say everything that is wrong with the journal
///
/// Reads all of it, of a service that runs or does not: the pages of the database, the checksum of every row, and
/// whether what belongs together is there. It repairs nothing.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  tenterhook journal verify
  tenterhook journal verify --data /var/lib/tenterhook --json

Exit codes:
  2   there is no journal
  1   something is wrong with it
  0   it is sound")]
struct Verify {
    #[command(flatten)]
    base: Base,

    /// Print each finding as JSON, one a line
    #[arg(long)]
    json: bool,
}

impl Journal {
    pub(crate) fn run(self, out: &mut Out) -> anyhow::Result<Exit> {
        match self.command {
            Command::Verify(verify) => verify.run(out),
        }
    }
}

impl Verify {
    fn run(self, out: &mut Out) -> anyhow::Result<Exit> {
        let data = self.base.data()?;
        let mut findings = 0;
        let looked = store::verify(&data, &mut |found| {
            findings += 1;
            match self.json {
                // Two texts are always JSON.
                true => out.json(&found).unwrap_or_default(),
                false => out.line(&format!("{} {}", paint(BOLD, &found.place), safe(&found.message))),
            }
        });
        let looked = match looked {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(missing(&data).into()),
            looked => looked.with_context(|| format!("the journal in {}", data.display()))?,
        };
        let (events, lines) = (count(looked.events, "event"), count(looked.lines, "line"));
        let all = format!("{events}, {}, {lines} of the log", deliveries(looked.deliveries));
        if findings == 0 {
            print::note(&format!("the journal is sound: {all}"));
            return Ok(Exit::Accepted);
        }
        print::note(&format!("{} {} in {all}", paint(RED, "damaged:"), count(findings, "finding")));
        Ok(Exit::Other)
    }
}

/// That there is no journal.
pub(super) fn missing(data: &Path) -> Bad {
    let place = Place::file(data.display().to_string());
    let problem = Problem::error(place, "there is no journal in this directory");
    problem.hint("name where the service remembers with --data").into()
}

fn deliveries(number: usize) -> String {
    format!("{number} deliver{}", if number == 1 { "y" } else { "ies" })
}
