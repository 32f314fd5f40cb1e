//! Whether the database is what was written.

use super::log::{LINE, Line, sum};
use super::row::{DELIVERY, Delivery, sequence_of};
use super::schema;
use super::seen::{self, SEEN};
use super::told::{Stored, crc};
use rusqlite::{Connection, Row};
use serde::Serialize;
use std::path::Path;

/// Something that is wrong with a database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Where: a table and a row, or the file.
    pub place: String,
    /// What.
    pub message: String,
}

/// How much was looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Looked {
    pub(crate) events: usize,
    pub(crate) deliveries: usize,
    /// Lines of the log.
    pub(crate) lines: usize,
}

/// Reads all of the database in a data directory, and calls `found` with everything that is wrong with it. It is an
/// error only if there is none.
pub(crate) fn verify(data: &Path, found: &mut dyn FnMut(Finding)) -> std::io::Result<Looked> {
    let path = data.join(super::FILE);
    std::fs::metadata(&path)?;
    let mut file = |error: rusqlite::Error| {
        found(Finding { place: super::FILE.into(), message: error.to_string() });
    };
    let connection = match schema::open_to_read(&path) {
        Ok(connection) => connection,
        Err(error) => {
            file(error);
            return Ok(Looked::default());
        }
    };
    Ok(all(&connection, found))
}

/// Reads all of a database, and calls `found` with everything that is wrong with it.
pub(super) fn all(connection: &Connection, found: &mut dyn FnMut(Finding)) -> Looked {
    let mut looked = Looked::default();
    if let Err(error) = pages(connection, found) {
        found(Finding { place: super::FILE.into(), message: error.to_string() });
    }
    looked.events = rows(connection, "events", "SELECT seq, at, event, crc FROM events", event, found);
    looked.deliveries = rows(connection, "deliveries", &deliveries(), delivery, found);
    looked.lines = rows(connection, "log", &format!("SELECT {LINE} FROM log"), line, found);
    rows(connection, "asks", "SELECT id, event, changed, crc FROM asks", ask, found);
    rows(connection, "seen", &format!("SELECT {SEEN} FROM seen"), receipt, found);
    looked
}

/// What SQLite itself finds wrong; more than so many findings are never of interest.
fn pages(connection: &Connection, found: &mut dyn FnMut(Finding)) -> rusqlite::Result<()> {
    let mut rows = connection.prepare("PRAGMA integrity_check(100000)")?;
    let mut rows = rows.query([])?;
    while let Some(row) = rows.next()? {
        let message: String = row.get(0)?;
        if message != "ok" {
            found(Finding { place: super::FILE.into(), message });
        }
    }
    Ok(())
}

/// Looks at every row of a table; where it cannot be read on, that is a finding too. Returns how many there were.
fn rows(
    connection: &Connection,
    table: &str,
    sql: &str,
    look: fn(&Row<'_>) -> Result<(), Finding>,
    found: &mut dyn FnMut(Finding),
) -> usize {
    let mut count = 0;
    let mut read = || -> rusqlite::Result<()> {
        let mut rows = connection.prepare(sql)?;
        let mut rows = rows.query([])?;
        while let Some(row) = rows.next()? {
            count += 1;
            look(row).unwrap_or_else(&mut *found);
        }
        Ok(())
    };
    if let Err(error) = read() {
        found(Finding { place: table.to_owned(), message: format!("it cannot be read on: {error}") });
    }
    count
}

fn event(row: &Row<'_>) -> Result<(), Finding> {
    let read = || Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?, row.get::<_, i64>(3)?));
    let message = match read() {
        Ok((sequence, at, text, sum)) if crc(sequence, at, text.as_bytes()) != sum => {
            Some("its checksum does not fit".to_owned())
        }
        Ok((_, _, text, _)) => Stored::event(&text).err(),
        Err::<_, rusqlite::Error>(error) => Some(error.to_string()),
    };
    at("event", row, message)
}

/// The columns of a delivery, and whether its event is there.
fn deliveries() -> String {
    format!(
        "SELECT {DELIVERY}, EXISTS (SELECT 1 FROM events WHERE seq = deliveries.id >> 16) FROM deliveries"
    )
}

fn delivery(row: &Row<'_>) -> Result<(), Finding> {
    let message = match (Delivery::of(row), row.get::<_, bool>(8)) {
        (Ok(delivery), Ok(false)) => Some(format!("its event {} is not there", sequence_of(delivery.id))),
        (Ok(_), Ok(true)) => None,
        (Err(error), _) | (_, Err(error)) => Some(error.to_string()),
    };
    at("delivery", row, message)
}

fn receipt(row: &Row<'_>) -> Result<(), Finding> {
    at("receipt", row, seen::of(row).err().map(|error| error.to_string()))
}

fn line(row: &Row<'_>) -> Result<(), Finding> {
    at("line", row, Line::of(row).err().map(|error| error.to_string()))
}

fn ask(row: &Row<'_>) -> Result<(), Finding> {
    let read = || -> rusqlite::Result<bool> {
        let (event, changed): (String, Option<String>) = (row.get(1)?, row.get(2)?);
        Ok(sum(event.as_bytes(), changed.as_deref()) == row.get::<_, i64>(3)?)
    };
    let message = match read() {
        Ok(true) => None,
        Ok(false) => Some("its checksum does not fit".to_owned()),
        Err(error) => Some(error.to_string()),
    };
    at("ask", row, message)
}

/// What is wrong with a row, if anything is.
fn at(what: &str, row: &Row<'_>, message: Option<String>) -> Result<(), Finding> {
    let Some(message) = message else { return Ok(()) };
    let id: i64 = row.get(0).unwrap_or_default();
    Err(Finding { place: format!("{what} {id}"), message })
}
