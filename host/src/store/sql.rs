//! The statements that write.

use super::row::{Key, Stored, crc, id_of, subject};
use super::{Change, Delivery, DeliveryState, Tell, Told, log};
use rusqlite::{Connection, params};
use std::sync::Arc;

/// An event, and its deliveries.
pub(super) fn tell(connection: &Connection, sequence: i64, key: Key, tell: &Tell) -> rusqlite::Result<()> {
    let text = Stored::text(&tell.told);
    let mut insert =
        connection.prepare_cached("INSERT INTO events (seq, at, crc, event) VALUES (?, ?, ?, ?)")?;
    insert.execute(params![sequence, tell.at, crc(sequence, tell.at, &text), text])?;
    let owed = i64::try_from(tell.owed.len()).unwrap_or(i64::MAX);
    let mut insert = connection
        .prepare_cached("INSERT INTO seen (seq, at, who, what, owed, crc) VALUES (?, ?, ?, ?, ?, ?)")?;
    insert.execute(params![sequence, tell.at, key.who, key.what, owed, key.crc(sequence, tell.at, owed)])?;
    let subject = subject(&tell.told.event);
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
    if let Some((owner, became)) = &change.state {
        super::kept::keep(connection, owner, became)?;
    }
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

/// Owes a hook events of the journal.
pub(super) fn owe(connection: &Connection, hook: &Arc<str>, events: &[(i64, Told)]) -> rusqlite::Result<()> {
    let mut last = connection.prepare_cached("SELECT max(id) FROM deliveries WHERE id >= ? AND id < ?")?;
    for (sequence, told) in events {
        let range = params![id_of(*sequence, 0), id_of(sequence + 1, 0)];
        let last: Option<i64> = last.query_row(range, |row| row.get(0))?;
        let id = last.map_or(id_of(*sequence, 0), |last| last + 1);
        let (hook, state, subject) = (Arc::clone(hook), DeliveryState::Pending, subject(&told.event));
        deliver(connection, &Delivery { id, hook, state, attempts: 0, due: 1, subject, reason: None })?;
    }
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
