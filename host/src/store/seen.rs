//! Which events were told lately, so that one that is told again gets the receipt of the first time.

use super::row::damaged;
use super::told::Key;
use super::{Health, StoreError, Taken};
use rusqlite::{Connection, Row};
use std::collections::{HashMap, VecDeque};

/// How long an event is known, in microseconds.
const LONG: i64 = 24 * 3600 * 1_000_000;
/// How many are known.
const MOST: usize = 10_000_000;

/// The events of the last day. In memory: an index on ids that callers choose would make every write random.
#[derive(Default)]
pub(super) struct Seen {
    known: HashMap<[u8; 16], Known, foldhash::fast::RandomState>,
    /// In the order in which they came.
    order: VecDeque<(i64, [u8; 16])>,
}

/// The columns of an event that was told, in their order.
pub(super) const SEEN: &str = "seq, at, who, what, owed, crc";

/// What a row of [`SEEN`] says: what the event is known by, its receipt, and when it was told.
pub(super) fn of(row: &Row<'_>) -> rusqlite::Result<(Key, Taken, i64)> {
    let (sequence, at, owed) = (row.get(0)?, row.get(1)?, row.get(4)?);
    let key = Key { who: row.get(2)?, what: row.get(3)? };
    if key.crc(sequence, at, owed) != row.get::<_, i64>(5)? {
        return Err(damaged("the receipt of event", sequence));
    }
    Ok((key, Taken { sequence, owed: usize::try_from(owed).unwrap_or(usize::MAX), repeated: false }, at))
}

#[derive(Clone, Copy)]
struct Known {
    what: i64,
    sequence: i64,
    owed: u32,
    at: i64,
}

impl Seen {
    /// What the database knows; rows that are damaged are said, and left out.
    pub(super) fn read(connection: &Connection, health: &Health) -> rusqlite::Result<Self> {
        let mut seen = Self::default();
        let newest: Option<i64> = connection.query_row("SELECT max(at) FROM seen", [], |row| row.get(0))?;
        let since = newest.unwrap_or_default() - LONG;
        let mut rows = connection.prepare(&format!("SELECT {SEEN} FROM seen WHERE at > ? ORDER BY seq"))?;
        let mut rows = rows.query([since])?;
        while let Some(row) = rows.next()? {
            match of(row) {
                Ok((key, taken, at)) => seen.note(key, &taken, at),
                Err(error) => health.damaged(&error),
            }
        }
        Ok(seen)
    }

    /// The receipt of an event that was told before; an error where another had its id.
    pub(super) fn find(&self, key: Key, now: i64) -> Option<Result<Taken, StoreError>> {
        let known = self.known.get(&key.who).filter(|known| now - known.at < LONG)?;
        Some(if known.what == key.what {
            Ok(Taken { sequence: known.sequence, owed: known.owed as usize, repeated: true })
        } else {
            Err(StoreError::Conflict)
        })
    }

    /// Takes back the last that were noted: they were not written.
    pub(super) fn forget(&mut self, last: &[[u8; 16]]) {
        self.order.truncate(self.order.len().saturating_sub(last.len()));
        last.iter().for_each(|who| _ = self.known.remove(who));
    }

    pub(super) fn note(&mut self, key: Key, taken: &Taken, at: i64) {
        let owed = u32::try_from(taken.owed).unwrap_or(u32::MAX);
        self.known.insert(key.who, Known { what: key.what, sequence: taken.sequence, owed, at });
        self.order.push_back((at, key.who));
        while self.order.len() > MOST || self.order.front().is_some_and(|(first, _)| at - first > LONG) {
            let Some((first, who)) = self.order.pop_front() else { return };
            // It may have been told again since.
            if self.known.get(&who).is_some_and(|known| known.at == first) {
                self.known.remove(&who);
            }
        }
    }
}
