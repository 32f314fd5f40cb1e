//! One call's view of its hook's state: what is kept, under what the call has written so far.

use super::{BYTES_MAX, KEY_BYTES_MAX, Memory, Owner, VALUE_BYTES_MAX, Write, number, sum, weight};
use crate::limits::MIB;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Bound;
use std::sync::Arc;

/// Keys that one call may write, and that one reading of many keys may name.
const KEYS_MAX: usize = 1_000;
/// Bytes that one call may write, and that one reading of many keys may give.
const TRANSFER_BYTES_MAX: u64 = MIB as u64;
/// Keys of one page of a listing.
const PAGE: usize = 1_000;
/// Pages that one call may list.
const PAGES_MAX: usize = 2_000;

/// What a call sees of its hook's state. Nothing that it writes reaches the memory before [`take`](Self::take).
pub(crate) struct Draft {
    memory: Arc<dyn Memory>,
    owner: Owner,
    changes: BTreeMap<String, Change>,
    /// Bytes of the changes.
    written: u64,
    /// What the owner would keep by now, once that is known.
    bytes: Option<u64>,
    /// The last keys of the pages that were listed: a cursor is a place among them.
    pages: Vec<String>,
}

/// What becomes of a key.
struct Change {
    to: To,
    /// What it counts by now.
    weight: u64,
}

enum To {
    Value(Vec<u8>),
    Nothing,
    /// So much more than what is kept.
    More(u64),
}

/// Why something cannot be read or written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Key(usize),
    Value(usize),
    /// The owner keeps as much as it may.
    Full,
    /// The call has written, read or listed as much as it may.
    Writes,
    Written,
    Read,
    Pages,
    Cursor(u64),
    NoNumber(String),
    Overflow(String),
    Memory(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(bytes) => write!(f, "a key of {bytes} bytes; it has 1 to {KEY_BYTES_MAX}"),
            Self::Value(bytes) => {
                write!(f, "a value of {bytes} bytes, at most {VALUE_BYTES_MAX} are allowed")
            }
            Self::Full => write!(f, "the hook's state is full: at most {BYTES_MAX} bytes are kept"),
            Self::Writes => write!(f, "one call writes at most {KEYS_MAX} keys"),
            Self::Written => write!(f, "one call writes at most {TRANSFER_BYTES_MAX} bytes"),
            Self::Read => {
                write!(f, "at most {KEYS_MAX} keys and {TRANSFER_BYTES_MAX} bytes are read at once")
            }
            Self::Pages => write!(f, "one call lists at most {PAGES_MAX} pages"),
            Self::Cursor(cursor) => {
                write!(f, "no cursor {cursor}: one is good for the call that it was given to")
            }
            Self::NoNumber(key) => write!(f, "{key:?} is no number, and cannot be incremented"),
            Self::Overflow(key) => write!(f, "{key:?} would be more than {}", u64::MAX),
            Self::Memory(reason) => write!(f, "the state cannot be read: {reason}"),
        }
    }
}

type Done<T> = Result<T, Fault>;
/// A key and its value.
type Pair = (String, Vec<u8>);

impl Draft {
    pub(crate) fn new(memory: Arc<dyn Memory>, owner: Owner) -> Self {
        Self { memory, owner, changes: BTreeMap::new(), written: 0, bytes: None, pages: Vec::new() }
    }

    /// What the call wrote, each key once.
    pub(crate) fn take(self) -> Vec<Write> {
        let write = |(key, change): (String, Change)| match change.to {
            To::Value(value) => Write::Set(key, value),
            To::Nothing => Write::Delete(key),
            To::More(delta) => Write::Add(key, delta),
        };
        self.changes.into_iter().map(write).collect()
    }

    pub(crate) fn get(&self, key: &str) -> Done<Option<Vec<u8>>> {
        check_key(key)?;
        match self.changes.get(key).map(|change| &change.to) {
            Some(To::Value(value)) => Ok(Some(value.clone())),
            Some(To::Nothing) => Ok(None),
            Some(To::More(delta)) => {
                let kept = self.kept(key)?;
                // Another call may have made it no number meanwhile, and then it stays what that call set.
                Ok(sum(kept.as_deref(), *delta).or(kept))
            }
            None => self.kept(key),
        }
    }

    /// The values of many keys, those that have one.
    pub(crate) fn get_many(&self, keys: Vec<String>) -> Done<Vec<Option<Pair>>> {
        if keys.len() > KEYS_MAX {
            return Err(Fault::Read);
        }
        let mut bytes = 0;
        let mut value = |key: String| {
            let Some(value) = self.get(&key)? else { return Ok(None) };
            bytes += weight(&key, value.len());
            if bytes > TRANSFER_BYTES_MAX { Err(Fault::Read) } else { Ok(Some((key, value))) }
        };
        keys.into_iter().map(&mut value).collect()
    }

    pub(crate) fn set(&mut self, key: String, value: Vec<u8>) -> Done<()> {
        check_key(&key)?;
        if value.len() > VALUE_BYTES_MAX {
            return Err(Fault::Value(value.len()));
        }
        let now = weight(&key, value.len());
        self.change(key, To::Value(value), now)
    }

    pub(crate) fn delete(&mut self, key: String) -> Done<()> {
        check_key(&key)?;
        self.change(key, To::Nothing, 0)
    }

    /// Adds to a number, and returns it as this call sees it.
    pub(crate) fn increment(&mut self, key: String, delta: u64) -> Done<u64> {
        let old = self.get(&key)?;
        let Some(old) = number(old.as_deref()) else { return Err(Fault::NoNumber(key)) };
        let Some(new) = old.checked_add(delta) else { return Err(Fault::Overflow(key)) };
        let value = new.to_string().into_bytes();
        let now = weight(&key, value.len());
        let to = match self.changes.get(&key).map(|change| &change.to) {
            None => To::More(delta),
            Some(To::More(before)) => To::More(before.saturating_add(delta)),
            Some(To::Value(_) | To::Nothing) => To::Value(value),
        };
        self.change(key, to, now)?;
        Ok(new)
    }

    /// A page of the keys that there are, in their order, and the cursor of the next page if there is one.
    pub(crate) fn list(&mut self, cursor: Option<u64>) -> Done<(Vec<String>, Option<u64>)> {
        let after = match cursor {
            None => None,
            Some(cursor) => Some(self.page(cursor).ok_or(Fault::Cursor(cursor))?),
        };
        let gone = |key: &String| matches!(self.changes.get(key), Some(Change { to: To::Nothing, .. }));
        let deleted = self.changes.values().filter(|change| matches!(change.to, To::Nothing)).count();
        // Those that are gone take nobody's place.
        let kept = self.memory.keys(&self.owner, after, PAGE + 1 + deleted).map_err(Fault::Memory)?;
        let behind = (after.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded);
        let changed = self.changes.range::<str, _>(behind).map(|(key, _)| key.clone());
        let keys: BTreeSet<String> = kept.into_iter().chain(changed).filter(|key| !gone(key)).collect();
        let more = keys.len() > PAGE;
        let keys: Vec<String> = keys.into_iter().take(PAGE).collect();
        let last = keys.last().filter(|_| more).cloned();
        let next = last.map(|last| self.turn(last)).transpose()?;
        Ok((keys, next))
    }

    fn page(&self, cursor: u64) -> Option<&str> {
        self.pages.get(usize::try_from(cursor).ok()?).map(String::as_str)
    }

    fn turn(&mut self, last: String) -> Done<u64> {
        if self.pages.len() >= PAGES_MAX {
            return Err(Fault::Pages);
        }
        self.pages.push(last);
        Ok(self.pages.len() as u64 - 1)
    }

    fn kept(&self, key: &str) -> Done<Option<Vec<u8>>> {
        self.memory.get(&self.owner, key).map_err(Fault::Memory)
    }

    /// Notes a change, if there is room for it here and in the memory.
    fn change(&mut self, key: String, to: To, weight: u64) -> Done<()> {
        let handed = |weight: u64| weight.max(super::weight(&key, 0));
        let (last, handed_before) = match self.changes.get(&key) {
            Some(change) => (change.weight, handed(change.weight)),
            None if self.changes.len() >= KEYS_MAX => return Err(Fault::Writes),
            None => (self.kept(&key)?.map_or(0, |value| super::weight(&key, value.len())), 0),
        };
        let written = self.written - handed_before + handed(weight);
        if written > TRANSFER_BYTES_MAX {
            return Err(Fault::Written);
        }
        let bytes = self.bytes.unwrap_or_else(|| self.memory.bytes(&self.owner));
        let bytes = bytes.saturating_sub(last).saturating_add(weight);
        if bytes > BYTES_MAX && weight > last {
            return Err(Fault::Full);
        }
        (self.written, self.bytes) = (written, Some(bytes));
        self.changes.insert(key, Change { to, weight });
        Ok(())
    }
}

fn check_key(key: &str) -> Done<()> {
    match key.len() {
        1..=KEY_BYTES_MAX => Ok(()),
        bytes => Err(Fault::Key(bytes)),
    }
}

#[cfg(test)]
mod tests;
