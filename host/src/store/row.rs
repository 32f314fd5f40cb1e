//! What the rows hold: events as JSON, deliveries, and the checksums that make a flipped byte visible.

use super::Told;
use crate::cause::Cause;
use crate::data::Data;
use crate::event::Event;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, Row, Statement, params};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64;

/// Deliveries of one event have neighbouring ids: its sequence, and the place of each.
const PLACES: i64 = 1 << 16;

/// The id of the delivery of an event in this place.
pub(crate) fn id_of(sequence: i64, place: i64) -> i64 {
    sequence * PLACES + place
}

/// The event of a delivery.
pub(crate) fn sequence_of(id: i64) -> i64 {
    id / PLACES
}

/// How a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum DeliveryState {
    /// It is due, now or later.
    Pending,
    /// The hook accepted it.
    Delivered,
    /// It is given up: a dead letter.
    Dead,
    /// Its hook cannot take it: disabled, or unavailable.
    Waiting,
    /// An earlier one of its subject is not delivered yet, and the hook wants them in order.
    Held,
}

impl DeliveryState {
    /// Every state.
    pub const ALL: [Self; 5] = [Self::Pending, Self::Delivered, Self::Dead, Self::Waiting, Self::Held];
}

impl ToSql for DeliveryState {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok((*self as i64).into())
    }
}

impl FromSql for DeliveryState {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let number = usize::try_from(value.as_i64()?).ok();
        number.and_then(|number| Self::ALL.get(number)).copied().ok_or(FromSqlError::InvalidType)
    }
}

/// One told event owed to one hook.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Delivery {
    /// Unique; those of one event are neighbours.
    pub id: i64,
    /// The hook's id.
    pub hook: Arc<str>,
    /// How it stands.
    pub state: DeliveryState,
    /// Attempts that were made.
    pub attempts: u32,
    /// Microseconds of the journal's clock; 0 for a first attempt that nothing holds back.
    pub due: i64,
    /// A number for tenant and subject; 0 without a subject.
    pub subject: i64,
    /// Why it is dead, waits, or failed last.
    pub reason: Option<String>,
}

/// The columns that make a [`Delivery`], in their order.
pub(super) const DELIVERY: &str = "id, hook, state, attempts, due, subject, reason, crc";

/// Why a delivery is dead that was taken back.
pub(super) const CANCELLED: &str = "it was cancelled";

const INSERT_DELIVERY: &str = "INSERT INTO deliveries (id, hook, state, attempts, due, subject, reason, crc) \
                               VALUES (?, ?, ?, ?, ?, ?, ?, ?)";

impl Delivery {
    /// From a row of [`DELIVERY`]; one whose bytes were changed is an error.
    pub(super) fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        let hook: String = row.get(1)?;
        let delivery = Self {
            id: row.get(0)?,
            hook: hook.into(),
            state: row.get(2)?,
            attempts: row.get(3)?,
            due: row.get(4)?,
            subject: row.get(5)?,
            reason: row.get(6)?,
        };
        if delivery.crc() == row.get::<_, i64>(7)? {
            Ok(delivery)
        } else {
            Err(damaged("delivery", delivery.id))
        }
    }

    /// Writes one that is new.
    pub(super) fn insert(&self, connection: &Connection) -> rusqlite::Result<()> {
        self.write(&mut *connection.prepare_cached(INSERT_DELIVERY)?)
    }

    fn write(&self, insert: &mut Statement<'_>) -> rusqlite::Result<()> {
        let Self { id, hook, state, attempts, due, subject, reason } = self;
        insert.execute(params![id, hook, state, attempts, due, subject, reason, self.crc()])?;
        Ok(())
    }

    /// The same, taken back by who told its event.
    pub(crate) fn cancelled(self) -> Self {
        Self { state: DeliveryState::Dead, reason: Some(CANCELLED.to_owned()), ..self }
    }

    pub(super) fn crc(&self) -> i64 {
        let numbers = [self.id, self.state as i64, self.attempts.into(), self.due, self.subject];
        sum(&numbers, &[self.hook.as_bytes(), self.reason.as_deref().unwrap_or_default().as_bytes()])
    }
}

/// A row whose bytes are not those that were written.
pub(super) fn damaged(what: &str, id: i64) -> rusqlite::Error {
    let message = format!("{what} {id} is damaged: its checksum does not fit");
    rusqlite::Error::ToSqlConversionFailure(message.into())
}

/// A stored event, in JSON.
#[derive(Serialize, Deserialize)]
pub(crate) struct Stored<'a> {
    id: String,
    name: String,
    source: String,
    time: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    subject: Option<String>,
    facets: BTreeMap<String, String>,
    attributes: BTreeMap<String, String>,
    #[serde(default)]
    cause: Option<Cause>,
    #[serde(borrow)]
    data: &'a RawValue,
}

/// What is stored of an event, but for what it says.
#[derive(Serialize)]
struct Context<'a> {
    id: &'a str,
    source: &'a str,
    time: &'a str,
    attributes: &'a BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'a Cause>,
}

/// What an event says, but for its data.
#[derive(Serialize)]
struct Says<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    facets: &'a BTreeMap<String, String>,
}

impl Stored<'_> {
    pub(crate) fn json(told: &Told) -> Json {
        let Event { id, name, source, time, subject, facets, attributes, data } = &told.event;
        let (subject, cause) = (subject.as_deref(), told.cause.as_ref());
        // Room enough for most, so that it need not grow.
        let mut text = Vec::with_capacity(512 + data.as_str().len());
        serde_json::to_writer(&mut text, &Context { id, source, time, attributes, cause })
            .expect("texts are JSON");
        text.pop();
        let says = text.len();
        serde_json::to_writer(&mut text, &Says { name, subject, facets }).expect("texts are JSON");
        // It goes on in the same object.
        text[says] = b',';
        text.pop();
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

/// JSON for a column with text. What makes it makes UTF-8, so nobody need check that.
#[derive(Debug)]
pub(crate) struct Json {
    text: Vec<u8>,
    /// Where it begins what the event says.
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

/// The checksum of several parts.
pub(super) fn crc_of(parts: &[&[u8]]) -> i64 {
    let mut crc = crc32fast::Hasher::new();
    for part in parts {
        crc.update(&(part.len() as u64).to_le_bytes());
        crc.update(part);
    }
    crc.finalize().into()
}

/// The checksum of an event's row.
pub(super) fn crc(sequence: i64, at: i64, event: &[u8]) -> i64 {
    sum(&[sequence, at], &[event])
}

/// The checksum of a row's numbers and texts, its place among them: no row passes for another.
pub(super) fn sum(numbers: &[i64], texts: &[&[u8]]) -> i64 {
    let mut crc = crc32fast::Hasher::new();
    numbers.iter().for_each(|number| crc.update(&number.to_le_bytes()));
    texts.iter().for_each(|text| crc.update(text));
    crc.finalize().into()
}

/// A told event as it is written down.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(super) key: Key,
    json: Json,
    subject: i64,
    pub(super) owed: Vec<Arc<str>>,
    pub(super) at: i64,
    pub(super) due: i64,
}

impl Prepared {
    pub(super) fn of(told: &Told, owed: Vec<Arc<str>>, at: i64, due: i64) -> Self {
        // Only deliveries have one.
        let subject = if owed.is_empty() { 0 } else { subject(&told.event) };
        let json = Stored::json(told);
        let who = identity(&told.event.source, &told.event.id, told.event.tenant());
        Self { key: Key { who, what: json.what() }, json, subject, owed, at, due }
    }

    /// Writes it into this place of the journal, with its deliveries.
    pub(super) fn insert(&self, inserts: &mut Inserts<'_>, sequence: i64) -> rusqlite::Result<()> {
        let Self { key, json, subject, owed, at, due } = self;
        inserts.event.execute(params![sequence, at, crc(sequence, *at, json.as_bytes()), json])?;
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
        let json = String::from_utf8(Stored::json(&told).text).unwrap();
        assert_eq!(Stored::event(&json).unwrap(), told);
    }

    #[test]
    fn what_an_event_is_known_by_and_what_it_says_are_two_things() {
        let key =
            |event: &Event| Prepared::of(&Told { event: event.clone(), cause: None }, Vec::new(), 0, 0).key;
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
