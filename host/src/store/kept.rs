//! Hooks' state: held in memory while the host runs, each change of it written down with what made it.

use super::{Change, Reader, Store, row};
use crate::memory::{Memory, Owner, Volatile, Write};
use rusqlite::{Connection, params};
use std::sync::{Arc, Mutex, PoisonError};

/// What became of a key: its value, or that it is gone.
pub(super) type Became = (String, Option<Vec<u8>>);

/// Hooks' state. What is seen and what is written down change in the same order.
pub(crate) struct Kept {
    now: Volatile,
    order: Mutex<()>,
    store: Store,
}

impl Kept {
    /// What a database keeps.
    pub(crate) fn read(store: &Store) -> rusqlite::Result<Arc<Self>> {
        let now = Volatile::default();
        store.reader()?.state(|owner, key, value| {
            now.applied(&owner, vec![Write::Set(key, value)]);
        })?;
        Ok(Arc::new(Self { now, order: Mutex::default(), store: store.clone() }))
    }

    /// Notes a change of a delivery together with what its attempt wrote: both are on disk, or neither.
    pub(crate) fn settle(&self, owner: Owner, writes: Vec<Write>, change: Change) {
        let _order = self.order.lock().unwrap_or_else(PoisonError::into_inner);
        let became = self.now.applied(&owner, writes);
        self.store.change(Change { state: (!became.is_empty()).then_some((owner, became)), ..change });
    }
}

impl Memory for Kept {
    fn get(&self, owner: &Owner, key: &str) -> Result<Option<Vec<u8>>, String> {
        self.now.get(owner, key)
    }

    fn keys(&self, owner: &Owner, after: Option<&str>, at_most: usize) -> Result<Vec<String>, String> {
        self.now.keys(owner, after, at_most)
    }

    fn bytes(&self, owner: &Owner) -> u64 {
        self.now.bytes(owner)
    }

    fn apply(&self, owner: &Owner, writes: Vec<Write>) {
        let _order = self.order.lock().unwrap_or_else(PoisonError::into_inner);
        let became = self.now.applied(owner, writes);
        self.store.keep(owner.clone(), became);
    }
}

/// Writes down what became of keys.
pub(super) fn keep(connection: &Connection, owner: &Owner, became: &[Became]) -> rusqlite::Result<()> {
    let tenant = owner.tenant.as_deref().unwrap_or_default();
    for (key, value) in became {
        match value {
            Some(value) => {
                let sql =
                    "INSERT OR REPLACE INTO state (hook, tenant, key, value, crc) VALUES (?, ?, ?, ?, ?)";
                let crc = row::crc_of(&[owner.hook.as_bytes(), tenant.as_bytes(), key.as_bytes(), value]);
                connection.prepare_cached(sql)?.execute(params![owner.hook, tenant, key, value, crc])?;
            }
            None => {
                let sql = "DELETE FROM state WHERE hook = ? AND tenant = ? AND key = ?";
                connection.prepare_cached(sql)?.execute(params![owner.hook, tenant, key])?;
            }
        }
    }
    Ok(())
}

impl Reader {
    /// Every key that hooks keep; what is damaged is said and left out.
    fn state(&self, mut found: impl FnMut(Owner, String, Vec<u8>)) -> rusqlite::Result<()> {
        let mut rows = self.connection().prepare("SELECT hook, tenant, key, value, crc FROM state")?;
        let mut rows = rows.query([])?;
        while let Some(row) = rows.next()? {
            let (hook, tenant, key): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let value: Vec<u8> = row.get(3)?;
            let crc = row::crc_of(&[hook.as_bytes(), tenant.as_bytes(), key.as_bytes(), &value]);
            if crc != row.get::<_, i64>(4)? {
                self.damaged(&row::damaged(&format!("the state of {hook}, key {key:?},"), 0));
                continue;
            }
            let tenant = (!tenant.is_empty()).then_some(tenant.as_str());
            found(Owner::new(&hook.into(), tenant), key, value);
        }
        Ok(())
    }
}
