//! The statements that write.

use super::row::{Key, Stored, crc, id_of, subject};
use super::{Change, Delivery, DeliveryState, Tell, log};
use rusqlite::{Connection, params};
use std::sync::Arc;

/// An event, and its deliveries.
pub(super) fn tell(connection: &Connection, sequence: i64, key: Key, tell: &Tell) -> rusqlite::Result<()> {
    let text = Stored::text(&tell.event);
    let mut insert =
        connection.prepare_cached("INSERT INTO events (seq, at, crc, event) VALUES (?, ?, ?, ?)")?;
    insert.execute(params![sequence, tell.at, crc(&text), text])?;
    let owed = i64::try_from(tell.owed.len()).unwrap_or(i64::MAX);
    let mut insert =
        connection.prepare_cached("INSERT INTO seen (seq, at, who, what, owed) VALUES (?, ?, ?, ?, ?)")?;
    insert.execute(params![sequence, tell.at, key.who, key.what, owed])?;
    let subject = subject(&tell.event);
    for (place, hook) in (0..).zip(&tell.owed) {
        let (id, hook) = (id_of(sequence, place), Arc::clone(hook));
        let state = DeliveryState::Pending;
        deliver(
            connection,
            &Delivery { id, hook, state, attempts: 0, due: tell.due, subject, reason: None },
        )?;
    }
    Ok(())
}

/// A delivery that is new.
pub(super) fn deliver(connection: &Connection, delivery: &Delivery) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO deliveries (id, hook, state, attempts, due, subject, reason, crc) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )?;
    let Delivery { id, hook, state, attempts, due, subject, reason } = delivery;
    insert.execute(params![id, hook, state, attempts, due, subject, reason, delivery.crc()])?;
    Ok(())
}

/// How a delivery stands by now, and the attempt that made it so.
pub(super) fn change(connection: &Connection, change: &Change) -> rusqlite::Result<()> {
    update(connection, &change.delivery)?;
    match &change.attempt {
        Some(attempt) => log::attempted(connection, &change.delivery, attempt),
        None => Ok(()),
    }
}

pub(super) fn update(connection: &Connection, delivery: &Delivery) -> rusqlite::Result<()> {
    let mut update = connection.prepare_cached(
        "UPDATE deliveries SET state = ?, attempts = ?, due = ?, reason = ?, crc = ? WHERE id = ?",
    )?;
    let Delivery { id, state, attempts, due, reason, .. } = delivery;
    update.execute(params![state, attempts, due, reason, delivery.crc(), id])?;
    Ok(())
}

/// Deliveries that are due at once from now on, at most in one go.
const RELEASED: i64 = 10_000;

/// Makes deliveries of a hook in this state due at once.
pub(super) fn release(
    connection: &Connection,
    hook: &Arc<str>,
    state: DeliveryState,
) -> rusqlite::Result<()> {
    loop {
        let some = super::read::in_state(connection, hook, state, RELEASED)?;
        if some.is_empty() {
            return Ok(());
        }
        for delivery in some {
            update(connection, &Delivery { state: DeliveryState::Pending, due: 1, ..delivery })?;
        }
    }
}
