//! The floor: the same rows in the same tables, written by a loop that does nothing else.

use rusqlite::{Connection, params};
use std::path::Path;
use std::time::Instant;
use tenterhook::Event;

/// A database that is written in a loop.
pub(crate) struct Bare(Connection);

const TABLES: &str = "
CREATE TABLE IF NOT EXISTS events (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, crc INTEGER NOT NULL, event TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS seen (
  seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, who BLOB NOT NULL, what INTEGER NOT NULL, owed INTEGER NOT NULL,
  crc INTEGER NOT NULL);
";

impl Bare {
    pub(crate) fn open(path: &Path) -> Self {
        let connection = Connection::open(path).expect("it opens");
        for (name, value) in
            [("auto_vacuum", "INCREMENTAL"), ("journal_mode", "WAL"), ("synchronous", "FULL")]
        {
            connection.pragma_update(None, name, value).expect("it is set");
        }
        connection.pragma_update(None, "cell_size_check", true).expect("it is set");
        connection.execute_batch(TABLES).expect("they are made");
        Self(connection)
    }

    /// Writes `count` events, so many to a sync; returns how many a second.
    pub(crate) fn write(&self, to_a_sync: usize, count: usize, event: &Event) -> f64 {
        let text = format!(
            r#"{{"id":"{}","name":"{}","source":"{}","time":"{}","subject":"s-1","facets":{{"option":"SERVER"}},"attributes":{{}},"data":{}}}"#,
            event.id,
            event.name,
            event.source,
            event.time,
            event.data.as_str()
        );
        let began = Instant::now();
        for _ in 0..count / to_a_sync {
            self.0.execute_batch("BEGIN").expect("it begins");
            for _ in 0..to_a_sync {
                let mut insert =
                    self.0.prepare_cached("INSERT INTO events (at, crc, event) VALUES (?, ?, ?)");
                let insert = insert.as_mut().expect("it is SQL");
                insert
                    .execute(params![1_700_000_000_000_000_i64, 1_234_567_890, text])
                    .expect("it is written");
                let mut seen = self
                    .0
                    .prepare_cached("INSERT INTO seen (at, who, what, owed, crc) VALUES (?, ?, ?, ?, ?)");
                let seen = seen.as_mut().expect("it is SQL");
                let row =
                    params![1_700_000_000_000_000_i64, [7_u8; 16], 1_234_567_890_123_i64, 0, 1_234_567_890];
                seen.execute(row).expect("it is written");
            }
            self.0.execute_batch("COMMIT").expect("it is synced");
        }
        count as f64 / began.elapsed().as_secs_f64()
    }
}
