//! Numbers that many threads add to at once without taking them from each other.
//!
//! A number that two processors add to in turn has to travel between them, which costs more than the rest of the
//! bookkeeping of a call. So each thread has a stripe, shared only where there are more threads than stripes, and a
//! reader adds the stripes up.

use crossbeam_utils::CachePadded;
use std::cell::Cell;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// The most stripes, however many processors there are.
const STRIPES_MAX: usize = 8;

/// One `T` for each stripe. They take no memory until one is used.
#[derive(Debug)]
pub(crate) struct Striped<T>(OnceLock<Box<[CachePadded<T>]>>);

impl<T> Default for Striped<T> {
    fn default() -> Self {
        Self(OnceLock::new())
    }
}

impl<T: Default> Striped<T> {
    /// This thread's.
    pub(crate) fn mine(&self) -> &T {
        let stripes = self.0.get_or_init(|| (0..stripes()).map(|_| CachePadded::default()).collect());
        &stripes[turn() % stripes.len()]
    }
}

impl<T> Striped<T> {
    /// Adds up one of their numbers.
    pub(crate) fn sum(&self, number: impl Fn(&T) -> u64) -> u64 {
        self.0.get().into_iter().flatten().map(|stripe| number(stripe)).sum()
    }
}

fn stripes() -> usize {
    static STRIPES: OnceLock<usize> = OnceLock::new();
    *STRIPES.get_or_init(|| std::thread::available_parallelism().map_or(1, Into::into).min(STRIPES_MAX))
}

/// Which thread this is among those that count.
fn turn() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local!(static TURN: Cell<Option<usize>> = const { Cell::new(None) });
    TURN.with(|turn| {
        let mine = turn.get().unwrap_or_else(|| NEXT.fetch_add(1, Relaxed));
        turn.set(Some(mine));
        mine
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU64;

    #[test]
    fn what_all_threads_add_is_in_the_sum() {
        let striped: Striped<AtomicU64> = Striped::default();
        assert_eq!(striped.sum(|number| number.load(Relaxed)), 0);
        std::thread::scope(|scope| {
            for _ in 0..20 {
                scope.spawn(|| (0..1_000).for_each(|_| _ = striped.mine().fetch_add(1, Relaxed)));
            }
        });
        assert_eq!(striped.sum(|number| number.load(Relaxed)), 20_000);
    }
}
