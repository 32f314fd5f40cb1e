//! The floor: rows like those of told events in the same tables, written by a loop that does nothing else.

use rusqlite::{Connection, params};
use std::hash::BuildHasher;
use std::path::Path;
use std::time::Instant;
use tenterhook::Event;

/// A database that is written in a loop.
pub(crate) struct Bare {
    connection: Connection,
    rows: Vec<Row>,
}

/// What is written of an event. Its numbers are other ones than the host's, of the same size.
struct Row {
    text: String,
    who: [u8; 16],
    what: i64,
    crc: u32,
}

const AT: i64 = 1_700_000_000_000_000;

const TABLES: &str = "
CREATE TABLE IF NOT EXISTS events (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, crc INTEGER NOT NULL, event TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS seen (
  seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, who BLOB NOT NULL, what INTEGER NOT NULL, owed INTEGER NOT NULL,
  crc INTEGER NOT NULL);
";

impl Row {
    fn of(event: &Event) -> Self {
        let text = format!(
            r#"{{"id":"{}","source":"{}","time":"{}","attributes":{{}},"name":"{}","subject":"{}","facets":{{"option":"SERVER"}},"data":{}}}"#,
            event.id,
            event.source,
            event.time,
            event.name,
            event.subject.as_deref().expect("it has one"),
            event.data.as_str()
        );
        let number = foldhash::quality::FixedState::default();
        let (crc, what) = (crc32fast::hash(text.as_bytes()), number.hash_one(&text).cast_signed());
        let mut who = [0; 16];
        who.copy_from_slice(&event.id.as_bytes()[event.id.len() - 16..]);
        Self { text, who, what, crc }
    }
}

impl Bare {
    /// Will write rows of these events, again and again.
    pub(crate) fn open(path: &Path, events: impl Iterator<Item = Event>) -> Self {
        let connection = Connection::open(path).expect("it opens");
        for (name, value) in
            [("auto_vacuum", "INCREMENTAL"), ("journal_mode", "WAL"), ("synchronous", "FULL")]
        {
            connection.pragma_update(None, name, value).expect("it is set");
        }
        connection.pragma_update(None, "cell_size_check", true).expect("it is set");
        connection.execute_batch(TABLES).expect("they are made");
        Self { connection, rows: events.map(|event| Row::of(&event)).collect() }
    }

    /// Writes `count` events, so many to a sync; returns how many a second.
    pub(crate) fn write(&self, to_a_sync: usize, count: usize) -> f64 {
        let mut rows = self.rows.iter().cycle();
        let began = Instant::now();
        for _ in 0..count / to_a_sync {
            self.connection.execute_batch("BEGIN").expect("it begins");
            rows.by_ref().take(to_a_sync).for_each(|row| self.insert(row));
            self.connection.execute_batch("COMMIT").expect("it is synced");
        }
        count as f64 / began.elapsed().as_secs_f64()
    }

    fn insert(&self, Row { text, who, what, crc }: &Row) {
        let mut insert =
            self.connection.prepare_cached("INSERT INTO events (at, crc, event) VALUES (?, ?, ?)");
        let insert = insert.as_mut().expect("it is SQL");
        insert.execute(params![AT, crc, text]).expect("it is written");
        let mut seen = self
            .connection
            .prepare_cached("INSERT INTO seen (at, who, what, owed, crc) VALUES (?, ?, ?, ?, ?)");
        let seen = seen.as_mut().expect("it is SQL");
        seen.execute(params![AT, who, what, 0, crc]).expect("it is written");
    }
}
