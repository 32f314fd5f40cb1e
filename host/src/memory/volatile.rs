//! State that is kept in memory and ends with the host.

use super::{Memory, Owner, Write, sum, weight};
use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::{PoisonError, RwLock};

/// Keeps everything in memory.
#[derive(Default)]
pub(crate) struct Volatile(RwLock<HashMap<Owner, Shelf>>);

/// What one owner keeps.
#[derive(Default)]
struct Shelf {
    values: BTreeMap<String, Vec<u8>>,
    bytes: u64,
}

impl Shelf {
    fn set(&mut self, key: String, value: Vec<u8>) {
        self.delete(&key);
        self.bytes += weight(&key, value.len());
        self.values.insert(key, value);
    }

    fn delete(&mut self, key: &str) {
        if let Some(old) = self.values.remove(key) {
            self.bytes -= weight(key, old.len());
        }
    }

    /// What becomes of a key by a write.
    fn apply(&mut self, write: Write) -> Option<(String, Option<Vec<u8>>)> {
        let (key, value) = match write {
            Write::Set(key, value) => (key, Some(value)),
            Write::Delete(key) => (key, None),
            Write::Add(key, delta) => {
                let value = sum(self.values.get(&key).map(Vec::as_slice), delta)?;
                (key, Some(value))
            }
        };
        match &value {
            Some(value) => self.set(key.clone(), value.clone()),
            None => self.delete(&key),
        }
        Some((key, value))
    }
}

impl Volatile {
    /// Applies what a call wrote, and returns what became of each key: its value, or that it is gone.
    pub(crate) fn applied(&self, owner: &Owner, writes: Vec<Write>) -> Vec<(String, Option<Vec<u8>>)> {
        let mut shelves = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let shelf = shelves.entry(owner.clone()).or_default();
        let became = writes.into_iter().filter_map(|write| shelf.apply(write)).collect();
        if shelf.values.is_empty() {
            shelves.remove(owner);
        }
        became
    }

    /// Forgets what a hook keeps, for all tenants; how many keys there were.
    pub(crate) fn forget(&self, hook: &str) -> usize {
        let mut shelves = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let before: usize = shelves.values().map(|shelf| shelf.values.len()).sum();
        shelves.retain(|owner, _| *owner.hook != *hook);
        before - shelves.values().map(|shelf| shelf.values.len()).sum::<usize>()
    }

    fn read<T: Default>(&self, owner: &Owner, read: impl FnOnce(&Shelf) -> T) -> T {
        let shelves = self.0.read().unwrap_or_else(PoisonError::into_inner);
        shelves.get(owner).map(read).unwrap_or_default()
    }
}

impl Memory for Volatile {
    fn get(&self, owner: &Owner, key: &str) -> Result<Option<Vec<u8>>, String> {
        Ok(self.read(owner, |shelf| shelf.values.get(key).cloned()))
    }

    fn keys(&self, owner: &Owner, after: Option<&str>, at_most: usize) -> Result<Vec<String>, String> {
        let range = (after.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded);
        let keys = |shelf: &Shelf| {
            let behind = shelf.values.range::<str, _>(range);
            behind.take(at_most).map(|(key, _)| key.clone()).collect()
        };
        Ok(self.read(owner, keys))
    }

    fn bytes(&self, owner: &Owner) -> u64 {
        self.read(owner, |shelf| shelf.bytes)
    }

    fn apply(&self, owner: &Owner, writes: Vec<Write>) {
        self.applied(owner, writes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(tenant: Option<&str>) -> Owner {
        Owner::new(&"hook".into(), tenant)
    }

    #[test]
    fn what_is_applied_is_kept_and_counted_by_owner() {
        let (memory, owner) = (Volatile::default(), owner(None));
        let set = |key: &str, value: &str| Write::Set(key.into(), value.into());
        memory.apply(&owner, vec![set("a", "1"), set("b", "xyz"), Write::Add("c".into(), 5)]);
        assert_eq!(memory.bytes(&owner), 3 * 64 + 2 + 4 + 2);
        memory.apply(&owner, vec![Write::Add("a".into(), 9), Write::Add("b".into(), 9)]);
        assert_eq!(memory.get(&owner, "a"), Ok(Some(b"10".to_vec())));
        // It is no number, and whoever made it one knew why.
        assert_eq!(memory.get(&owner, "b"), Ok(Some(b"xyz".to_vec())));
        assert_eq!(memory.keys(&owner, Some("a"), 9), Ok(vec!["b".into(), "c".into()]));
        assert_eq!(memory.keys(&self::owner(Some("t")), None, 9), Ok(vec![]));
        let gone = ["a", "b", "c"].map(|key| Write::Delete(key.into()));
        memory.apply(&owner, gone.into());
        assert_eq!((memory.bytes(&owner), memory.get(&owner, "a")), (0, Ok(None)));
    }

    #[test]
    fn a_number_never_goes_round() {
        let (memory, owner) = (Volatile::default(), owner(None));
        memory.apply(&owner, vec![Write::Add("n".into(), u64::MAX)]);
        memory.apply(&owner, vec![Write::Add("n".into(), 2)]);
        assert_eq!(memory.get(&owner, "n"), Ok(Some(u64::MAX.to_string().into_bytes())));
    }
}
