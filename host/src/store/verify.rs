//! Whether the database is what was written.

use super::row::{DELIVERY, Delivery, LOGGED, Stored, crc, damaged, logged};
use super::seen::{self, SEEN};
use super::{Reader, Store};
use rusqlite::{Connection, Row};
use serde::Serialize;

/// Something that is wrong with a database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Where: a table and a row, or the file.
    pub place: String,
    /// What.
    pub message: String,
}

/// Findings that are told one by one.
const MOST: usize = 100;

impl Reader {
    /// Everything that is wrong with it, up to a hundred findings; reads all of it.
    pub(crate) fn verify(&self) -> rusqlite::Result<Vec<Finding>> {
        let connection = self.connection();
        let mut findings = Vec::new();
        let mut rows = connection.prepare("PRAGMA integrity_check(100)")?;
        let said: Vec<String> = rows.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        for message in said.into_iter().filter(|message| message != "ok") {
            findings.push(Finding { place: super::FILE.into(), message });
        }
        let receipts = format!("SELECT {SEEN} FROM seen");
        let deliveries = format!("SELECT {DELIVERY} FROM deliveries");
        let read = [
            events(connection, &mut findings),
            each(connection, "receipt", &receipts, &mut findings, seen::of),
            each(connection, "delivery", &deliveries, &mut findings, Delivery::of),
            each(connection, "attempt", &format!("SELECT {LOGGED} FROM log"), &mut findings, logged),
        ];
        for error in read.into_iter().filter_map(Result::err) {
            findings.push(Finding { place: super::FILE.into(), message: error.to_string() });
        }
        findings.truncate(MOST);
        Ok(findings)
    }
}

fn events(connection: &Connection, findings: &mut Vec<Finding>) -> rusqlite::Result<()> {
    each(connection, "event", "SELECT seq, at, event, crc FROM events", findings, |row| {
        let (sequence, at, text): (i64, i64, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        if crc(sequence, at, &text) != row.get::<_, i64>(3)? {
            return Err(damaged("event", sequence));
        }
        Stored::event(&text).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
    })
}

/// Reads every row of a table, and notes those that cannot be.
fn each<T>(
    connection: &Connection,
    what: &str,
    sql: &str,
    findings: &mut Vec<Finding>,
    read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<()> {
    let mut rows = connection.prepare(sql)?;
    let mut rows = rows.query([])?;
    while let Some(row) = rows.next()? {
        if let (Err(error), true) = (read(row), findings.len() < MOST) {
            let id: i64 = row.get(0)?;
            findings.push(Finding { place: format!("{what} {id}"), message: error.to_string() });
        }
    }
    Ok(())
}

impl Store {
    /// Everything that is wrong with a database on disk.
    pub(crate) fn verify(data: &std::path::Path) -> rusqlite::Result<Vec<Finding>> {
        Reader::open(&data.join(super::FILE), std::sync::Arc::default())?.verify()
    }
}
