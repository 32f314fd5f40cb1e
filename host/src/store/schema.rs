//! The tables, and how a database is opened.

use super::log::TABLES as LOG;
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::time::Duration;

/// The version of the tables, kept in the file.
const VERSION: i64 = 1;

/// How long somebody else may hold the file, such as an operator with `sqlite3`.
const BUSY: Duration = Duration::from_secs(5);

/// `deliveries` has an index for each question that is asked all the time, and each holds only the rows it is about, so
/// that what is delivered costs nothing any more.
const TABLES: &str = "
CREATE TABLE events (
  seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, crc INTEGER NOT NULL, event TEXT NOT NULL);
CREATE TABLE seen (
  seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, who BLOB NOT NULL, what INTEGER NOT NULL, owed INTEGER NOT NULL,
  crc INTEGER NOT NULL);
CREATE TABLE deliveries (
  id INTEGER PRIMARY KEY, hook TEXT NOT NULL, state INTEGER NOT NULL, attempts INTEGER NOT NULL, due INTEGER NOT NULL,
  subject INTEGER NOT NULL, reason TEXT, crc INTEGER NOT NULL);
CREATE INDEX first ON deliveries (id) WHERE state = 0 AND due = 0;
CREATE INDEX later ON deliveries (hook, due, id) WHERE state = 0 AND due > 0;
CREATE INDEX waiting ON deliveries (hook, state, subject, id) WHERE state > 2;
CREATE INDEX dead ON deliveries (hook, id) WHERE state = 2;
CREATE TABLE state (
  hook TEXT NOT NULL, tenant TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, crc INTEGER NOT NULL,
  PRIMARY KEY (hook, tenant, key)) WITHOUT ROWID;
CREATE TABLE slots (
  hook TEXT NOT NULL, schedule TEXT NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (hook, schedule)) WITHOUT ROWID;
";

/// Opens the database to write, makes its tables where it has none.
pub(super) fn open(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY)?;
    // Space is given back where much was deleted; has to be said before there is a table.
    connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "journal_size_limit", 64 << 20)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.set_prepared_statement_cache_capacity(64);
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    match version {
        0 => connection
            .execute_batch(&format!("BEGIN; {TABLES} {LOG} PRAGMA user_version = {VERSION}; COMMIT;"))?,
        VERSION => {}
        newer => {
            let message =
                format!("it was written by a newer version (format {newer}, this one knows {VERSION})");
            return Err(rusqlite::Error::ToSqlConversionFailure(message.into()));
        }
    }
    // Whatever came through a crash is on disk before anything is answered for it.
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok(connection)
}

/// A number that is another one once another connection has changed something.
pub(super) fn foreign(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "data_version", |row| row.get(0))
}

/// Writes what is there already.
pub(super) fn touch(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "user_version", VERSION)
}

/// Opens it to read.
pub(super) fn open_to_read(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "query_only", true)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}
