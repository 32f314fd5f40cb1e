//! A hook's state: the bucket `default` of the hook and the event's tenant, for those that are granted it.

use super::bindings::wasi::keyvalue::{atomics, batch, store};
use crate::machine::sandbox::State;
use crate::memory::{Draft, Fault};
use wasmtime::component::Resource;

/// The one bucket that there is.
const BUCKET: &str = "default";

/// A bucket that a guest holds. It says nothing but that one was opened: what it reads and writes is the call's.
#[allow(unreachable_pub, reason = "the generated bindings re-export it")]
pub enum Bucket {}

type Answer<T> = wasmtime::Result<Result<T, store::Error>>;

/// What a hook that is granted its state gets.
fn with<T>(state: &mut State, act: impl FnOnce(&mut Draft) -> Result<T, Fault>) -> Answer<T> {
    Ok(match &mut state.draft {
        Some(draft) => act(draft).map_err(|fault| store::Error::Other(fault.to_string())),
        None => Err(store::Error::AccessDenied),
    })
}

impl store::Host for State {
    fn open(&mut self, name: String) -> Answer<Resource<Bucket>> {
        let opened = with(self, |_| Ok(Resource::new_own(0)))?;
        Ok(opened.and_then(|bucket| if name == BUCKET { Ok(bucket) } else { Err(store::Error::NoSuchStore) }))
    }
}

impl store::HostBucket for State {
    fn get(&mut self, _: Resource<Bucket>, key: String) -> Answer<Option<Vec<u8>>> {
        with(self, |draft| draft.get(&key))
    }

    fn set(&mut self, _: Resource<Bucket>, key: String, value: Vec<u8>) -> Answer<()> {
        with(self, |draft| draft.set(key, value))
    }

    fn delete(&mut self, _: Resource<Bucket>, key: String) -> Answer<()> {
        with(self, |draft| draft.delete(key))
    }

    fn exists(&mut self, _: Resource<Bucket>, key: String) -> Answer<bool> {
        with(self, |draft| Ok(draft.get(&key)?.is_some()))
    }

    fn list_keys(&mut self, _: Resource<Bucket>, cursor: Option<u64>) -> Answer<store::KeyResponse> {
        with(self, |draft| draft.list(cursor).map(|(keys, cursor)| store::KeyResponse { keys, cursor }))
    }

    fn drop(&mut self, _: Resource<Bucket>) -> wasmtime::Result<()> {
        Ok(())
    }
}

impl atomics::Host for State {
    fn increment(&mut self, _: Resource<Bucket>, key: String, delta: u64) -> Answer<u64> {
        with(self, |draft| draft.increment(key, delta))
    }
}

impl batch::Host for State {
    fn get_many(&mut self, _: Resource<Bucket>, keys: Vec<String>) -> Answer<Vec<Option<(String, Vec<u8>)>>> {
        with(self, |draft| draft.get_many(keys))
    }

    fn set_many(&mut self, _: Resource<Bucket>, pairs: Vec<(String, Vec<u8>)>) -> Answer<()> {
        with(self, |draft| pairs.into_iter().try_for_each(|(key, value)| draft.set(key, value)))
    }

    fn delete_many(&mut self, _: Resource<Bucket>, keys: Vec<String>) -> Answer<()> {
        with(self, |draft| keys.into_iter().try_for_each(|key| draft.delete(key)))
    }
}
