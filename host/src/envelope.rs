//! Events as text: CloudEvents 1.0 in JSON and JeraSoft's envelope; one, an array, or one a line; or as an HTTP
//! request carries them.
//!
//! Knows how events are written, not what they mean: the catalogue admits them afterwards.

mod http;

pub use http::Body;

use crate::data::{Data, DataError, Members};
use crate::event::{Event, now};
use crate::limits::KIB;
use crate::problem::{Place, Problem};
use serde_json::value::RawValue;

/// An event or everything that is wrong with its text.
pub type Parsed = Result<Event, Vec<Problem>>;

/// What is read around the data does not count against the data's own limit.
pub(crate) const ENVELOPE_BYTES: usize = 128 * KIB;

/// How to read events.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Reader {
    /// Names the text in problems.
    pub file: String,
    /// The source of events whose envelope names none (JeraSoft's).
    pub source: String,
    /// Bytes of an event's data.
    pub data_bytes_max: usize,
}

impl Reader {
    /// Reads text called `file`, at most `data_bytes_max` bytes of data in each event.
    pub fn new(file: impl Into<String>, source: impl Into<String>, data_bytes_max: usize) -> Self {
        Self { file: file.into(), source: source.into(), data_bytes_max }
    }

    /// Reads every event of a text, in order: one JSON value, an array, or NDJSON.
    pub fn read(&self, text: &str) -> Vec<Parsed> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let whole = serde_json::from_str::<&RawValue>(text);
        match whole {
            Ok(_) => self.value(text, Place::file(&self.file)),
            Err(_) if is_ndjson(text) => self.lines(text),
            Err(error) => vec![Err(vec![self.syntax(&error)])],
        }
    }

    fn syntax(&self, error: &serde_json::Error) -> Problem {
        let place = Place { file: Some(self.file.clone()), line: Some(error.line()) };
        Problem::error(place, format!("not JSON: {error}"))
    }

    fn lines(&self, text: &str) -> Vec<Parsed> {
        let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
        lines
            .map(|(number, line)| {
                let place = Place { file: Some(self.file.clone()), line: Some(number) };
                self.event(line, place)
            })
            .collect()
    }

    fn value(&self, text: &str, place: Place) -> Vec<Parsed> {
        if !text.trim_start().starts_with('[') {
            return vec![self.event(text, place)];
        }
        let items: Vec<&RawValue> = serde_json::from_str(text).unwrap_or_default();
        let nth = |n| Place::file(format!("{}, event {n}", self.file));
        (1..).zip(items).map(|(n, item)| self.event(item.get(), nth(n))).collect()
    }

    fn event(&self, text: &str, place: Place) -> Parsed {
        let fail = |message: String| Err(vec![Problem::error(place.clone(), message)]);
        match Data::check(text, self.data_bytes_max + ENVELOPE_BYTES) {
            Ok(()) => {}
            Err(DataError::Syntax(_)) => {
                let Some(error) = serde_json::from_str::<&RawValue>(text).err() else {
                    return fail("not JSON: a character that JSON cannot hold".into());
                };
                let line = place.line.or(Some(error.line()));
                return Err(vec![Problem { place: Place { line, ..place }, ..self.syntax(&error) }]);
            }
            Err(error) => return fail(error.to_string()),
        }
        let Some(members) = Members::of(text) else {
            return fail("an event is a JSON object".into());
        };
        let mut envelope = Envelope { members, place: &place, problems: Vec::new() };
        let event = if envelope.has("event") && !envelope.has("specversion") {
            envelope.jerasoft(self)
        } else {
            envelope.cloudevent(self)
        };
        if envelope.problems.is_empty() { Ok(event) } else { Err(envelope.problems) }
    }
}

/// Whether the text begins with a line that is a JSON object by itself.
fn is_ndjson(text: &str) -> bool {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let object = |line: &str| line.trim().starts_with('{') && line.trim().ends_with('}');
    lines.next().is_some_and(object) && lines.next().is_some()
}

/// One envelope while it is read.
struct Envelope<'a> {
    members: Members<'a>,
    place: &'a Place,
    problems: Vec<Problem>,
}

impl<'a> Envelope<'a> {
    fn has(&self, name: &str) -> bool {
        self.members.0.iter().any(|(key, _)| key == name)
    }

    fn take(&mut self, name: &str) -> Option<&'a RawValue> {
        let index = self.members.0.iter().position(|(key, _)| key == name)?;
        Some(self.members.0.remove(index).1)
    }

    fn error(&mut self, message: impl Into<String>) -> &mut Problem {
        self.problems.push(Problem::error(self.place.clone(), message));
        self.problems.last_mut().expect("one was pushed")
    }

    fn text(&mut self, name: &str) -> Option<String> {
        let raw = self.take(name).filter(|raw| raw.get() != "null")?;
        let text = serde_json::from_str(raw.get()).ok();
        if text.is_none() {
            self.error(format!("{name:?} must be a string, not {}", raw.get()));
        }
        text
    }

    fn required(&mut self, name: &str) -> String {
        if !self.has(name) {
            self.error(format!("{name:?} is missing"));
        }
        self.text(name).unwrap_or_default()
    }

    fn data(&mut self, raw: Option<&RawValue>, reader: &Reader) -> Data {
        let raw = raw.map_or("{}", RawValue::get);
        Data::part(raw, reader.data_bytes_max).unwrap_or_else(|error| {
            self.error(format!("data: {error}"));
            Data::empty()
        })
    }

    /// CloudEvents 1.0.2, JSON event format.
    fn cloudevent(&mut self, reader: &Reader) -> Event {
        let version = self.required("specversion");
        if version != "1.0" && self.problems.is_empty() {
            self.error(format!("specversion {version:?} is not understood")).hint =
                Some("events are CloudEvents 1.0".into());
        }
        let id = self.required("id");
        let name = self.required("type");
        let source = self.required("source");
        let mut event = Event::known(id, self.text("time").unwrap_or_else(now), name, source);
        event.subject = self.text("subject");
        let media = self.text("datacontenttype").unwrap_or_else(|| "application/json".into());
        if !is_json(&media) || self.has("data_base64") {
            self.error(format!("the data is no JSON ({media})")).hint = Some("hooks take JSON only".into());
        }
        self.take("data_base64");
        let data = self.take("data");
        event.data = self.data(data, reader);
        for (name, raw) in std::mem::take(&mut self.members.0) {
            self.extension(&mut event, name, raw);
        }
        event
    }

    fn extension(&mut self, event: &mut Event, name: String, raw: &RawValue) {
        let value = match (raw.get(), serde_json::from_str(raw.get())) {
            ("null", _) => return,
            (_, Ok(text)) => text,
            // Brackets begin what is no attribute, a quote a string with half a character.
            (literal, Err(_)) if !literal.starts_with(['{', '[', '"']) => literal.to_owned(),
            _ => {
                self.error(format!("attribute {name:?} must be a string, a number or a boolean"));
                return;
            }
        };
        event.attributes.insert(name, value);
    }

    /// JeraSoft's `{"event":{"dt","events_id","object_id"},"data"}` (R35).
    fn jerasoft(&mut self, reader: &Reader) -> Event {
        let inner = self.take("event").map_or("", RawValue::get);
        let Some(members) = Members::of(inner) else {
            self.error("\"event\" must be an object");
            return Event::new("", "");
        };
        let data = self.take("data");
        let mut head = Envelope { members, place: self.place, problems: Vec::new() };
        let mut event = Event::new(format!("billing.{}", head.required("events_id")), &reader.source)
            .time(head.required("dt"));
        match head.take("object_id").map(RawValue::get) {
            Some(literal) => {
                let subject = serde_json::from_str::<String>(literal);
                event = event
                    .subject(subject.unwrap_or_else(|_| literal.to_owned()))
                    .attribute("objectid", literal);
            }
            None => drop(head.error("\"object_id\" is missing")),
        }
        self.problems.append(&mut head.problems);
        let strangers = head.members.0.iter().chain(&self.members.0);
        for name in strangers.map(|(name, _)| name.clone()).collect::<Vec<_>>() {
            self.error(format!("unknown key {name:?} in the envelope")).hint =
                Some("what an event carries belongs into \"data\"".into());
        }
        event.data = self.data(data, reader);
        event
    }
}

fn is_json(media: &str) -> bool {
    let media = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    media == "application/json" || media.ends_with("+json")
}

/// Writes an event in JeraSoft's envelope (R35): the id without its area, `object_id` as the number or text it
/// came as. An attribute `objectid` that is no JSON is passed over: it came from elsewhere.
pub fn to_jerasoft(event: &Event) -> String {
    let text = |text: &str| serde_json::Value::from(text).to_string();
    let is_json = |literal: &&String| Data::parse(literal, usize::MAX).is_ok();
    let literal = event.attributes.get("objectid").filter(is_json).cloned();
    let object = literal.unwrap_or_else(|| text(event.subject.as_deref().unwrap_or_default()));
    let id = event.name.strip_prefix("billing.").unwrap_or(&event.name);
    format!(
        r#"{{"event":{{"dt":{},"events_id":{},"object_id":{object}}},"data":{}}}"#,
        text(&event.time),
        text(id),
        event.data
    )
}

/// The attributes of an event as a CloudEvent has them: its own, then these facets and every extension.
pub(crate) fn attributes<'a>(
    event: &'a Event,
    facets: &'a [(&'a str, &'a str)],
) -> impl Iterator<Item = (&'a str, &'a str)> {
    let context = [
        ("specversion", Some("1.0")),
        ("id", Some(event.id.as_str())),
        ("source", Some(event.source.as_str())),
        ("type", Some(event.name.as_str())),
        ("time", Some(event.time.as_str())),
        ("subject", event.subject.as_deref()),
        ("datacontenttype", Some("application/json")),
    ];
    let context = context.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let extensions = event.attributes.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    context.chain(facets.iter().copied()).chain(extensions)
}

/// Writes an event as a CloudEvent in JSON: its attributes, then the data as it came.
pub(crate) fn to_cloudevent(event: &Event, facets: &[(&str, &str)]) -> String {
    let mut json = String::with_capacity(512 + event.data.as_str().len());
    json.push('{');
    for (name, value) in attributes(event, facets) {
        push_text(&mut json, name);
        json.push(':');
        push_text(&mut json, value);
        json.push(',');
    }
    json.push_str("\"data\":");
    json.push_str(event.data.as_str());
    json.push('}');
    json
}

/// Writes a text as JSON.
fn push_text(json: &mut String, text: &str) {
    let plain = |b: u8| b >= b' ' && b != b'"' && b != b'\\';
    match text.bytes().all(plain) {
        true => {
            json.push('"');
            json.push_str(text);
            json.push('"');
        }
        false => json.push_str(&serde_json::Value::from(text).to_string()),
    }
}

#[cfg(test)]
mod tests;
