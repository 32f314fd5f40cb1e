//! `tenterhook fire`: runs the hooks of events and says what they decided.

use super::answer::Answer;
use super::exit::Exit;
use super::options;
use super::print::{self, Out};
use super::raise::{Batch, Raise, Raised};
use super::remote::Service;
use super::whose::Whose;
use crate::event::Event;
use crate::host::Host;
use crate::problem::Place;

/// Fire events and say what the hooks decided
///
/// Every good event is fired, in order, even if others are bad.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Fire {
    #[command(flatten)]
    raise: Raise,

    #[command(flatten)]
    whose: Whose,

    /// Print the outcome as JSON: an array for an array, else one object a line
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  tenterhook fire event.json
  tenterhook fire - --json < events.ndjson
  tenterhook fire --event cloud.pre_create --facet option=SERVER --subject web-1 --data '{\"cpu\":4}'
  tenterhook fire --event billing.clients.create --subject 12 --data @client.json
  tenterhook fire event.json --to http://127.0.0.1:8710

Exit codes, of many events the worst in this order:
  2   an event or an option cannot be used
  1   busy, a told event whose hook failed, a host that cannot start, or a service that does not answer
  10  vetoed
  0   accepted";

impl Fire {
    pub(crate) fn run(self, out: &mut Out) -> anyhow::Result<Exit> {
        let batch = self.raise.batch();
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(self.all(batch, out))
    }

    async fn all(&self, batch: Batch, out: &mut Out) -> anyhow::Result<Exit> {
        // Where no event can be used there is nothing to start a host for.
        let any = batch.events.iter().any(|raised| raised.event.is_ok());
        let hooks = if any { Some(self.target().await?) } else { None };
        let mut sheet = Sheet { out, json: self.json, is_array: batch.is_array, printed: 0 };
        let mut worst = Exit::Accepted;
        for Raised { place, event } in batch.events {
            let answer = match (event, &hooks) {
                (Ok(event), Some(hooks)) => hooks.fire(event, &place).await?,
                (Ok(_), None) => continue,
                (Err(problems), _) => Answer::Refused { problems, event: self.raise.name() },
            };
            worst = worst.max(answer.exit());
            sheet.print(&answer)?;
        }
        sheet.end();
        Ok(worst)
    }

    /// Whose hooks run: a service's, or those of a directory.
    async fn target(&self) -> anyhow::Result<Target> {
        if let Some(service) = self.whose.service()? {
            return Ok(Target::Service(service));
        }
        let host = self.whose.host().volatile_state().start().await.map_err(options::explain)?;
        options::complain(&host.roster());
        Ok(Target::Host(host))
    }
}

/// Who runs the hooks.
enum Target {
    Host(Host),
    Service(Service),
}

impl Target {
    async fn fire(&self, event: Event, place: &Place) -> anyhow::Result<Answer> {
        match self {
            Self::Host(host) => Ok(Answer::to(host, event, place).await),
            Self::Service(service) => service.fire(&event, place, false),
        }
    }
}

/// Answers as they are printed, each as soon as it is known.
struct Sheet<'a> {
    out: &'a mut Out,
    json: bool,
    is_array: bool,
    printed: usize,
}

impl Sheet<'_> {
    fn print(&mut self, answer: &Answer) -> anyhow::Result<()> {
        match answer {
            Answer::Ran { outcome, .. } => print::complain(&outcome.warnings),
            Answer::Refused { problems, .. } if !self.json => print::complain(problems),
            Answer::Refused { .. } | Answer::Busy => {}
        }
        if !self.json {
            answer.story().iter().for_each(|line| self.out.line(line));
        } else {
            if self.is_array {
                self.out.text(if self.printed == 0 { "[" } else { "," });
            }
            self.out.json(answer)?;
        }
        self.printed += 1;
        Ok(())
    }

    fn end(self) {
        if self.json && self.is_array {
            self.out.line(if self.printed == 0 { "[]" } else { "]" });
        } else if self.printed == 0 {
            print::note("no events");
        }
    }
}
