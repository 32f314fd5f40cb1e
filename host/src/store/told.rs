//! How a told event is written down: in JSON, under what it is known by, with what it is owed to.

use super::Told;
use super::row::{Delivery, DeliveryState, INSERT_DELIVERY, id_of, sum};
use crate::cause::Cause;
use crate::data::Data;
use crate::event::Event;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, params};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64;

/// A stored event, in JSON.
#[derive(Deserialize)]
pub(crate) struct Stored<'a> {
    id: String,
    name: String,
    source: String,
    time: String,
    #[serde(default)]
    subject: Option<String>,
    facets: BTreeMap<String, String>,
    attributes: BTreeMap<String, String>,
    #[serde(default)]
    cause: Option<Box<Cause>>,
    #[serde(borrow)]
    data: &'a RawValue,
}

impl Stored<'_> {
    pub(crate) fn json(event: &Event, cause: Option<&Cause>) -> Json {
        let Event { id, name, source, time, subject, facets, attributes, data } = event;
        // Room enough for most, so that it need not grow.
        let mut text = Vec::with_capacity(512 + data.as_str().len());
        put(&mut text, "{\"id\":", id);
        put(&mut text, ",\"source\":", source);
        put(&mut text, ",\"time\":", time);
        put(&mut text, ",\"attributes\":", attributes);
        cause.into_iter().for_each(|cause| put(&mut text, ",\"cause\":", cause));
        let says = text.len();
        put(&mut text, ",\"name\":", name);
        subject.iter().for_each(|subject| put(&mut text, ",\"subject\":", subject));
        put(&mut text, ",\"facets\":", facets);
        // Put in as it is, since it was checked: serialising it would check it again.
        for part in [",\"data\":", data.as_str(), "}"] {
            text.extend_from_slice(part.as_bytes());
        }
        Json { text, says }
    }

    /// The event that was written down as `text`, which was checked then and is as it was written.
    pub(crate) fn event(text: &str) -> Result<Told, String> {
        let stored: Stored<'_> = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let data = Data::part(stored.data.get(), usize::MAX).map_err(|error| error.to_string())?;
        let mut event = Event::known(stored.id, stored.time, stored.name, stored.source).with_data(data);
        event.subject = stored.subject;
        event.facets = stored.facets;
        event.attributes = stored.attributes;
        Ok(Told { event, cause: stored.cause })
    }
}

/// A member of an object, after what stands before its value.
fn put(text: &mut Vec<u8>, key: &str, value: &impl Serialize) {
    text.extend_from_slice(key.as_bytes());
    serde_json::to_writer(text, value).expect("texts are JSON");
}

/// A stored event's text. It was written as UTF-8, and is not checked again.
#[derive(Debug)]
pub(crate) struct Json {
    text: Vec<u8>,
    /// Where what the event says begins in it.
    says: usize,
}

impl Json {
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.text
    }

    /// A number for what the event says.
    fn what(&self) -> i64 {
        xxh3_64(&self.text[self.says..]).cast_signed()
    }
}

impl ToSql for Json {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(ValueRef::Text(&self.text)))
    }
}

/// A told event as it is written down, but for its text.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(super) key: Key,
    subject: i64,
    pub(super) owed: Vec<Arc<str>>,
    pub(super) at: i64,
    pub(super) due: i64,
}

impl Prepared {
    pub(super) fn of(
        event: &Event,
        cause: Option<&Cause>,
        owed: Vec<Arc<str>>,
        at: i64,
        due: i64,
    ) -> (Self, Json) {
        // Only deliveries have one.
        let subject = if owed.is_empty() { 0 } else { subject(event) };
        let json = Stored::json(event, cause);
        let who = identity(&event.source, &event.id, event.tenant());
        (Self { key: Key { who, what: json.what() }, subject, owed, at, due }, json)
    }

    /// Writes it into this place of the journal with its text, and its deliveries.
    pub(super) fn insert(
        &self,
        text: &[u8],
        inserts: &mut Inserts<'_>,
        sequence: i64,
    ) -> rusqlite::Result<()> {
        let Self { key, subject, owed, at, due } = self;
        let json = ToSqlOutput::Borrowed(ValueRef::Text(text));
        inserts.event.execute(params![sequence, at, crc(sequence, *at, text), json])?;
        let count = i64::try_from(owed.len()).unwrap_or(i64::MAX);
        let sum = key.crc(sequence, *at, count);
        inserts.seen.execute(params![sequence, at, key.who, key.what, count, sum])?;
        for (place, hook) in (0..).zip(owed) {
            let (id, hook, state) = (id_of(sequence, place), Arc::clone(hook), DeliveryState::Pending);
            let (due, subject) = (*due, *subject);
            let delivery = Delivery { id, hook, state, attempts: 0, due, subject, reason: None };
            delivery.write(&mut inserts.delivery)?;
        }
        Ok(())
    }
}

/// The statements that write told events: to look each up again takes as long as a row.
pub(super) struct Inserts<'c> {
    event: CachedStatement<'c>,
    seen: CachedStatement<'c>,
    delivery: CachedStatement<'c>,
}

impl<'c> Inserts<'c> {
    pub(super) fn prepare(connection: &'c Connection) -> rusqlite::Result<Self> {
        Ok(Self {
            event: connection
                .prepare_cached("INSERT INTO events (seq, at, crc, event) VALUES (?, ?, ?, ?)")?,
            seen: connection.prepare_cached(
                "INSERT INTO seen (seq, at, who, what, owed, crc) VALUES (?, ?, ?, ?, ?, ?)",
            )?,
            delivery: connection.prepare_cached(INSERT_DELIVERY)?,
        })
    }
}

/// The checksum of an event's row.
pub(super) fn crc(sequence: i64, at: i64, event: &[u8]) -> i64 {
    sum(&[sequence, at], &[event])
}

/// What an event is known by: tenant, source and id; and what it says: name, facets, subject and data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) who: [u8; 16],
    pub(crate) what: i64,
}

impl Key {
    /// The checksum of the row that keeps it.
    pub(super) fn crc(&self, sequence: i64, at: i64, owed: i64) -> i64 {
        sum(&[sequence, at, self.what, owed], &[&self.who])
    }
}

/// What an event is known by.
pub(crate) fn identity(source: &str, id: &str, tenant: Option<&str>) -> [u8; 16] {
    hash(&[tenant.unwrap_or_default(), source, id])
}

/// A number for an event's tenant and subject, by which those of one subject keep their order; 0 without one.
pub(crate) fn subject(event: &Event) -> i64 {
    match &event.subject {
        None => 0,
        Some(subject) => number(hash(&[event.tenant().unwrap_or_default(), subject])) | 1,
    }
}

/// Of texts that others may choose: nobody finds two that have the same.
fn hash(texts: &[&str]) -> [u8; 16] {
    // Fed to the hash at once, which is cheaper than one by one.
    let mut all = Vec::with_capacity(256);
    for text in texts {
        all.extend_from_slice(&(text.len() as u64).to_le_bytes());
        all.extend_from_slice(text.as_bytes());
    }
    let mut first = [0; 16];
    first.copy_from_slice(&Sha256::digest(&all)[..16]);
    first
}

fn number(hash: [u8; 16]) -> i64 {
    let [a, b, c, d, e, f, g, h, ..] = hash;
    i64::from_le_bytes([a, b, c, d, e, f, g, h])
}
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_survives_being_written_down() {
        let data = Data::parse(r#"{"b":1E5,"a":{"$serde_json::private::Number":"1e999"}}"#, 1000).unwrap();
        let event = Event::new("cloud.post_create", "shop").subject("vdc-7").facet("option", "SERVER");
        let event = event.attribute("tenant", "t1").with_data(data);
        let told = Told { event, cause: None };
        let json = String::from_utf8(Stored::json(&told.event, None).text).unwrap();
        assert_eq!(Stored::event(&json).unwrap(), told);
    }

    #[test]
    fn what_an_event_is_known_by_and_what_it_says_are_two_things() {
        let key = |event: &Event| Prepared::of(event, None, Vec::new(), 0, 0).0.key;
        let event = Event::new("a", "shop").id("1");
        assert_eq!(key(&event), key(&event.clone().time("2026-01-31T12:00:00Z").attribute("b", "c")));
        for other in [
            event.clone().subject("x"),
            event.clone().facet("f", "x"),
            event.clone().data(&1).unwrap(),
            Event::new("b", "shop").id("1"),
        ] {
            assert_eq!(key(&event).who, key(&other).who);
            assert_ne!(key(&event).what, key(&other).what, "{other:?}");
        }
        assert_ne!(key(&event).who, key(&event.clone().attribute("tenant", "t")).who);
        assert_eq!((subject(&event), subject(&event.clone().subject("x")) == 0), (0, false));
    }
}
