//! `tenterhook log`: what hooks did, as the journal has it.

use super::exit::Exit;
use super::listing::Listing;
use super::print::{BOLD, CYAN, Cell, DIM, GREEN, Out, PLAIN, RED, Table, YELLOW, cell, number, paint, safe};
use super::record::{Record, Whose};
use crate::outcome::TrailVerdict;
use crate::view::{ExecutionDetails, ExecutionView, LogSearch, SentView};

/// Search the execution log, the newest first, or show one execution
///
/// It has every attempt at a told event, and of asked events the turns that refused, changed or failed; plain accepts
/// with the setting log.asks.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  tenterhook log --status failed --from 2h
  tenterhook log --hook server-quota --event cloud.pre_create --to http://127.0.0.1:8710
  tenterhook log 4711                   what was sent, and what came of it
  tenterhook log --text timeout --json

Exit codes:
  2   there is no journal or no such execution, or what is asked for cannot be used
  1   a journal that cannot be read, a service that does not answer or let in
  0   done")]
pub(crate) struct Log {
    /// One execution, by its number
    #[arg(conflicts_with_all = ["event", "hook", "status", "subject", "event_id", "text", "from", "until", "before"])]
    id: Option<i64>,

    /// Only executions of this event
    #[arg(long, value_name = "NAME")]
    event: Option<String>,

    /// Only executions of this hook
    #[arg(long, value_name = "ID")]
    hook: Option<String>,

    /// Only those that ended so: accept, amend, veto, failed
    #[arg(long, value_name = "STATUS")]
    status: Option<String>,

    /// Only those of events that happened to this object
    #[arg(long, value_name = "SUBJECT")]
    subject: Option<String>,

    /// Only those of the event with this id
    #[arg(long, value_name = "ID")]
    event_id: Option<String>,

    /// Only those with this text in the message or the kind of the failure
    #[arg(long, value_name = "TEXT")]
    text: Option<String>,

    /// Only those that began then or later: a date, a date and time, or how long ago as in 2h
    #[arg(long, value_name = "WHEN")]
    from: Option<String>,

    /// Only those that began earlier
    #[arg(long, value_name = "WHEN")]
    until: Option<String>,

    /// Only those before this one
    #[arg(long, value_name = "ID")]
    before: Option<String>,

    #[command(flatten)]
    listing: Listing,

    #[command(flatten)]
    whose: Whose,
}

impl Log {
    pub(crate) fn run(self, out: &mut Out) -> anyhow::Result<Exit> {
        let record = self.whose.record()?;
        if let Some(id) = self.id {
            let found = record.execution(id)?;
            match self.listing.json {
                true => out.json(&found)?,
                false => describe(&found, out),
            }
            return Ok(Exit::Accepted);
        }
        self.list(&record, out)
    }

    fn list(&self, record: &Record, out: &mut Out) -> anyhow::Result<Exit> {
        let text = |text: &Option<String>| text.clone();
        let page = |before, limit| {
            let search = LogSearch {
                event: text(&self.event),
                hook: text(&self.hook),
                status: text(&self.status),
                subject: text(&self.subject),
                event_id: text(&self.event_id),
                text: text(&self.text),
                from: text(&self.from),
                to: text(&self.until),
                before,
                limit,
            };
            let page = record.log(&search)?;
            Ok((page.executions, page.next))
        };
        self.listing.show(("--before", text(&self.before)), page, table, out)
    }
}

/// Executions, one a line.
pub(super) fn table(found: &[ExecutionView], out: &mut Out) {
    if found.is_empty() {
        return;
    }
    let mut table = Table::default();
    let heads = ["ID", "AT", "STATUS", "HOOK", "EVENT", "SUBJECT", "ATTEMPT", "TIME", "MESSAGE"];
    table.row(heads.map(|head| cell(DIM, head)));
    for line in found {
        table.row([
            number(line.id.to_string()),
            cell(PLAIN, safe(&line.at)),
            status(line),
            cell(BOLD, safe(&line.hook)),
            cell(PLAIN, safe(&line.event)),
            cell(PLAIN, safe(line.subject.as_deref().unwrap_or("-"))),
            number(line.attempt.to_string()),
            number(format!("{} us", line.micros)),
            cell(PLAIN, safe(line.message.as_deref().unwrap_or_default())),
        ]);
    }
    table.lines().iter().for_each(|line| out.line(line));
}

fn status(line: &ExecutionView) -> Cell {
    let style = match line.status {
        TrailVerdict::Accept => GREEN,
        TrailVerdict::Amend => CYAN,
        TrailVerdict::Veto => YELLOW,
        TrailVerdict::Failed | TrailVerdict::Skipped => RED,
    };
    let failure = line.failure.map(|failure| format!(": {failure}")).unwrap_or_default();
    cell(style, format!("{}{failure}", line.status))
}

fn describe(found: &ExecutionDetails, out: &mut Out) {
    let ExecutionDetails { execution: line, sent: event, changed } = found;
    out.line(&format!("{}  {} {}", paint(BOLD, &line.id.to_string()), safe(&line.hook), safe(&line.event)));
    let mut facts = Table::default();
    facts.row([cell(DIM, "status"), status(line)]);
    let mut fact = |name: &str, value: &str| facts.row([cell(DIM, name), cell(PLAIN, safe(value))]);
    fact("at", &line.at);
    if let Some(message) = &line.message {
        fact("message", message);
    }
    fact("mode", &line.mode.to_string());
    if let Some(delivery) = line.delivery {
        fact("delivery", &delivery.to_string());
    }
    fact("attempt", &line.attempt.to_string());
    fact("version", line.version.as_deref().unwrap_or("-"));
    fact("time", &format!("{} us", line.micros));
    fact("fuel", &line.fuel.to_string());
    facts.lines().iter().for_each(|line| out.line(&format!("  {line}")));
    match event {
        Some(event) => sent(event, out),
        None => out.line(&format!("\n  {}", paint(DIM, "what was sent is forgotten by now"))),
    }
    if let Some(changed) = changed {
        out.line(&format!("\n  {}\n    {}", paint(BOLD, "changed to"), safe(changed.get())));
    }
}

/// An event as it was sent.
pub(super) fn sent(event: &SentView, out: &mut Out) {
    out.line(&format!("\n  {}", paint(BOLD, "sent")));
    let mut facts = Table::default();
    let mut fact = |name: &str, value: &str| facts.row([cell(DIM, safe(name)), cell(PLAIN, safe(value))]);
    fact("id", &event.id);
    fact("event", &event.event);
    fact("source", &event.source);
    fact("time", &event.time);
    if let Some(subject) = &event.subject {
        fact("subject", subject);
    }
    event.facets.iter().chain(&event.attributes).for_each(|(name, value)| fact(name, value));
    match &event.data {
        Some(data) => fact("data", data.get()),
        None => fact("data", "only for those with the scope admin"),
    }
    facts.lines().iter().for_each(|line| out.line(&format!("    {line}")));
}
