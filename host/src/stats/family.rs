//! Numbers by a key.

use super::striped::Striped;
use arc_swap::ArcSwap;
use foldhash::fast::RandomState;
use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

/// Numbers for every key that was counted under. There must be only so many keys: none is ever forgotten. Read without
/// a lock, since it is on the path of events and requests.
#[derive(Debug)]
pub(crate) struct Family<K, T>(ArcSwap<Members<K, T>>);

type Members<K, T> = HashMap<K, Arc<Striped<T>>, RandomState>;

impl<K, T> Default for Family<K, T> {
    fn default() -> Self {
        Self(ArcSwap::from_pointee(HashMap::default()))
    }
}

impl<K: Clone + Eq + Hash, T: Default> Family<K, T> {
    /// Has `count` add to this thread's numbers under a key.
    pub(crate) fn count<Q>(&self, key: &Q, count: impl Fn(&T))
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ToOwned<Owned = K> + ?Sized,
    {
        if let Some(known) = self.0.load().get(key) {
            return count(known.mine());
        }
        self.0.rcu(|members| {
            let mut members = HashMap::clone(members);
            members.entry(key.to_owned()).or_default();
            members
        });
        if let Some(known) = self.0.load().get(key) {
            count(known.mine());
        }
    }

    /// Every key with its numbers, in the order of the keys.
    pub(crate) fn all(&self) -> Vec<(K, Arc<Striped<T>>)>
    where
        K: Ord,
    {
        let members = self.0.load();
        let mut all: Vec<_> =
            members.iter().map(|(key, numbers)| (key.clone(), Arc::clone(numbers))).collect();
        all.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        all
    }
}
