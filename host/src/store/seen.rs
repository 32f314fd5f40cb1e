//! Which events were told lately, so that one that is told again gets the receipt of the first time.

use super::row::damaged;
use super::told::Key;
use super::{Health, StoreError, Taken};
use foldhash::fast::RandomState;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use rusqlite::{Connection, Row};
use std::collections::VecDeque;
use std::hash::BuildHasher;

/// How long an event is known, in microseconds.
const LONG: i64 = 24 * 3600 * 1_000_000;
/// How many are known.
const MOST: usize = 10_000_000;

/// The events of the last day. In memory: an index on ids that callers choose would make every write random. It is small,
/// so that to look one up seldom misses the processor's cache.
#[derive(Default)]
pub(super) struct Seen {
    /// Their places in the order, counted from the first that ever was.
    places: HashTable<u32>,
    /// In the order in which they came.
    order: VecDeque<Known>,
    /// How many were before the first of those.
    gone: u32,
    hasher: RandomState,
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

struct Known {
    key: Key,
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
                Ok((key, taken, at)) => _ = seen.tell(key, &taken, at),
                Err(error) => health.damaged(&error),
            }
        }
        Ok(seen)
    }

    /// The receipt of an event that was told within the last day, or an error where another had its id. Otherwise it is
    /// noted as told `at` this time, and there is none.
    pub(super) fn tell(&mut self, key: Key, taken: &Taken, at: i64) -> Option<Result<Taken, StoreError>> {
        let Self { places, order, gone, hasher } = self;
        let hash = |key: &Key| hasher.hash_one(u128::from_ne_bytes(key.who));
        let known = |place: u32| &order[place.wrapping_sub(*gone) as usize];
        let place = gone.wrapping_add(order.len() as u32);
        match places.entry(hash(&key), |at| known(*at).key.who == key.who, |at| hash(&known(*at).key)) {
            Entry::Occupied(mut entry) => {
                let known = known(*entry.get());
                if at - known.at < LONG {
                    return Some(known.receipt(key));
                }
                *entry.get_mut() = place;
            }
            Entry::Vacant(entry) => drop(entry.insert(place)),
        }
        let owed = u32::try_from(taken.owed).unwrap_or(u32::MAX);
        order.push_back(Known { key, sequence: taken.sequence, owed, at });
        while self.order.len() > MOST || self.order.front().is_some_and(|first| at - first.at > LONG) {
            let first = self.order.pop_front();
            self.remove(first, self.gone);
            self.gone = self.gone.wrapping_add(1);
        }
        None
    }

    /// Takes back the last that were noted: they were not written.
    pub(super) fn forget(&mut self, count: usize) {
        for _ in 0..count {
            let last = self.order.pop_back();
            self.remove(last, self.gone.wrapping_add(self.order.len() as u32));
        }
    }

    /// Forgets where one was, unless it has been told again since.
    fn remove(&mut self, known: Option<Known>, place: u32) {
        let Some(known) = known else { return };
        let hash = self.hasher.hash_one(u128::from_ne_bytes(known.key.who));
        if let Ok(entry) = self.places.find_entry(hash, |at| *at == place) {
            entry.remove();
        }
    }
}

impl Known {
    /// What an event gets that is told again with this key.
    fn receipt(&self, key: Key) -> Result<Taken, StoreError> {
        if self.key.what == key.what {
            Ok(Taken { sequence: self.sequence, owed: self.owed as usize, repeated: true })
        } else {
            Err(StoreError::Conflict)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(seen: &mut Seen, id: u8, what: i64, sequence: i64, at: i64) -> Option<Result<Taken, StoreError>> {
        let key = Key { who: [id; 16], what };
        seen.tell(key, &Taken { sequence, owed: 1, repeated: false }, at)
    }

    #[test]
    fn what_was_told_is_known_for_a_day() {
        let mut seen = Seen::default();
        assert_eq!(told(&mut seen, 1, 7, 1, 0), None);
        assert_eq!(told(&mut seen, 2, 7, 2, 1), None);
        let first = Taken { sequence: 1, owed: 1, repeated: true };
        assert_eq!(told(&mut seen, 1, 7, 3, LONG - 1), Some(Ok(first)));
        assert_eq!(told(&mut seen, 1, 8, 3, LONG - 1), Some(Err(StoreError::Conflict)));
        // A day later it is another event, and the one of before does not take it along.
        assert_eq!(told(&mut seen, 1, 8, 3, LONG), None);
        assert_eq!(told(&mut seen, 3, 7, 4, LONG + 2), None);
        assert_eq!((seen.order.len(), seen.places.len()), (2, 2));
        let again = Taken { sequence: 3, owed: 1, repeated: true };
        assert_eq!(told(&mut seen, 1, 8, 5, LONG + 3), Some(Ok(again)));
        assert_eq!(told(&mut seen, 2, 7, 5, LONG + 3), None);
    }

    #[test]
    fn what_was_not_written_is_not_known() {
        let mut seen = Seen::default();
        for id in 0..200 {
            assert_eq!(told(&mut seen, id, 7, id.into(), 0), None);
        }
        seen.forget(150);
        for id in 0..200 {
            assert_eq!(told(&mut seen, id, 7, 500, 0).is_some(), id < 50, "{id}");
        }
        assert_eq!((seen.order.len(), seen.places.len()), (200, 200));
    }
}
