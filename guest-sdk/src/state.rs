//! What the hook keeps between events, for itself alone; needs `keyvalue = true` under `[grants]` in its operator's
//! TOML.
//!
//! Each tenant's events have a state of their own. A value is anything that serde can write, kept as JSON. A call
//! sees what it wrote at once; everybody else sees it when the handler has returned a verdict, and never if it
//! failed. So an event that is delivered again after a failure counts once.
//!
//! ```
//! use tenterhook_sdk::prelude::*;
//!
//! #[hook(on = "cloud.post_auth", option = "FAILURE", priority = 100, wants(keyvalue = true))]
//! fn count_failures(event: Event) -> Result<Verdict> {
//!     let user = event.subject.clone().unwrap_or_default();
//!     let failures = state::increment(&format!("failures/{user}"), 1)?;
//!     if failures >= 3 {
//!         state::set(&format!("locked/{user}"), &event.time)?;
//!     }
//!     Ok(accept())
//! }
//!
//! let event = || test::event("cloud.post_auth").facet("option", "FAILURE").subject("ann").data(json!({}));
//! let mut host = test::Host::new().state("failures/ann", 2);
//! assert_eq!(host.run(|| count_failures(event())), Ok(accept()));
//! assert_eq!(host.kept::<u64>("failures/ann"), Some(3));
//! assert_eq!(host.kept::<String>("locked/ann").as_deref(), Some("2026-01-01T00:00:00Z"));
//! ```
//!
//! A key has 1 to 512 bytes, a value at most 64 KiB, and a hook keeps at most 64 MiB, where each key counts 64 bytes
//! more. One call writes at most 1,000 keys and 1 MiB.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The value of a key, or `None` where it has none.
///
/// # Errors
///
/// When the hook is not granted its state, and when what is kept is no `T`.
pub fn get<T: DeserializeOwned>(key: &str) -> Result<Option<T>, StateError> {
    let value = backend::get(key).map_err(|error| error.of(key))?;
    value.map(|value| read(key, &value)).transpose()
}

/// The values of those of the keys that have one; at most 1,000 keys and 1 MiB at once.
///
/// # Errors
///
/// As [`get`], and when it would be more.
pub fn get_many<T: DeserializeOwned>(keys: &[&str]) -> Result<BTreeMap<String, T>, StateError> {
    let found = backend::get_many(keys)?.into_iter().flatten();
    found.map(|(key, value)| read(&key, &value).map(|value| (key, value))).collect()
}

/// Whether a key has a value.
///
/// # Errors
///
/// When the hook is not granted its state.
pub fn exists(key: &str) -> Result<bool, StateError> {
    backend::exists(key).map_err(|error| error.of(key))
}

/// Gives a key a value. Of two calls that do so at the same time the last one wins.
///
/// # Errors
///
/// When the hook is not granted its state, or writes more than it may.
pub fn set(key: &str, value: impl Serialize) -> Result<(), StateError> {
    let value = write(key, &value)?;
    backend::set(key, value).map_err(|error| error.of(key))
}

/// Gives many keys a value. Where that fails, those before the one that failed have theirs.
///
/// # Errors
///
/// As [`set`].
pub fn set_many<K: AsRef<str>, V: Serialize>(
    pairs: impl IntoIterator<Item = (K, V)>,
) -> Result<(), StateError> {
    let pair = |(key, value): (K, V)| Ok((key.as_ref().to_owned(), write(key.as_ref(), &value)?));
    backend::set_many(pairs.into_iter().map(pair).collect::<Result<_, StateError>>()?)
}

/// Takes a key's value away, if it has one.
///
/// # Errors
///
/// As [`set`].
pub fn delete(key: &str) -> Result<(), StateError> {
    backend::delete(key).map_err(|error| error.of(key))
}

/// Takes many keys' values away.
///
/// # Errors
///
/// As [`set`].
pub fn delete_many(keys: &[&str]) -> Result<(), StateError> {
    backend::delete_many(keys)
}

/// Adds to a number, which is 0 where the key has no value, and returns it. Calls at the same time all count; each
/// is told the number as it sees it.
///
/// # Errors
///
/// As [`set`], when the value is no number, and when it would be more than [`u64::MAX`].
pub fn increment(key: &str, by: u64) -> Result<u64, StateError> {
    backend::increment(key, by).map_err(|error| error.of(key))
}

/// All keys that have a value, in the order of their bytes.
///
/// # Errors
///
/// When the hook is not granted its state.
pub fn keys() -> Result<Vec<String>, StateError> {
    let (mut keys, mut cursor) = backend::list(None)?;
    while cursor.is_some() {
        let (more, next) = backend::list(cursor)?;
        keys.extend(more);
        cursor = next;
    }
    Ok(keys)
}

fn read<T: DeserializeOwned>(key: &str, value: &[u8]) -> Result<T, StateError> {
    serde_json::from_slice(value).map_err(|error| StateError(error.to_string()).of(key))
}

fn write(key: &str, value: &impl Serialize) -> Result<Vec<u8>, StateError> {
    serde_json::to_vec(value).map_err(|error| StateError(error.to_string()).of(key))
}

/// Why state could not be read or written; names the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateError(pub(crate) String);

impl StateError {
    fn of(self, key: &str) -> Self {
        Self(format!("state {key:?}: {}", self.0))
    }
}

impl fmt::Display for StateError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for StateError {}

/// A page of keys, and where the next one begins.
#[cfg(target_arch = "wasm32")]
type Page = (Vec<String>, Option<u64>);

#[cfg(not(target_arch = "wasm32"))]
use crate::test::state as backend;

/// The host's side, in the sandbox.
#[cfg(target_arch = "wasm32")]
mod backend {
    use super::{Page, StateError};
    use crate::bindings::wasi::keyvalue::store::{self, Bucket, Error};
    use crate::bindings::wasi::keyvalue::{atomics, batch};

    impl From<Error> for StateError {
        fn from(error: Error) -> Self {
            Self(match error {
                Error::AccessDenied => "access is denied; its operator grants it with keyvalue = true".into(),
                Error::NoSuchStore => "there is no such store".into(),
                Error::Other(reason) => reason,
            })
        }
    }

    type Pair = (String, Vec<u8>);
    type Done<T> = Result<T, StateError>;

    fn with<T>(act: impl FnOnce(&Bucket) -> Result<T, Error>) -> Done<T> {
        Ok(act(&store::open("default")?)?)
    }

    fn owned(keys: &[&str]) -> Vec<String> {
        keys.iter().map(|key| (*key).to_owned()).collect()
    }

    pub(super) fn get(key: &str) -> Done<Option<Vec<u8>>> {
        with(|bucket| bucket.get(key))
    }

    pub(super) fn get_many(keys: &[&str]) -> Done<Vec<Option<Pair>>> {
        with(|bucket| batch::get_many(bucket, &owned(keys)))
    }

    pub(super) fn exists(key: &str) -> Done<bool> {
        with(|bucket| bucket.exists(key))
    }

    pub(super) fn set(key: &str, value: Vec<u8>) -> Done<()> {
        with(|bucket| bucket.set(key, &value))
    }

    pub(super) fn set_many(pairs: Vec<Pair>) -> Done<()> {
        with(|bucket| batch::set_many(bucket, &pairs))
    }

    pub(super) fn delete(key: &str) -> Done<()> {
        with(|bucket| bucket.delete(key))
    }

    pub(super) fn delete_many(keys: &[&str]) -> Done<()> {
        with(|bucket| batch::delete_many(bucket, &owned(keys)))
    }

    pub(super) fn increment(key: &str, by: u64) -> Done<u64> {
        with(|bucket| atomics::increment(bucket, key, by))
    }

    pub(super) fn list(cursor: Option<u64>) -> Done<Page> {
        with(|bucket| bucket.list_keys(cursor)).map(|page| (page.keys, page.cursor))
    }
}
