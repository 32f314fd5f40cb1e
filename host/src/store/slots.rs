//! Up to where hooks' schedules are settled.

use super::{Reader, Store, StoreError};
use rusqlite::params;
use std::sync::Arc;

/// A hook, one of its schedules, and the last slot of it that is settled, in microseconds since 1970.
pub(crate) type Settled = (Arc<str>, String, i64);

impl Reader {
    /// Every schedule that is known.
    pub(crate) fn slots(&self) -> rusqlite::Result<Vec<Settled>> {
        let mut rows = self.connection().prepare("SELECT hook, schedule, last FROM slots")?;
        let slots =
            rows.query_map([], |row| Ok((row.get::<_, String>(0)?.into(), row.get(1)?, row.get(2)?)))?;
        slots.collect()
    }
}

impl Store {
    /// Notes how far schedules are settled, and forgets those that are no more.
    pub(crate) async fn settle_slots(
        &self,
        settled: Vec<Settled>,
        forgotten: Vec<(Arc<str>, String)>,
    ) -> Result<(), StoreError> {
        self.run(move |connection| {
            let mut put =
                connection.prepare("INSERT OR REPLACE INTO slots (hook, schedule, last) VALUES (?, ?, ?)")?;
            for (hook, schedule, last) in &settled {
                put.execute(params![hook, schedule, last])?;
            }
            let mut forget = connection.prepare("DELETE FROM slots WHERE hook = ? AND schedule = ?")?;
            for (hook, schedule) in &forgotten {
                forget.execute(params![hook, schedule])?;
            }
            Ok(())
        })
        .await
    }
}
