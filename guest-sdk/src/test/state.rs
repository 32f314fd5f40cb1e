//! The state of a test's host: a map, with the host's limits on a key and a value.

use super::CURRENT;
use crate::state::StateError;

type Done<T> = Result<T, StateError>;
type Pair = (String, Vec<u8>);
type Values = std::collections::BTreeMap<String, Vec<u8>>;

/// Bytes of a key, and of a value.
const BYTES_MAX: (usize, usize) = (512, 64 << 10);

fn with<T>(act: impl FnOnce(&mut Values) -> Done<T>) -> Done<T> {
    CURRENT.with_borrow_mut(|host| act(&mut host.state))
}

fn fault<T>(reason: String) -> Done<T> {
    Err(StateError(reason))
}

fn checked(key: &str) -> Done<&str> {
    match key.len() {
        bytes if (1..=BYTES_MAX.0).contains(&bytes) => Ok(key),
        bytes => fault(format!("a key of {bytes} bytes; it has 1 to {}", BYTES_MAX.0)),
    }
}

pub(crate) fn get(key: &str) -> Done<Option<Vec<u8>>> {
    with(|values| Ok(values.get(checked(key)?).cloned()))
}

pub(crate) fn get_many(keys: &[&str]) -> Done<Vec<Option<Pair>>> {
    keys.iter().map(|key| Ok(get(key)?.map(|value| ((*key).to_owned(), value)))).collect()
}

pub(crate) fn exists(key: &str) -> Done<bool> {
    Ok(get(key)?.is_some())
}

pub(crate) fn set(key: &str, value: Vec<u8>) -> Done<()> {
    let key = checked(key)?;
    if value.len() > BYTES_MAX.1 {
        return fault(format!("a value of {} bytes, at most {} are allowed", value.len(), BYTES_MAX.1));
    }
    with(|values| {
        values.insert(key.to_owned(), value);
        Ok(())
    })
}

pub(crate) fn set_many(pairs: Vec<Pair>) -> Done<()> {
    pairs.into_iter().try_for_each(|(key, value)| set(&key, value))
}

pub(crate) fn delete(key: &str) -> Done<()> {
    let key = checked(key)?;
    with(|values| {
        values.remove(key);
        Ok(())
    })
}

pub(crate) fn delete_many(keys: &[&str]) -> Done<()> {
    keys.iter().try_for_each(|key| delete(key))
}

pub(crate) fn increment(key: &str, by: u64) -> Done<u64> {
    let old = match get(key)? {
        None => Some(0),
        Some(value) => std::str::from_utf8(&value).ok().and_then(|digits| digits.parse::<u64>().ok()),
    };
    let Some(old) = old else { return fault(format!("{key:?} is no number, and cannot be incremented")) };
    let Some(new) = old.checked_add(by) else {
        return fault(format!("{key:?} would be more than {}", u64::MAX));
    };
    set(key, new.to_string().into_bytes()).map(|()| new)
}

pub(crate) fn list(_: Option<u64>) -> Done<(Vec<String>, Option<u64>)> {
    with(|values| Ok((values.keys().cloned().collect(), None)))
}
