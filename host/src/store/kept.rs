//! Hooks' state: held in memory while the host runs, each change of it written down with what made it.

use super::{Change, Reader, Store, row};
use crate::limits::MIB;
use crate::memory::{Memory, Owner, Volatile, Write};
use rusqlite::{Connection, Row, params};
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

impl Kept {
    /// Forgets what a hook keeps, for all tenants; how many keys there were. Nobody waits for it.
    pub(crate) fn forget(&self, hook: &Arc<str>) -> usize {
        let _order = self.order.lock().unwrap_or_else(PoisonError::into_inner);
        let keys = self.now.forget(hook);
        self.store.send(super::Write::Forget(Arc::clone(hook)));
        keys
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

/// Takes away what a hook keeps, for all tenants; how many keys there were.
pub(crate) fn forget(connection: &Connection, hook: &str) -> rusqlite::Result<usize> {
    connection.prepare_cached("DELETE FROM state WHERE hook = ?")?.execute([hook])
}

/// A key that a hook keeps, and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) owner: Owner,
    pub(crate) key: String,
    pub(crate) value: Vec<u8>,
}

/// Where a key stands among all: its hook, its tenant or nothing, and itself.
pub(crate) type Spot = (String, String, String);

/// Which keys are looked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct KeySearch {
    /// Those of this hook.
    pub(crate) hook: Option<String>,
    /// Those behind this one.
    pub(crate) after: Option<Spot>,
    pub(crate) at_most: usize,
}

/// Bytes of values after which a page ends.
const PAGE_BYTES: usize = 4 * MIB;

impl Reader {
    /// Some of the keys that hooks keep, by hook, tenant and key, and the last that was looked at, where there may be more.
    /// What is damaged is said and left out.
    pub(crate) fn keys(&self, search: &KeySearch) -> rusqlite::Result<(Vec<Entry>, Option<Spot>)> {
        let KeySearch { hook, after, at_most } = search;
        let of = if hook.is_some() { "hook = ?1" } else { "?1 IS NULL" };
        let than = if after.is_some() { ">" } else { ">=" };
        let sql = format!(
            "SELECT hook, tenant, key, value, crc FROM state WHERE {of} AND (hook, tenant, key) {than} (?2, ?3, ?4) \
             ORDER BY hook, tenant, key LIMIT ?5"
        );
        let first = || (hook.clone().unwrap_or_default(), String::new(), String::new());
        let (from, tenant, key) = after.clone().unwrap_or_else(first);
        let mut rows = self.connection().prepare_cached(&sql)?;
        let at_most = i64::try_from(*at_most).unwrap_or(i64::MAX);
        let mut rows = rows.query(params![hook, from, tenant, key, at_most])?;
        let (mut found, mut last, mut count, mut bytes) = (Vec::new(), None, 0, 0);
        while let Some(row) = rows.next()? {
            count += 1;
            match entry(row) {
                Ok(entry) => {
                    bytes += entry.value.len();
                    let tenant = entry.owner.tenant.as_deref().unwrap_or_default();
                    last = Some((entry.owner.hook.to_string(), tenant.to_owned(), entry.key.clone()));
                    found.push(entry);
                }
                Err(error) => self.damaged(&error),
            }
            if bytes > PAGE_BYTES {
                return Ok((found, last));
            }
        }
        Ok((found, last.filter(|_| count == at_most)))
    }

    /// Every key that hooks keep; what is damaged is said and left out.
    fn state(&self, mut found: impl FnMut(Owner, String, Vec<u8>)) -> rusqlite::Result<()> {
        let mut rows = self.connection().prepare("SELECT hook, tenant, key, value, crc FROM state")?;
        let mut rows = rows.query([])?;
        while let Some(row) = rows.next()? {
            match entry(row) {
                Ok(Entry { owner, key, value }) => found(owner, key, value),
                Err(error) => self.damaged(&error),
            }
        }
        Ok(())
    }
}

/// A row, if it is what was written.
pub(super) fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let (hook, tenant, key): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
    let value: Vec<u8> = row.get(3)?;
    let crc = row::crc_of(&[hook.as_bytes(), tenant.as_bytes(), key.as_bytes(), &value]);
    if crc != row.get::<_, i64>(4)? {
        return Err(row::damaged(&format!("the state of {hook}, key {key:?},"), 0));
    }
    let tenant = (!tenant.is_empty()).then_some(tenant.as_str());
    Ok(Entry { owner: Owner::new(&hook.into(), tenant), key, value })
}
