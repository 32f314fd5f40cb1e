//! What hooks keep between events: whose it is, what a call changes of it, and how much there may be.
//!
//! It knows nothing of guests, files or tasks. A call reads through a [`Draft`], which holds back what the call
//! writes; only what a call with a verdict wrote is applied.

mod draft;
mod volatile;

pub(crate) use draft::{Draft, Fault};
pub(crate) use volatile::Volatile;

use crate::limits::{KIB, MIB};
use std::sync::Arc;

/// Bytes of a key.
pub(crate) const KEY_BYTES_MAX: usize = 512;
/// Bytes of a value.
pub(crate) const VALUE_BYTES_MAX: usize = 64 * KIB;
/// Bytes that an owner may keep, as [`weight`] counts them.
pub(crate) const BYTES_MAX: u64 = 64 * MIB as u64;
/// What a key counts beside itself and its value, so that the number of keys is bounded too: about a million.
const WEIGHT: u64 = 64;

/// Whose state it is: one hook's, for the events of one tenant or of none. No owner sees another's.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Owner {
    pub(crate) hook: Arc<str>,
    pub(crate) tenant: Option<Arc<str>>,
}

impl Owner {
    pub(crate) fn new(hook: &Arc<str>, tenant: Option<&str>) -> Self {
        Self { hook: Arc::clone(hook), tenant: tenant.map(Into::into) }
    }
}

/// What a call changed of one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Write {
    /// The key has this value, whatever it had.
    Set(String, Vec<u8>),
    /// The key is gone.
    Delete(String),
    /// So much is added to the number that the key has by then; see [`sum`].
    Add(String, u64),
}

/// Where hooks' state is kept. It is read while a hook runs, so reading takes microseconds and waits for no disk.
pub(crate) trait Memory: Send + Sync {
    /// The value of a key.
    fn get(&self, owner: &Owner, key: &str) -> Result<Option<Vec<u8>>, String>;

    /// The first `at_most` keys behind `after`, in the order of their bytes.
    fn keys(&self, owner: &Owner, after: Option<&str>, at_most: usize) -> Result<Vec<String>, String>;

    /// What the owner keeps, as [`weight`] counts it.
    fn bytes(&self, owner: &Owner) -> u64;

    /// Makes what a call wrote visible to every call that begins after it. Each key is written at most once.
    fn apply(&self, owner: &Owner, writes: Vec<Write>);
}

/// What a key and its value count.
pub(crate) fn weight(key: &str, value_bytes: usize) -> u64 {
    WEIGHT + key.len() as u64 + value_bytes as u64
}

/// The number that a value is, in decimal digits; a key without a value counts as 0.
pub(crate) fn number(value: Option<&[u8]>) -> Option<u64> {
    value.map_or(Some(0), |value| std::str::from_utf8(value).ok()?.parse().ok())
}

/// What becomes of a value by adding to it. A value that another call made no number stays as that call set it.
pub(crate) fn sum(value: Option<&[u8]>, delta: u64) -> Option<Vec<u8>> {
    Some(number(value)?.saturating_add(delta).to_string().into_bytes())
}
