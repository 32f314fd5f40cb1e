//! What is asked of the database, by connections that only read.

use super::log::{LINE, Line};
use super::row::DeliveryState::{Held, Pending, Waiting};
use super::row::{CANCELLED, DELIVERY, Delivery, DeliveryState, damaged, id_of, sequence_of};
use super::seen::{self, SEEN};
use super::told::{Stored, crc};
use super::{Health, Told, schema};
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

/// Deliveries of a hook that were attempted, wait or are held.
const UNSETTLED: &str = "SELECT * FROM deliveries WHERE state = 0 AND due > 0 AND hook = ?1 UNION ALL \
                         SELECT * FROM deliveries WHERE state > 2 AND hook = ?1";

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
        self.sound(rows.query(params![after, at_most])?, after, &[Pending])
    }

    /// The first attempts of one event after this id.
    pub(crate) fn first_of(&self, sequence: i64, after: i64) -> rusqlite::Result<(Vec<Delivery>, i64)> {
        let sql = format!(
            "SELECT {DELIVERY} FROM deliveries WHERE state = 0 AND due = 0 AND id > ? AND id < ? ORDER BY id"
        );
        let mut rows = self.connection.prepare_cached(&sql)?;
        self.sound(rows.query(params![after, id_of(sequence + 1, 0)])?, after, &[Pending])
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
        Ok(self.sound(rows.query(params![hook, now, at_most])?, 0, &[Pending])?.0)
    }

    /// The deliveries of some rows that are in one of these states, and the last one's id.
    pub(super) fn sound(
        &self,
        rows: Rows<'_>,
        last: i64,
        states: &[DeliveryState],
    ) -> rusqlite::Result<(Vec<Delivery>, i64)> {
        sound(&self.health, rows, last, states)
    }

    /// The first delivery of a hook and a subject that is held.
    pub(crate) fn first_held(&self, hook: &str, subject: i64) -> rusqlite::Result<Option<Delivery>> {
        let sql = format!(
            "SELECT {DELIVERY} FROM deliveries WHERE state = 4 AND state > 2 AND hook = ? AND subject = ? ORDER BY id"
        );
        self.first_sound(self.connection.prepare_cached(&sql)?.query(params![hook, subject])?)
    }

    /// The first delivery of each subject that a hook has not settled, as far as it was attempted, waits or is held.
    pub(crate) fn heads(&self, hook: &str) -> rusqlite::Result<Vec<Delivery>> {
        let sql =
            format!("SELECT {DELIVERY}, min(id) FROM ({UNSETTLED}) WHERE subject <> 0 GROUP BY subject");
        let mut rows = self.connection.prepare_cached(&sql)?;
        let (mut rows, mut heads) = (rows.query([hook])?, Vec::new());
        while let Some(row) = rows.next()? {
            match Delivery::of(row) {
                Ok(delivery) => heads.push(delivery),
                // It is left out, and its subject is led by the next that is sound.
                Err(error) => match row.get(5) {
                    Ok(subject) => heads.extend(self.head(hook, subject)?),
                    Err(_) => self.health.damaged(&error),
                },
            }
        }
        Ok(heads)
    }

    /// The first of them of one subject.
    fn head(&self, hook: &str, subject: i64) -> rusqlite::Result<Option<Delivery>> {
        let sql = format!("SELECT {DELIVERY} FROM ({UNSETTLED}) WHERE subject = ?2 ORDER BY id");
        self.first_sound(self.connection.prepare_cached(&sql)?.query(params![hook, subject])?)
    }

    /// The first delivery of some rows that is not damaged; those before it are said and counted.
    fn first_sound(&self, mut rows: Rows<'_>) -> rusqlite::Result<Option<Delivery>> {
        while let Some(row) = rows.next()? {
            match Delivery::of(row) {
                Ok(delivery) => return Ok(Some(delivery)),
                Err(error) => self.health.damaged(&error),
            }
        }
        Ok(None)
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
    pub(crate) fn event_of(&self, delivery: i64) -> rusqlite::Result<Told> {
        self.event(sequence_of(delivery))
    }

    /// The event in this place of the journal.
    pub(crate) fn event(&self, sequence: i64) -> rusqlite::Result<Told> {
        let mut rows = self.connection.prepare_cached("SELECT at, event, crc FROM events WHERE seq = ?")?;
        let (at, text, sum): (i64, String, i64) =
            rows.query_row([sequence], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        if crc(sequence, at, text.as_bytes()) != sum {
            return Err(damaged("event", sequence));
        }
        Stored::event(&text).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
    }

    /// One delivery.
    pub(crate) fn delivery(&self, id: i64) -> rusqlite::Result<Option<Delivery>> {
        let sql = format!("SELECT {DELIVERY} FROM deliveries WHERE id = ?");
        self.connection.prepare_cached(&sql)?.query_row([id], Delivery::of).optional()
    }

    /// What an event still owes.
    pub(crate) fn owing(&self, who: [u8; 16]) -> rusqlite::Result<Vec<Delivery>> {
        owing(&self.connection, &self.health, who)
    }

    /// The last event that was told before this time.
    pub(crate) fn before(&self, at: i64) -> rusqlite::Result<i64> {
        let before = "SELECT ifnull(max(seq), 0) FROM seen WHERE at < ?";
        self.connection.query_row(before, [at], |row| row.get(0))
    }

    /// Some of the events after this one that are not owed to a hook and were not cancelled; and the last one that was looked at.
    pub(crate) fn events_without(&self, hook: &str, after: i64) -> rusqlite::Result<(Vec<(i64, Told)>, i64)> {
        let sequences = "SELECT seq FROM seen WHERE seq > ? ORDER BY seq LIMIT 256";
        let mut sequences = self.connection.prepare_cached(sequences)?;
        let sequences: Vec<i64> =
            sequences.query_map([after], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        let mut owed = self.connection.prepare_cached(
            "SELECT 1 FROM deliveries WHERE id >= ?1 AND id < ?2 GROUP BY 1 HAVING max(hook = ?3) \
             OR min(state = 2 AND reason IS ?4)",
        )?;
        let last = sequences.last().copied().unwrap_or(after);
        let mut events = Vec::new();
        for sequence in sequences {
            if !owed.exists(params![id_of(sequence, 0), id_of(sequence + 1, 0), hook, CANCELLED])? {
                match self.event(sequence) {
                    Ok(event) => events.push((sequence, event)),
                    Err(error) => self.health.damaged(&error),
                }
            }
        }
        Ok((events, last))
    }

    /// The newest time in the journal; 0 where there is none.
    pub(crate) fn newest(&self) -> rusqlite::Result<i64> {
        let told = format!("SELECT {SEEN} FROM seen ORDER BY seq DESC LIMIT 1");
        let told = self.connection.query_row(&told, [], |row| Ok(seen::of(row).map(|(_, _, at)| at)));
        let attempted = format!("SELECT {LINE} FROM log ORDER BY id DESC LIMIT 1");
        let attempted =
            self.connection.query_row(&attempted, [], |row| Ok(Line::of(row).map(|line| line.turn.at)));
        // A row that is damaged says nothing; whoever verifies finds it.
        let sound = |at: Option<rusqlite::Result<i64>>| at.and_then(Result::ok).unwrap_or_default();
        Ok(sound(told.optional()?).max(sound(attempted.optional()?)))
    }

    pub(super) fn damaged(&self, error: &rusqlite::Error) {
        self.health.damaged(error);
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }
}

/// The deliveries of some rows that are in one of these states, and the last one's id. Those that are damaged, or that a
/// damaged index led to, are left out, said and counted.
fn sound(
    health: &Health,
    mut rows: Rows<'_>,
    mut last: i64,
    states: &[DeliveryState],
) -> rusqlite::Result<(Vec<Delivery>, i64)> {
    let mut deliveries = Vec::new();
    while let Some(row) = rows.next()? {
        last = row.get(0)?;
        match Delivery::of(row) {
            Ok(delivery) if states.contains(&delivery.state) => deliveries.push(delivery),
            Ok(delivery) => health.damaged(&damaged("the index of delivery", delivery.id)),
            Err(error) => health.damaged(&error),
        }
    }
    Ok((deliveries, last))
}

/// What an event still owes.
pub(super) fn owing(
    connection: &Connection,
    health: &Health,
    who: [u8; 16],
) -> rusqlite::Result<Vec<Delivery>> {
    // Without an index, which every told event would pay for.
    let sequence = "SELECT max(seq) FROM seen WHERE who = ?";
    let sequence: Option<i64> = connection.query_row(sequence, [who], |row| row.get(0))?;
    let Some(sequence) = sequence else { return Ok(Vec::new()) };
    let sql = format!(
        "SELECT {DELIVERY} FROM deliveries WHERE id >= ? AND id < ? AND state IN (0, 3, 4) ORDER BY id"
    );
    let mut rows = connection.prepare_cached(&sql)?;
    let rows = rows.query(params![id_of(sequence, 0), id_of(sequence + 1, 0)])?;
    Ok(sound(health, rows, 0, &[Pending, Waiting, Held])?.0)
}

/// Deliveries of a hook in a state in which it cannot take them, in their order; those that are damaged are left out.
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
    let deliveries = rows.query_map(params![hook, state, at_most], |row| Ok(Delivery::of(row).ok()))?;
    deliveries.filter_map(Result::transpose).collect()
}
