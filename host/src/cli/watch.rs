//! `tenterhook watch`: outcomes of a running service as they are decided.

use super::answer::Answer;
use super::exit::Exit;
use super::print::{self, Out, one_line};
use super::remote::{Pass, Service, missed, read_outcome};
use anyhow::{Context, bail};
use std::io::{BufRead, BufReader, Read};

/// Bytes of one server-sent line.
const LINE_BYTES: u64 = 8 << 20;

/// Watch what the hooks of a running service decide
///
/// Goes on until it is interrupted or the service stops.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Watch {
    /// The service: http://…, https://…, unix:/path
    #[arg(long, value_name = "URL", env = "TENTERHOOK_TO", default_value = "http://127.0.0.1:8710")]
    to: String,

    #[command(flatten)]
    pass: Pass,

    /// Only outcomes of this event
    #[arg(long, value_name = "NAME")]
    event: Option<String>,

    /// Only outcomes in whose trail this hook is
    #[arg(long, value_name = "ID")]
    hook: Option<String>,

    /// End after so many outcomes
    #[arg(long, value_name = "NUMBER")]
    count: Option<u64>,

    /// Print each outcome as JSON, one a line
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  tenterhook watch
  tenterhook watch --to https://hooks.example --event cloud.pre_create
  tenterhook watch --hook server-quota --json";

impl Watch {
    pub(crate) fn run(self, out: &mut Out) -> anyhow::Result<Exit> {
        let service = Service::at(&self.to, &self.pass)?;
        let wanted = [("event", self.event.as_deref()), ("hook", self.hook.as_deref())];
        let wanted: Vec<_> = wanted.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        let mut events = Events(BufReader::new(service.outcomes(&wanted)?.into_reader()));
        print::note(&format!("watching {}", service.name()));
        let mut left = self.count;
        while left != Some(0) {
            let Some((kind, json)) = events.next()? else { bail!("{} has stopped", self.to) };
            match kind.as_str() {
                "outcome" => {
                    self.show(&json, out)?;
                    left = left.map(|left| left - 1);
                }
                "missed" => print::note(&format!("{} outcomes were missed", missed(&json)?)),
                _ => {}
            }
        }
        Ok(Exit::Accepted)
    }

    fn show(&self, json: &str, out: &mut Out) -> anyhow::Result<()> {
        if self.json {
            out.line(&one_line(json));
        } else {
            let outcome = read_outcome(json).context("the service sends what is no outcome")?;
            Answer::Ran { outcome, subject: None }.brief().iter().for_each(|line| out.line(line));
        }
        Ok(out.flush()?)
    }
}

/// Server-sent events.
struct Events<R>(R);

impl<R: BufRead> Events<R> {
    /// The next event's kind and data, or the end.
    fn next(&mut self) -> anyhow::Result<Option<(String, String)>> {
        let (mut kind, mut data) = (String::new(), String::new());
        loop {
            let mut line = String::new();
            let read = self.0.by_ref().take(LINE_BYTES).read_line(&mut line);
            if read.context("the connection broke")? == 0 {
                return Ok(None);
            }
            match line.trim_end_matches(['\r', '\n']).split_once(':') {
                Some(("event", value)) => value.trim_start().clone_into(&mut kind),
                Some(("data", value)) => data.push_str(value.strip_prefix(' ').unwrap_or(value)),
                None if line.trim_end().is_empty() && !data.is_empty() => return Ok(Some((kind, data))),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_told_from_comments_and_each_other() {
        let text = ":\n\nevent: outcome\ndata: {\"a\":1}\n\nevent:missed\ndata: {}\n\ndata: half";
        let mut events = Events(text.as_bytes());
        let mut next = || events.next().expect("it can be read");
        assert_eq!(next(), Some(("outcome".into(), "{\"a\":1}".into())));
        assert_eq!(next(), Some(("missed".into(), "{}".into())));
        assert_eq!(next(), None);
    }
}
