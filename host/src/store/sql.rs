//! The statements that write.

use super::row::id_of;
use super::told::subject;
use super::{Change, Delivery, DeliveryState, Told, log};
use rusqlite::{Connection, params};
use std::sync::Arc;

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
pub(super) fn owe(
    connection: &Connection,
    hook: &Arc<str>,
    events: &[(i64, Told)],
    now: i64,
) -> rusqlite::Result<()> {
    let mut last = connection.prepare_cached("SELECT max(id) FROM deliveries WHERE id >= ? AND id < ?")?;
    for (sequence, told) in events {
        let range = params![id_of(*sequence, 0), id_of(sequence + 1, 0)];
        let last: Option<i64> = last.query_row(range, |row| row.get(0))?;
        let id = last.map_or(id_of(*sequence, 0), |last| last + 1);
        let (hook, state, subject) = (Arc::clone(hook), DeliveryState::Pending, subject(&told.event));
        let due = told.event.due_micros().ok().flatten().filter(|due| *due > now).unwrap_or(1);
        Delivery { id, hook, state, attempts: 0, due, subject, reason: None }.insert(connection)?;
    }
    Ok(())
}

/// The hooks that are owed something later than at the first attempt; from one to the next by the index.
pub(super) fn owing_later(connection: &Connection) -> rusqlite::Result<Vec<Arc<str>>> {
    let next = "SELECT min(hook) FROM deliveries WHERE state = 0 AND due > 0";
    let sql = format!(
        "WITH RECURSIVE owed (hook) AS (
           {next} UNION ALL SELECT ({next} AND hook > owed.hook) FROM owed WHERE owed.hook IS NOT NULL)
         SELECT hook FROM owed WHERE hook IS NOT NULL"
    );
    let mut hooks = connection.prepare_cached(&sql)?;
    let hooks = hooks.query_map([], |row| row.get::<_, String>(0).map(Arc::from))?;
    hooks.collect()
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
