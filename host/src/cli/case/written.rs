//! A case's file while it is read: everything that is wrong with it, each with its line.

use super::expected::Expected;
use super::text;
use crate::data::{Data, DataError, Members};
use crate::envelope::Reader;
use crate::event::Event;
use crate::limits::HostLimits;
use crate::problem::{Place, Problem};
use serde_json::value::RawValue;

const KEYS: [&str; 3] = ["event", "outcome", "fuel_max"];

/// The source of events whose envelope names none.
const SOURCE: &str = "cli";

pub(super) struct Written<'a> {
    pub(super) file: String,
    pub(super) text: &'a str,
    pub(super) problems: Vec<Problem>,
}

impl<'a> Written<'a> {
    /// The event, the expected outcome and the most fuel, unless something is wrong with them.
    pub(super) fn read(&mut self) -> Option<(Event, Option<Expected>, Option<u64>)> {
        let members = self.members()?;
        for (name, raw) in &members.0 {
            if !KEYS.contains(&name.as_str()) {
                self.unknown(name, raw, "a case", &KEYS);
            }
        }
        let take = |key: &str| members.0.iter().find(|(name, _)| name == key).map(|(_, raw)| *raw);
        let event = match take("event") {
            Some(raw) => self.event(raw),
            None => {
                self.error(1, "\"event\" is missing").hint =
                    Some("it is a CloudEvent as `tenterhook fire` takes it".into());
                None
            }
        };
        let expected =
            take("outcome").filter(|raw| raw.get() != "null").and_then(|raw| Expected::read(raw, self));
        let fuel_max = take("fuel_max").and_then(|raw| self.fuel(raw));
        Some((event?, expected, fuel_max))
    }

    fn members(&mut self) -> Option<Members<'a>> {
        if let Err(error) = serde_json::from_str::<&RawValue>(self.text) {
            self.error(error.line(), format!("not JSON: {error}"));
            return None;
        }
        let checked = Data::check(self.text, usize::MAX);
        if let Err(error) = checked {
            let line = match &error {
                DataError::DuplicateKey(key) => text::line_of_second(self.text, key),
                _ => 1,
            };
            self.error(line, error.to_string());
            return None;
        }
        let members = Members::of(self.text);
        if members.is_none() {
            self.error(1, "a case is a JSON object").hint = Some("{\"event\": …, \"outcome\": …}".into());
        }
        members
    }

    fn event(&mut self, raw: &RawValue) -> Option<Event> {
        let line = text::line(self.text, raw);
        if !raw.get().starts_with('{') {
            self.error(line, "\"event\" must be a JSON object").hint = Some("a case has one event".into());
            return None;
        }
        let reader = Reader::new(&self.file, SOURCE, HostLimits::default().data_bytes);
        match reader.read(raw.get()).pop()? {
            Ok(event) => Some(event),
            Err(problems) => {
                let place = Place { file: Some(self.file.clone()), line: Some(line) };
                self.problems
                    .extend(problems.into_iter().map(|problem| Problem { place: place.clone(), ..problem }));
                None
            }
        }
    }

    fn fuel(&mut self, raw: &RawValue) -> Option<u64> {
        let fuel = serde_json::from_str(raw.get()).ok().filter(|fuel| *fuel > 0);
        if fuel.is_none() {
            let line = text::line(self.text, raw);
            self.error(
                line,
                format!("\"fuel_max\" must be a whole number above 0, not {}", text::short(raw)),
            );
        }
        fuel
    }

    pub(super) fn unknown(&mut self, name: &str, raw: &RawValue, of: &str, known: &[&str]) {
        let place = Place { file: Some(self.file.clone()), line: Some(text::line(self.text, raw)) };
        let problem = Problem::error(place, format!("unknown key {name:?} in {of}"));
        self.problems.push(problem.did_you_mean(name, known.iter().copied()));
    }

    pub(super) fn wrong(&mut self, raw: &RawValue, message: impl Into<String>) -> &mut Problem {
        let line = text::line(self.text, raw);
        self.error(line, message)
    }

    fn error(&mut self, line: usize, message: impl Into<String>) -> &mut Problem {
        let place = Place { file: Some(self.file.clone()), line: Some(line) };
        self.problems.push(Problem::error(place, message));
        self.problems.last_mut().expect("one was pushed")
    }
}
