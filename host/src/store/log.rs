//! The execution log: a line for each turn of a hook that is worth one, and the asked events of such turns.

use super::row::{self, damaged};
use super::told::Stored;
use super::{Delivery, Health};
use crate::data::Data;
use crate::event::Event;
use crate::outcome::{Failure, TrailLine, TrailVerdict};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::Deserialize;
use serde::de::value::{Error, StrDeserializer};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

/// What is looked for most often is what went wrong; every further index would slow down every attempt.
pub(super) const TABLES: &str = "
CREATE TABLE asks (
  id INTEGER PRIMARY KEY, at INTEGER NOT NULL, crc INTEGER NOT NULL, event TEXT NOT NULL, changed TEXT);
CREATE TABLE log (
  id INTEGER PRIMARY KEY, at INTEGER NOT NULL, crc INTEGER NOT NULL, ask INTEGER, delivery INTEGER,
  attempt INTEGER NOT NULL, hook TEXT NOT NULL, event TEXT NOT NULL, event_id TEXT NOT NULL, source TEXT NOT NULL,
  tenant TEXT, subject TEXT, version TEXT, verdict TEXT NOT NULL, failure TEXT, message TEXT, micros INTEGER NOT NULL,
  fuel INTEGER NOT NULL);
CREATE INDEX trouble ON log (id) WHERE verdict IN ('failed', 'veto');
CREATE INDEX trouble_of ON log (delivery) WHERE verdict IN ('failed', 'veto') AND delivery IS NOT NULL;
";

/// Bytes of asked events that may wait to be written; further ones are dropped and counted.
const WAITING_BYTES: usize = 16 << 20;
/// What an event takes beside its data, as a rule.
const EVENT_BYTES: usize = 1024;

/// One turn of a hook.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Attempt {
    /// When it began, in microseconds of the journal's clock.
    pub(crate) at: i64,
    pub(crate) event: Arc<str>,
    pub(crate) event_id: Arc<str>,
    pub(crate) source: Arc<str>,
    pub(crate) tenant: Option<Arc<str>>,
    pub(crate) subject: Option<Arc<str>>,
    pub(crate) version: Option<Arc<str>>,
    pub(crate) verdict: TrailVerdict,
    pub(crate) failure: Option<Failure>,
    pub(crate) message: Option<String>,
    pub(crate) micros: i64,
    pub(crate) fuel: i64,
}

impl Attempt {
    /// What a hook did with an event.
    pub(crate) fn of(event: &Event, line: &TrailLine, at: i64) -> Self {
        Self {
            at,
            event: event.name.as_str().into(),
            event_id: event.id.as_str().into(),
            source: event.source.as_str().into(),
            tenant: event.tenant().map(Into::into),
            subject: event.subject.as_deref().map(Into::into),
            version: line.version.clone(),
            verdict: line.verdict,
            failure: line.failure,
            message: line.message.clone(),
            micros: line.time.as_micros().try_into().unwrap_or(i64::MAX),
            fuel: line.fuel.try_into().unwrap_or(i64::MAX),
        }
    }
}

/// A line of the log.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Line {
    pub(crate) id: i64,
    /// The asked event, where it is one.
    pub(crate) ask: Option<i64>,
    /// The delivery of a told event, where it is one.
    pub(crate) delivery: Option<i64>,
    /// Which attempt it was.
    pub(crate) attempt: u32,
    pub(crate) hook: Arc<str>,
    pub(crate) turn: Attempt,
}

/// The columns that make a [`Line`], in their order.
pub(super) const LINE: &str = "id, ask, delivery, attempt, hook, at, event, event_id, source, tenant, subject, \
                               version, verdict, failure, message, micros, fuel, crc";

impl Line {
    /// From a row of [`LINE`]; one whose bytes were changed is an error.
    pub(super) fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        let text = |column| row.get::<_, Option<String>>(column).map(|text| text.map(Arc::from));
        let word = |column| row.get::<_, Option<String>>(column);
        let turn = Attempt {
            at: row.get(5)?,
            event: text(6)?.unwrap_or_default(),
            event_id: text(7)?.unwrap_or_default(),
            source: text(8)?.unwrap_or_default(),
            tenant: text(9)?,
            subject: text(10)?,
            version: text(11)?,
            verdict: word(12)?.and_then(|word| read(&word)).unwrap_or(TrailVerdict::Skipped),
            failure: word(13)?.and_then(|word| read(&word)),
            message: row.get(14)?,
            micros: row.get(15)?,
            fuel: row.get(16)?,
        };
        let line = Self {
            id: row.get(0)?,
            ask: row.get(1)?,
            delivery: row.get(2)?,
            attempt: row.get(3)?,
            hook: text(4)?.unwrap_or_default(),
            turn,
        };
        if line.crc() == row.get::<_, i64>(17)? { Ok(line) } else { Err(damaged("line", line.id)) }
    }

    /// Everything but its id, which it has from the database.
    fn crc(&self) -> i64 {
        let Self { ask, delivery, attempt, hook, turn, .. } = self;
        let mut crc = crc32fast::Hasher::new();
        let numbers =
            [*ask, *delivery, Some((*attempt).into()), Some(turn.at), Some(turn.micros), Some(turn.fuel)];
        for number in numbers {
            crc.update(&number.map_or([0xff; 8], i64::to_le_bytes));
        }
        let (verdict, failure) = (turn.verdict.to_string(), turn.failure.map(|failure| failure.to_string()));
        let texts = [Some(&**hook), Some(&*turn.event), Some(&*turn.event_id), Some(&*turn.source)];
        let more = [turn.tenant.as_deref(), turn.subject.as_deref(), turn.version.as_deref()];
        let last = [Some(verdict.as_str()), failure.as_deref(), turn.message.as_deref()];
        for text in texts.into_iter().chain(more).chain(last) {
            crc.update(text.unwrap_or_default().as_bytes());
            crc.update(&[0xff]);
        }
        crc.finalize().into()
    }

    fn insert(&self, connection: &Connection) -> rusqlite::Result<()> {
        let mut insert = connection.prepare_cached(
            "INSERT INTO log (ask, delivery, attempt, hook, at, event, event_id, source, tenant, subject, version, \
             verdict, failure, message, micros, fuel, crc) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )?;
        let Self { ask, delivery, attempt, hook, turn, .. } = self;
        let (verdict, failure) = (turn.verdict.to_string(), turn.failure.map(|failure| failure.to_string()));
        insert.execute(params![
            ask,
            delivery,
            attempt,
            hook,
            turn.at,
            turn.event,
            turn.event_id,
            turn.source,
            turn.tenant,
            turn.subject,
            turn.version,
            verdict,
            failure,
            turn.message,
            turn.micros,
            turn.fuel,
            self.crc()
        ])?;
        Ok(())
    }
}

/// One of a closed list of words.
fn read<W: for<'de> Deserialize<'de>>(word: &str) -> Option<W> {
    W::deserialize(StrDeserializer::<Error>::new(word)).ok()
}

/// An attempt at a delivery.
pub(super) fn attempted(
    connection: &Connection,
    delivery: &Delivery,
    turn: &Attempt,
) -> rusqlite::Result<()> {
    let (delivery, attempt, hook) = (Some(delivery.id), delivery.attempts, Arc::clone(&delivery.hook));
    Line { id: 0, ask: None, delivery, attempt, hook, turn: turn.clone() }.insert(connection)
}

/// An asked event that is worth being kept.
pub(crate) struct Asked {
    pub(crate) at: i64,
    /// The event as it was sent.
    pub(crate) sent: Event,
    /// Its data as hooks changed it, where they did.
    pub(crate) changed: Option<Data>,
    /// The turns that are written down.
    pub(crate) lines: Vec<TrailLine>,
}

/// The event once, and a line for each turn.
pub(super) fn asked(connection: &Connection, asked: &Asked) -> rusqlite::Result<()> {
    let Asked { at, sent, changed, lines } = asked;
    let (event, changed) = (Stored::json(sent, None), changed.as_ref().map(Data::as_str));
    let mut insert =
        connection.prepare_cached("INSERT INTO asks (at, crc, event, changed) VALUES (?, ?, ?, ?)")?;
    let ask = Some(insert.insert(params![at, sum(event.as_bytes(), changed), event, changed])?);
    for line in lines {
        let (hook, turn) = (Arc::clone(&line.hook), Attempt::of(sent, line, *at));
        Line { id: 0, ask, delivery: None, attempt: 1, hook, turn }.insert(connection)?;
    }
    Ok(())
}

pub(super) fn sum(event: &[u8], changed: Option<&str>) -> i64 {
    row::crc_of(&[event, changed.unwrap_or_default().as_bytes()])
}

/// An asked event as it was sent, and its data as hooks changed it.
pub(super) fn ask(connection: &Connection, id: i64) -> rusqlite::Result<Option<(Event, Option<Data>)>> {
    let mut rows = connection.prepare_cached("SELECT event, changed, crc FROM asks WHERE id = ?")?;
    let row = rows.query_row([id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).optional()?;
    let Some((event, changed, crc)): Option<(String, Option<String>, i64)> = row else { return Ok(None) };
    if sum(event.as_bytes(), changed.as_deref()) != crc {
        return Err(damaged("ask", id));
    }
    let told = Stored::event(&event);
    let told = told.map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
    Ok(Some((told.event, changed.and_then(|text| Data::parse(&text, usize::MAX).ok()))))
}

/// How many asked events wait to be written, and how many were not because too many did.
#[derive(Debug, Default)]
pub(super) struct Gate {
    bytes: AtomicUsize,
    pub(super) dropped: AtomicU64,
}

/// A place among those that wait; free again when it is dropped.
pub(super) struct Place {
    health: Arc<Health>,
    bytes: usize,
}

impl Place {
    /// A place for an event with so much data, if there is one.
    pub(super) fn take(health: &Arc<Health>, data: usize) -> Option<Self> {
        let bytes = data.saturating_add(EVENT_BYTES);
        if health.asks.bytes.fetch_add(bytes, Relaxed) < WAITING_BYTES {
            return Some(Self { health: Arc::clone(health), bytes });
        }
        health.asks.bytes.fetch_sub(bytes, Relaxed);
        health.asks.dropped.fetch_add(1, Relaxed);
        None
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.health.asks.bytes.fetch_sub(self.bytes, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_to_be_written_is_bounded_and_what_is_dropped_is_counted() {
        let health = Arc::new(Health::default());
        let places: Vec<_> = std::iter::from_fn(|| Place::take(&health, 1 << 20)).collect();
        assert_eq!((places.len(), health.asks.dropped.load(Relaxed)), (16, 1));
        drop(places);
        assert!(Place::take(&health, 0).is_some());
        assert_eq!(health.asks.bytes.load(Relaxed), 0);
    }
}
