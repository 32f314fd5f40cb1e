//! What is asked of the database, by connections that only read.

use super::row::{DELIVERY, Delivery, DeliveryState, Stored, crc, damaged, id_of, sequence_of};
use super::{Health, schema};
use crate::event::Event;
use rusqlite::{Connection, OptionalExtension, Rows, params};
use std::path::Path;
use std::sync::Arc;

/// A connection that only reads.
pub(crate) struct Reader {
    connection: Connection,
    health: Arc<Health>,
}

/// How many deliveries of a hook wait for a later time, and when the first is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Later {
    pub(crate) hook: Arc<str>,
    pub(crate) due: i64,
}

impl Reader {
    pub(super) fn open(path: &Path, health: Arc<Health>) -> rusqlite::Result<Self> {
        Ok(Self { connection: schema::open_to_read(path)?, health })
    }

    /// First attempts that nothing holds back, after this id, in their order; and up to which id was looked.
    pub(crate) fn first(&self, after: i64, at_most: i64) -> rusqlite::Result<(Vec<Delivery>, i64)> {
        let sql = format!(
            "SELECT {DELIVERY} FROM deliveries WHERE state = 0 AND due = 0 AND id > ? ORDER BY id LIMIT ?"
        );
        let mut rows = self.connection.prepare_cached(&sql)?;
        self.sound(rows.query(params![after, at_most])?, after)
    }

    /// The first attempts of one event after this id.
    pub(crate) fn first_of(&self, sequence: i64, after: i64) -> rusqlite::Result<(Vec<Delivery>, i64)> {
        let sql = format!(
            "SELECT {DELIVERY} FROM deliveries WHERE state = 0 AND due = 0 AND id > ? AND id < ? ORDER BY id"
        );
        let mut rows = self.connection.prepare_cached(&sql)?;
        self.sound(rows.query(params![after, id_of(sequence + 1, 0)])?, after)
    }

    /// When the next delivery of a hook is due after this time.
    pub(crate) fn next_due(&self, hook: &str, after: i64) -> rusqlite::Result<Option<i64>> {
        let sql = "SELECT min(due) FROM deliveries WHERE state = 0 AND due > 0 AND hook = ? AND due > ?";
        self.connection.prepare_cached(sql)?.query_row(params![hook, after], |row| row.get(0))
    }

    /// What is due for a hook by now, the longest due first.
    pub(crate) fn due(&self, hook: &str, now: i64, at_most: i64) -> rusqlite::Result<Vec<Delivery>> {
        let sql = format!(
            "SELECT {DELIVERY} FROM deliveries WHERE state = 0 AND due > 0 AND hook = ? AND due <= ? \
             ORDER BY due, id LIMIT ?"
        );
        let mut rows = self.connection.prepare_cached(&sql)?;
        Ok(self.sound(rows.query(params![hook, now, at_most])?, 0)?.0)
    }

    /// The deliveries of some rows but those that are damaged, which are said and counted; and the last one's id.
    pub(super) fn sound(&self, mut rows: Rows<'_>, mut last: i64) -> rusqlite::Result<(Vec<Delivery>, i64)> {
        let mut deliveries = Vec::new();
        while let Some(row) = rows.next()? {
            last = row.get(0)?;
            match Delivery::of(row) {
                Ok(delivery) => deliveries.push(delivery),
                Err(error) => self.health.damaged(&error),
            }
        }
        Ok((deliveries, last))
    }

    /// When the first delivery of each hook is due that has any.
    pub(crate) fn later(&self) -> rusqlite::Result<Vec<Later>> {
        let mut rows = self
            .connection
            .prepare("SELECT hook, min(due) FROM deliveries WHERE state = 0 AND due > 0 GROUP BY hook")?;
        let later = rows.query_map([], |row| {
            let hook: String = row.get(0)?;
            Ok(Later { hook: hook.into(), due: row.get(1)? })
        })?;
        later.collect()
    }

    /// The hooks that have deliveries in a state other than delivered.
    pub(crate) fn hooks_with(&self, state: DeliveryState) -> rusqlite::Result<Vec<Arc<str>>> {
        let mut rows = self
            .connection
            .prepare_cached("SELECT DISTINCT hook FROM deliveries WHERE state = ? AND state > 2")?;
        rows.query_map([state], |row| row.get::<_, String>(0).map(Into::into))?.collect()
    }

    /// The event of a delivery; one whose bytes were changed is an error.
    pub(crate) fn event_of(&self, delivery: i64) -> rusqlite::Result<Event> {
        self.event(sequence_of(delivery))
    }

    /// The event in this place of the journal.
    pub(crate) fn event(&self, sequence: i64) -> rusqlite::Result<Event> {
        let mut rows = self.connection.prepare_cached("SELECT event, crc FROM events WHERE seq = ?")?;
        let (text, sum): (String, i64) = rows.query_row([sequence], |row| Ok((row.get(0)?, row.get(1)?)))?;
        if crc(&text) != sum {
            return Err(damaged("event", sequence));
        }
        Stored::event(&text).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
    }

    /// One delivery.
    pub(crate) fn delivery(&self, id: i64) -> rusqlite::Result<Option<Delivery>> {
        let sql = format!("SELECT {DELIVERY} FROM deliveries WHERE id = ?");
        self.connection.prepare_cached(&sql)?.query_row([id], Delivery::of).optional()
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(super) fn health(&self) -> &Health {
        &self.health
    }

    /// The newest time in the journal.
    pub(crate) fn newest(&self) -> rusqlite::Result<i64> {
        let newest = "SELECT max((SELECT ifnull(max(at), 0) FROM (SELECT at FROM seen ORDER BY seq DESC LIMIT 1)), \
                      (SELECT ifnull(max(at), 0) FROM (SELECT at FROM log ORDER BY id DESC LIMIT 1)))";
        self.connection.query_row(newest, [], |row| row.get(0))
    }
}

/// Deliveries of a hook in a state in which it cannot take them, in their order.
pub(super) fn in_state(
    connection: &Connection,
    hook: &str,
    state: DeliveryState,
    at_most: i64,
) -> rusqlite::Result<Vec<Delivery>> {
    let sql = format!(
        "SELECT {DELIVERY} FROM deliveries INDEXED BY waiting WHERE hook = ? AND state = ? AND state > 2 \
         ORDER BY subject, id LIMIT ?"
    );
    let mut rows = connection.prepare_cached(&sql)?;
    rows.query_map(params![hook, state, at_most], Delivery::of)?.collect()
}
