//! `tenterhook test --record`: past events of a running service become cases, without what is nobody's business.

use crate::cli::build::put;
use crate::cli::exit::{Bad, Exit};
use crate::cli::print::{self, Out, count, safe};
use crate::cli::record::{Record, Whose};
use crate::data::Members;
use crate::problem::{Place, Problem};
use crate::view::{LogSearch, SentView};
use anyhow::Context;
use serde_json::value::RawValue;
use std::collections::{BTreeSet, HashSet};
use std::path::Path;

/// Lines of the log that are asked for at once.
const PAGE: usize = 100;
/// Keys whose values are masked wherever they stand, in small letters and without `-` and `_`.
const SECRET: [&str; 14] = [
    "password",
    "passwd",
    "passphrase",
    "pin",
    "secret",
    "token",
    "apikey",
    "accesskey",
    "privatekey",
    "authorization",
    "cookie",
    "iban",
    "cardnumber",
    "cvv",
];
/// Attributes that belong to the moment and not to the event.
const PASSING: [&str; 3] = ["cause", "traceparent", "tracestate"];
const MASK: &str = "***";

/// What is recorded, and what of it is masked.
#[derive(clap::Args)]
pub(super) struct Recording {
    /// Make cases of past events: those in the log of a service (--to) or of a data directory (--data)
    #[arg(long, conflicts_with_all = ["update", "junit"], help_heading = "Recording")]
    record: bool,

    /// Only events that this hook had a turn with
    #[arg(long, value_name = "ID", requires = "record", help_heading = "Recording")]
    hook: Option<String>,

    /// Only events of this name
    #[arg(long, value_name = "NAME", requires = "record", help_heading = "Recording")]
    event: Option<String>,

    /// Only those since then: a date, a date and time, or how long ago as in 2h
    #[arg(long, value_name = "WHEN", requires = "record", help_heading = "Recording")]
    from: Option<String>,

    /// How many at most, the newest
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 20,
        requires = "record",
        help_heading = "Recording"
    )]
    limit: usize,

    /// A value to mask, such as subject, data.owner or data.items.*.price; may be repeated. Keys such as password,
    /// token, secret and iban are masked anyway
    #[arg(long, value_name = "PATH", requires = "record", help_heading = "Recording")]
    mask: Vec<String>,

    #[command(flatten)]
    whose: Whose,
}

impl Recording {
    pub(super) fn is_wanted(&self) -> bool {
        self.record
    }

    /// Writes a case for every event that is found and has none yet.
    pub(super) fn run(&self, folder: &Path, out: &mut Out) -> anyhow::Result<Exit> {
        let record = self.whose.record()?;
        let mut mask = Mask { paths: &self.mask, hit: BTreeSet::new() };
        let events = self.events(&record)?;
        std::fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        let mut written = 0;
        for (id, event) in &events {
            let name: String = event
                .event
                .chars()
                .map(|c| if c.is_ascii_alphanumeric() || c == '.' || c == '_' { c } else { '-' })
                .collect();
            let file = folder.join(format!("{name}-{id}.json"));
            if file.exists() {
                print::note(&format!("{} is there already", file.display()));
                continue;
            }
            let case = format!("{{\n  \"event\": {}\n}}\n", mask.event(event));
            put(&file, case.as_bytes()).with_context(|| format!("{} cannot be written", file.display()))?;
            out.line(&safe(&file.display().to_string()));
            written += 1;
        }
        for path in self.mask.iter().filter(|path| !events.is_empty() && !mask.hit.contains(path.as_str())) {
            let message = format!("no event has {path:?}, so nothing was masked there");
            print::complain([&Problem::warning(Place::file("--mask"), message)]);
        }
        match written {
            0 if events.is_empty() => print::note("nothing found"),
            0 => {}
            written => print::note(&format!(
                "{} recorded; `tenterhook test --update` adds the outcomes",
                count(written, "case")
            )),
        }
        Ok(Exit::Accepted)
    }

    /// The newest events, each once, with the number of its line in the log.
    fn events(&self, record: &Record) -> anyhow::Result<Vec<(i64, SentView)>> {
        let (mut events, mut known, mut before) = (Vec::new(), HashSet::new(), None);
        while events.len() < self.limit {
            let search = LogSearch {
                event: self.event.clone(),
                hook: self.hook.clone(),
                from: self.from.clone(),
                before,
                limit: Some(PAGE.to_string()),
                ..LogSearch::default()
            };
            let page = record.log(&search)?;
            for line in page.executions {
                if events.len() == self.limit || !known.insert((line.source.clone(), line.event_id.clone())) {
                    continue;
                }
                let Some(sent) = record.execution(line.id)?.sent else { continue };
                if sent.data.is_none() {
                    let problem =
                        Problem::error(Place::default(), "the service does not show what events carry");
                    return Err(
                        Bad::from(problem.hint("record with a token that has the scope admin")).into()
                    );
                }
                events.push((line.id, sent));
            }
            match page.next {
                Some(next) => before = Some(next.to_string()),
                None => break,
            }
        }
        Ok(events)
    }
}

/// Hides values.
struct Mask<'a> {
    paths: &'a [String],
    /// The paths that were found somewhere.
    hit: BTreeSet<&'a str>,
}

impl<'a> Mask<'a> {
    /// An event as a CloudEvent, in the lines of a case.
    fn event(&mut self, sent: &SentView) -> String {
        let text = |text: &str| serde_json::Value::from(text).to_string();
        let mut members: Vec<(&str, String)> = vec![("specversion", text("1.0")), ("id", text(&sent.id))];
        members.push(("type", text(&sent.event)));
        members.push(("source", text(&sent.source)));
        members.push(("time", text(&sent.time)));
        members.extend(sent.subject.as_ref().map(|subject| ("subject", text(subject))));
        let attributes = sent.facets.iter().chain(&sent.attributes);
        let lasting = attributes.filter(|(name, _)| !PASSING.contains(&name.as_str()));
        members.extend(lasting.map(|(name, value)| (name.as_str(), text(value))));
        members.extend(sent.data.as_ref().map(|data| ("data", data.get().to_owned())));
        let lines = members.iter().map(|(name, value)| {
            let value = self.value(&mut vec![(*name).to_owned()], value);
            format!("    {}: {value}", text(name))
        });
        format!("{{\n{}\n  }}", lines.collect::<Vec<_>>().join(",\n"))
    }

    /// A value with what is to be hidden in it hidden.
    fn value(&mut self, path: &mut Vec<String>, json: &str) -> String {
        let json = json.trim();
        if self.hides(path) {
            return hidden(json);
        }
        let text = |text: &str| serde_json::Value::from(text).to_string();
        match json.as_bytes().first() {
            Some(b'{') => {
                let members = Members::of(json).map(|members| members.0).unwrap_or_default();
                let mut parts = Vec::new();
                for (key, raw) in members {
                    path.push(key.clone());
                    parts.push(format!("{}:{}", text(&key), self.value(path, raw.get())));
                    path.pop();
                }
                format!("{{{}}}", parts.join(","))
            }
            Some(b'[') => {
                let items: Vec<&RawValue> = serde_json::from_str(json).unwrap_or_default();
                let mut parts = Vec::new();
                for (at, raw) in items.iter().enumerate() {
                    path.push(at.to_string());
                    parts.push(self.value(path, raw.get()));
                    path.pop();
                }
                format!("[{}]", parts.join(","))
            }
            _ => json.to_owned(),
        }
    }

    fn hides(&mut self, path: &[String]) -> bool {
        let fits = |mask: &&String| {
            let parts: Vec<&str> = mask.split('.').collect();
            parts.len() == path.len() && parts.iter().zip(path).all(|(part, key)| *part == "*" || part == key)
        };
        if let Some(mask) = self.paths.iter().find(fits) {
            self.hit.insert(mask.as_str());
            return true;
        }
        let key = path.last().map(|key| key.to_lowercase().replace(['-', '_'], ""));
        path.len() > 1 && key.is_some_and(|key| SECRET.contains(&key.as_str()))
    }
}

/// What stands for a value: one of its kind, so that a hook can still read it.
fn hidden(json: &str) -> String {
    match json.as_bytes().first() {
        Some(b'"') => format!("\"{MASK}\""),
        Some(b'{') => "{}".into(),
        Some(b'[') => "[]".into(),
        Some(b't' | b'f') => "false".into(),
        Some(b'n') => "null".into(),
        _ => "0".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_masked_keeps_its_kind() {
        let paths = ["data.owner".to_owned(), "data.items.*.price".to_owned(), "data.nothing".to_owned()];
        let mut mask = Mask { paths: &paths, hit: BTreeSet::new() };
        let json = r#"{"owner":{"a":1},"items":[{"price":1.10,"n":1.10},{"price":2}],"api-key":"x","x":{"Password":"y","token":true}}"#;
        let masked = mask.value(&mut vec!["data".into()], json);
        assert_eq!(
            masked,
            r#"{"owner":{},"items":[{"price":0,"n":1.10},{"price":0}],"api-key":"***","x":{"Password":"***","token":false}}"#
        );
        assert_eq!(mask.hit.into_iter().collect::<Vec<_>>(), ["data.items.*.price", "data.owner"]);
    }
}
