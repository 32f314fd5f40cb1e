//! What is over is forgotten after a while, and its space given back.
//!
//! Rows are looked at from the oldest on, some at a time. The newest of each table stays, so that its number is not
//! given out again.

use rusqlite::Connection;
use std::time::Duration;

/// Rows of a table that are looked at in one transaction.
const ROWS: usize = 500;
/// Pages of the file that are given back in one transaction.
const PAGES: usize = 1000;
/// In this part of the time that is left, what was written first is forgotten where there is too much.
const PART: i64 = 50;
/// How long ids that were seen are known, in microseconds.
const SEEN: i64 = 24 * 3600 * 1_000_000;

/// How long a journal keeps what is over. What is still owed to a hook is kept in any case.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Retention {
    /// Events that were delivered, and lines of the log.
    pub keep: Duration,
    /// Events of which there are dead letters.
    pub keep_dead: Duration,
    /// Where there are more bytes, what was delivered longest ago is forgotten sooner.
    pub bytes_max: u64,
}

impl Default for Retention {
    fn default() -> Self {
        const DAY: Duration = Duration::from_secs(24 * 3600);
        Self { keep: 7 * DAY, keep_dead: 30 * DAY, bytes_max: 10 << 30 }
    }
}

/// A table and what of it is over.
struct Table {
    /// Rows after an id: each with its id, its time, and whether something still needs it, or it is no older than a
    /// time of the table's own.
    rows: &'static str,
    delete: &'static [&'static str],
}

/// Events with their deliveries, ids that were seen, lines of the log, asked events.
const TABLES: [Table; 4] = [
    Table {
        rows: "SELECT seq, at, EXISTS (SELECT 1 FROM deliveries WHERE id >= seq << 16 AND id < (seq + 1) << 16 \
               AND state <> 1 AND (state <> 2 OR events.at >= ?2)) \
               FROM events WHERE seq > ?1 AND seq < (SELECT max(seq) FROM events) ORDER BY seq",
        delete: &[
            "DELETE FROM deliveries WHERE id >= ?1 << 16 AND id < (?1 + 1) << 16",
            "DELETE FROM events WHERE seq = ?1",
        ],
    },
    Table {
        rows: "SELECT seq, at, at >= ?2 OR EXISTS (SELECT 1 FROM events WHERE events.seq = seen.seq) \
               FROM seen WHERE seq > ?1 AND seq < (SELECT max(seq) FROM seen) ORDER BY seq",
        delete: &["DELETE FROM seen WHERE seq = ?1"],
    },
    Table {
        rows: "SELECT id, at, at >= ?2 OR EXISTS (SELECT 1 FROM deliveries WHERE id = log.delivery AND state <> 1) \
               FROM log WHERE id > ?1 AND id < (SELECT max(id) FROM log) ORDER BY id",
        delete: &["DELETE FROM log WHERE id = ?1"],
    },
    Table {
        rows: "SELECT id, at, at >= ?2 FROM asks WHERE id > ?1 AND id < (SELECT max(id) FROM asks) ORDER BY id",
        delete: &["DELETE FROM asks WHERE id = ?1"],
    },
];

/// One round over everything, some rows at a time.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sweep {
    now: i64,
    /// What is older is over.
    pub(crate) until: i64,
    /// So are dead letters that are older than this.
    dead: i64,
    table: usize,
    /// Up to which id the table was looked at.
    after: i64,
    /// How many rows were deleted.
    pub(crate) deleted: usize,
    /// There is nothing left to do in this round.
    pub(crate) done: bool,
    /// There is still too much, and a next round could forget more.
    pub(crate) too_much: bool,
    bytes_max: u64,
}

impl Sweep {
    /// A round at this time. Where there is too much, it forgets a part of what is left after `least`.
    pub(crate) fn begin(
        connection: &Connection,
        retention: &Retention,
        now: i64,
        least: i64,
    ) -> rusqlite::Result<Self> {
        let ago = |time: Duration| now.saturating_sub(i64::try_from(time.as_micros()).unwrap_or(i64::MAX));
        let mut until = ago(retention.keep);
        if bytes(connection)? > retention.bytes_max {
            let from = oldest(connection)?.max(least).min(now);
            until = until.max(from + (now - from) / PART + 1);
        }
        let (dead, bytes_max) = (ago(retention.keep_dead), retention.bytes_max);
        Ok(Self { now, until, dead, bytes_max, ..Self::default() })
    }

    /// Goes on for some rows.
    pub(crate) fn step(mut self, connection: &Connection) -> rusqlite::Result<Self> {
        let Some(table) = TABLES.get(self.table) else {
            self.done = give_back(connection)?;
            self.too_much = self.done && self.until <= self.now && bytes(connection)? > self.bytes_max;
            return Ok(self);
        };
        let over = self.over(connection, table)?;
        for id in &over {
            for delete in table.delete {
                connection.prepare_cached(delete)?.execute([id])?;
            }
        }
        self.deleted += over.len();
        Ok(self)
    }

    /// The next rows that are over. Where there are no more of the table, the next one is looked at from then on.
    fn over(&mut self, connection: &Connection, table: &Table) -> rusqlite::Result<Vec<i64>> {
        let own = [self.dead, self.now.saturating_sub(SEEN), self.until, self.until];
        let mut rows = connection.prepare_cached(table.rows)?;
        let mut rows = rows.query([self.after, own[self.table]])?;
        let (mut over, mut looked) = (Vec::new(), 0);
        while looked < ROWS {
            let Some(row) = rows.next()?.filter(|row| row.get(1).is_ok_and(|at: i64| at < self.until)) else {
                (self.table, self.after) = (self.table + 1, 0);
                return Ok(over);
            };
            (self.after, looked) = (row.get(0)?, looked + 1);
            if !row.get(2)? {
                over.push(self.after);
            }
        }
        Ok(over)
    }
}

/// The time of the oldest event or line.
fn oldest(connection: &Connection) -> rusqlite::Result<i64> {
    let first = ["events ORDER BY seq", "log ORDER BY id", "asks ORDER BY id"];
    let first = first.map(|table| format!("ifnull((SELECT at FROM {table} LIMIT 1), {})", i64::MAX));
    connection.query_row(&format!("SELECT min({})", first.join(", ")), [], |row| row.get(0))
}

/// Bytes of the file that are in use.
fn bytes(connection: &Connection) -> rusqlite::Result<u64> {
    let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let (pages, free, size) = (number("page_count")?, number("freelist_count")?, number("page_size")?);
    Ok(((pages - free) * size).unsigned_abs())
}

/// Gives some free pages back to the file system; whether all are.
fn give_back(connection: &Connection) -> rusqlite::Result<bool> {
    let mut rows = connection.prepare(&format!("PRAGMA incremental_vacuum({PAGES})"))?;
    let mut rows = rows.query([])?;
    while rows.next()?.is_some() {}
    let left: i64 = connection.pragma_query_value(None, "freelist_count", |row| row.get(0))?;
    Ok(left == 0)
}

#[cfg(test)]
mod tests {
    use super::super::told::{Inserts, Prepared};
    use super::super::{Delivery, DeliveryState, schema, sql};
    use super::*;
    use crate::data::Data;
    use crate::event::Event;

    const HOUR: i64 = 3600 * 1_000_000;

    /// A journal of events with 10 KiB of data, one an hour, each in this state.
    fn journal(path: &std::path::Path, states: &[DeliveryState]) -> Connection {
        let connection = schema::open(path).unwrap();
        let data = Data::parse(&format!("\"{}\"", "x".repeat(10 << 10)), usize::MAX).unwrap();
        for (sequence, state) in (1..).zip(states) {
            let event = Event::new("cloud.post_create", "shop").with_data(data.clone());
            let (prepared, json) = Prepared::of(&event, None, vec!["a".into()], sequence * HOUR, 0);
            prepared.insert(json.as_bytes(), &mut Inserts::prepare(&connection).unwrap(), sequence).unwrap();
            let (id, hook) = (sequence << 16, "a".into());
            let delivery =
                Delivery { id, hook, state: *state, attempts: 1, due: 0, subject: 0, reason: None };
            sql::update(&connection, &delivery).unwrap();
        }
        connection
    }

    fn sweep(connection: &Connection, retention: &Retention, now: i64) -> Sweep {
        let mut least = 0;
        loop {
            let mut sweep = Sweep::begin(connection, retention, now, least).unwrap();
            while !sweep.done {
                sweep = sweep.step(connection).unwrap();
            }
            least = sweep.until;
            if !sweep.too_much {
                return sweep;
            }
        }
    }

    fn left(connection: &Connection) -> Vec<i64> {
        let mut rows = connection.prepare("SELECT seq FROM events ORDER BY seq").unwrap();
        rows.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }

    #[test]
    fn where_there_is_too_much_the_oldest_goes_first_and_space_is_given_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let mut states = vec![DeliveryState::Delivered; 100];
        (states[1], states[2], states[3]) =
            (DeliveryState::Dead, DeliveryState::Waiting, DeliveryState::Pending);
        let connection = journal(&path, &states);
        let retention = Retention { bytes_max: 1 << 19, ..Retention::default() };
        let pages =
            || -> i64 { connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap() };
        let before = pages();
        sweep(&connection, &retention, 101 * HOUR);
        let left = left(&connection);
        assert_eq!(left[..3], [2, 3, 4], "what is not delivered stays: {left:?}");
        assert!(left.ends_with(&[98, 99, 100]) && left.len() > 20, "{left:?}");
        assert!(bytes(&connection).unwrap() <= retention.bytes_max);
        assert!(pages() * 2 < before, "{} of {before} pages", pages());
        // What cannot be helped does not go on for ever.
        let nothing = Retention { bytes_max: 0, ..retention };
        sweep(&connection, &nothing, 101 * HOUR);
        assert_eq!(super::tests::left(&connection), [2, 3, 4, 100]);
    }

    #[test]
    fn ids_are_known_for_a_day_even_where_the_event_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let connection = journal(&folder.path().join("journal"), &[DeliveryState::Delivered; 30]);
        let retention = Retention { keep: Duration::ZERO, ..Retention::default() };
        sweep(&connection, &retention, 31 * HOUR);
        let seen: i64 = connection.query_row("SELECT count(*) FROM seen", [], |row| row.get(0)).unwrap();
        assert_eq!((left(&connection), seen), (vec![30], 24));
    }
}
