//! Which events were told lately, so that one that is told again gets the receipt of the first time.

use super::row::Key;
use super::{StoreError, Taken};
use rusqlite::Connection;
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

#[derive(Clone, Copy)]
struct Known {
    what: i64,
    sequence: i64,
    owed: u32,
    at: i64,
}

impl Seen {
    /// What the database knows.
    pub(super) fn read(connection: &Connection) -> rusqlite::Result<Self> {
        let mut seen = Self::default();
        let newest: Option<i64> = connection.query_row("SELECT max(at) FROM seen", [], |row| row.get(0))?;
        let since = newest.unwrap_or_default() - LONG;
        let mut rows =
            connection.prepare("SELECT seq, at, who, what, owed FROM seen WHERE at > ? ORDER BY seq")?;
        let mut rows = rows.query([since])?;
        while let Some(row) = rows.next()? {
            let key = Key { who: row.get(2)?, what: row.get(3)? };
            let owed = row.get::<_, u32>(4)? as usize;
            seen.note(key, &Taken { sequence: row.get(0)?, owed, repeated: false }, row.get(1)?);
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
