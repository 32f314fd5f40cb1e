//! Dead letters: resent, or dropped for good.

use super::row::{DELIVERY, Delivery, DeliveryState};
use super::{Health, StoreError, read, schema, sql};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use std::path::Path;

/// Dead letters that are resent in one transaction, so that others get their turn in between.
pub(crate) const AT_ONCE: i64 = 500;

/// What becomes of a request about a dead letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Letter {
    /// It was one, and here it is as it was.
    Done(Delivery),
    /// It is in another state.
    Alive(DeliveryState),
    /// There is no such delivery.
    Unknown,
}

/// A dead letter is due at once, as if it had never been attempted.
pub(crate) fn resend(connection: &Connection, id: i64) -> rusqlite::Result<Letter> {
    let letter = find(connection, id)?;
    if let Letter::Done(delivery) = &letter {
        again(connection, delivery.clone())?;
    }
    Ok(letter)
}

/// The same for those of a hook after this one, up to `last`, but not too many at once: how many there were, and the
/// last of them. What is damaged stays as it is, is said and counted.
pub(crate) fn resend_some(
    connection: &Connection,
    health: &Health,
    hook: &str,
    after: i64,
    last: i64,
) -> rusqlite::Result<(usize, Option<i64>)> {
    let sql = format!(
        "SELECT {DELIVERY} FROM deliveries WHERE state = 2 AND hook = ? AND id > ? AND id <= ? ORDER BY id LIMIT ?"
    );
    let mut rows = connection.prepare_cached(&sql)?;
    let some =
        rows.query_map(params![hook, after, last, AT_ONCE], |row| Ok((row.get(0)?, Delivery::of(row))))?;
    let some: Vec<(i64, rusqlite::Result<Delivery>)> = some.collect::<rusqlite::Result<_>>()?;
    let last = some.last().map(|(last, _)| *last);
    let mut count = 0;
    for (_, delivery) in some {
        match delivery {
            Ok(delivery) => {
                again(connection, delivery)?;
                count += 1;
            }
            Err(error) => health.damaged(&error),
        }
    }
    Ok((count, last))
}

/// The newest dead letter of a hook: whoever resends them all does not resend what dies meanwhile.
pub(crate) fn newest(connection: &Connection, hook: &str) -> rusqlite::Result<Option<i64>> {
    let sql = "SELECT max(id) FROM deliveries WHERE state = 2 AND hook = ?";
    connection.prepare_cached(sql)?.query_row([hook], |row| row.get(0))
}

/// A dead letter is gone. Its event and the log of its attempts stay as long as they would have.
pub(crate) fn discard(connection: &Connection, id: i64) -> rusqlite::Result<Letter> {
    let letter = find(connection, id)?;
    if let Letter::Done(_) = letter {
        connection.prepare_cached("DELETE FROM deliveries WHERE id = ?")?.execute([id])?;
    }
    Ok(letter)
}

/// What an event still owes becomes dead letters; how many they are.
pub(crate) fn cancel(connection: &Connection, who: [u8; 16]) -> rusqlite::Result<usize> {
    let owing = read::owing(connection, &Health::default(), who)?;
    for delivery in &owing {
        sql::update(connection, &delivery.clone().cancelled())?;
    }
    Ok(owing.len())
}

fn find(connection: &Connection, id: i64) -> rusqlite::Result<Letter> {
    let sql = format!("SELECT {DELIVERY} FROM deliveries WHERE id = ?");
    let delivery = connection.prepare_cached(&sql)?.query_row([id], Delivery::of).optional()?;
    Ok(match delivery {
        Some(delivery) if delivery.state == DeliveryState::Dead => Letter::Done(delivery),
        Some(delivery) => Letter::Alive(delivery.state),
        None => Letter::Unknown,
    })
}

/// Attempts are counted anew, and so are the waits between them.
fn again(connection: &Connection, delivery: Delivery) -> rusqlite::Result<()> {
    let state = DeliveryState::Pending;
    sql::update(connection, &Delivery { state, attempts: 0, due: 1, reason: None, ..delivery })
}

/// Changes the database of a data directory that no host of this process has open. There has to be one.
pub(crate) fn change<T>(
    data: &Path,
    job: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> Result<T, StoreError> {
    let path = data.join(super::FILE);
    std::fs::metadata(&path).map_err(|error| StoreError::Failed(error.to_string()))?;
    let mut connection = schema::open(&path)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let done = job(&transaction)?;
    transaction.commit()?;
    Ok(done)
}
