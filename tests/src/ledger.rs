//! What a journal holds, read by a connection of the tests' own: nothing of the host's code is trusted with it.

use rusqlite::{Connection, OpenFlags};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// The database's file in a data directory.
pub const DATABASE: &str = "tenterhook.db";

/// How a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stands {
    /// The hook accepted it.
    Delivered,
    /// It is given up.
    Dead,
    /// It is still to be attempted.
    Pending,
}

/// The events of a journal with their places, its deliveries by hook and event, with the attempts on record, and what
/// its hooks keep.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    /// The place of each event, by its id.
    pub events: BTreeMap<String, i64>,
    /// How each delivery stands and how many attempts are on record, by hook and event.
    pub deliveries: BTreeMap<(String, String), (Stands, u32)>,
    /// The value of each key in the state of a hook.
    pub state: BTreeMap<(String, String), String>,
}

impl Ledger {
    /// Of a data directory at which nobody is at work, such as after a kill. It is left as it is: a copy is read.
    #[track_caller]
    pub fn of(data: &Path) -> Self {
        let copy = TempDir::new().expect("there is room for a temporary directory");
        copy_journal(data, copy.path());
        let connection = Connection::open(copy.path().join(DATABASE)).expect("the copy can be opened");
        Self::read(&connection).unwrap_or_else(|error| panic!("the journal cannot be read: {error}"))
    }

    /// Of a data directory at which somebody is at work.
    #[track_caller]
    pub fn live(data: &Path) -> Self {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
        let connection = Connection::open_with_flags(data.join(DATABASE), flags);
        let ledger = connection.and_then(|connection| Self::read(&connection));
        ledger.unwrap_or_else(|error| panic!("the journal cannot be read: {error}"))
    }

    fn read(connection: &Connection) -> rusqlite::Result<Self> {
        // All of one moment.
        connection.execute_batch("BEGIN")?;
        let mut ledger = Self::default();
        let mut names = BTreeMap::new();
        let mut rows = connection.prepare("SELECT seq, json_extract(event, '$.id') FROM events")?;
        let mut rows = rows.query([])?;
        while let Some(row) = rows.next()? {
            let (sequence, id): (i64, String) = (row.get(0)?, row.get(1)?);
            names.insert(sequence, id.clone());
            let before = ledger.events.insert(id, sequence);
            assert_eq!(before, None, "an event stands in the journal twice: {sequence} and {before:?}");
        }
        let mut rows = connection.prepare("SELECT id >> 16, hook, state, attempts FROM deliveries")?;
        let mut rows = rows.query([])?;
        while let Some(row) = rows.next()? {
            let event = names.get(&row.get(0)?).cloned().unwrap_or_else(|| "no event".into());
            let stands = match row.get(2)? {
                1 => Stands::Delivered,
                2 => Stands::Dead,
                _ => Stands::Pending,
            };
            ledger.deliveries.insert((row.get(1)?, event), (stands, row.get(3)?));
        }
        let mut rows = connection.prepare("SELECT hook, key, CAST(value AS TEXT) FROM state")?;
        let mut rows = rows.query([])?;
        while let Some(row) = rows.next()? {
            ledger.state.insert((row.get(0)?, row.get(1)?), row.get(2)?);
        }
        Ok(ledger)
    }

    /// Deliveries that are still to be attempted.
    pub fn pending(&self) -> usize {
        self.deliveries.values().filter(|(stands, _)| *stands == Stands::Pending).count()
    }
}

/// Copies the database and what was not yet moved into it, as they stand.
#[track_caller]
pub fn copy_journal(from: &Path, to: &Path) {
    for name in [DATABASE.to_owned(), format!("{DATABASE}-wal")] {
        match fs::copy(from.join(&name), to.join(&name)) {
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => panic!("{name} cannot be copied: {error}"),
        }
    }
}

/// What SQLite itself says of the database at which nobody is at work; `ok` if it is sound.
#[track_caller]
pub fn integrity(data: &Path) -> String {
    let copy = TempDir::new().expect("there is room for a temporary directory");
    copy_journal(data, copy.path());
    let connection = Connection::open(copy.path().join(DATABASE)).expect("the copy can be opened");
    let check = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0));
    check.unwrap_or_else(|error| error.to_string())
}
