//! How often values fell between bounds.

use super::striped::Striped;
use serde::Serialize;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// How often values fell between bounds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct Histogram {
    /// Upper bounds of the buckets.
    #[cfg_attr(feature = "api", schema(value_type = Vec<u64>))]
    pub bounds: &'static [u64],
    /// How many values fell into each bucket; one more than bounds, for those beyond them all.
    pub counts: Vec<u64>,
    /// All values added up.
    pub sum: u64,
}

/// What is counted into a histogram of at most `N` buckets.
#[derive(Debug)]
pub(crate) struct Buckets<const N: usize> {
    counts: [AtomicU64; N],
    sum: AtomicU64,
}

impl<const N: usize> Default for Buckets<N> {
    fn default() -> Self {
        Self { counts: [const { AtomicU64::new(0) }; N], sum: AtomicU64::new(0) }
    }
}

impl<const N: usize> Buckets<N> {
    /// `bounds` are one fewer than the buckets.
    pub(crate) fn add(&self, bounds: &[u64], value: u64) {
        let bucket = bounds.partition_point(|bound| *bound < value);
        self.counts[bucket.min(N - 1)].fetch_add(1, Relaxed);
        self.sum.fetch_add(value, Relaxed);
    }

    /// What all threads counted.
    pub(crate) fn read<T>(
        all: &Striped<T>,
        bounds: &'static [u64],
        one: impl Fn(&T) -> &Self + Copy,
    ) -> Histogram {
        let count = |bucket: usize| all.sum(|stripe| one(stripe).counts[bucket].load(Relaxed));
        Histogram {
            bounds,
            counts: (0..N).map(count).collect(),
            sum: all.sum(|stripe| one(stripe).sum.load(Relaxed)),
        }
    }
}
