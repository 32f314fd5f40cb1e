//! Whether the database is what was written.

use super::row::{DELIVERY, Delivery, Stored, crc};
use super::{Reader, Store};
use rusqlite::Connection;
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
        events(connection, &mut findings)?;
        deliveries(connection, &mut findings)?;
        findings.truncate(MOST);
        Ok(findings)
    }
}

fn events(connection: &Connection, findings: &mut Vec<Finding>) -> rusqlite::Result<()> {
    let mut rows = connection.prepare("SELECT seq, event, crc FROM events")?;
    let mut rows = rows.query([])?;
    while let Some(row) = rows.next()? {
        let sequence: i64 = row.get(0)?;
        let problem = match (row.get::<_, String>(1), row.get::<_, i64>(2)) {
            (Ok(text), Ok(sum)) if crc(&text) != sum => Some("its checksum does not fit".to_owned()),
            (Ok(text), Ok(_)) => Stored::event(&text).err(),
            (Err(error), _) | (_, Err(error)) => Some(error.to_string()),
        };
        if let Some(message) = problem.filter(|_| findings.len() < MOST) {
            findings.push(Finding { place: format!("event {sequence}"), message });
        }
    }
    Ok(())
}

fn deliveries(connection: &Connection, findings: &mut Vec<Finding>) -> rusqlite::Result<()> {
    let mut rows = connection.prepare(&format!("SELECT {DELIVERY} FROM deliveries"))?;
    let mut rows = rows.query([])?;
    while let Some(row) = rows.next()? {
        if let (Err(error), true) = (Delivery::of(row), findings.len() < MOST) {
            let id: i64 = row.get(0)?;
            findings.push(Finding { place: format!("delivery {id}"), message: error.to_string() });
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
