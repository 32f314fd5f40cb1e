//! Hands told events to the hooks that they are owed to: at least once, whatever is killed in between.
//!
//! First attempts are made in the order of the journal, those of one event one after the other by priority, those of one
//! subject in their order, and subjects beside each other. Whoever takes longer than [`Rules::order_wait`] is not waited
//! for, and later attempts are made when they are due. What is owed stands in the [store](crate::store); here is only
//! what is on its way.

mod attempt;
mod clock;
mod feed;
mod hooks;
mod lanes;
mod order;

pub(crate) use clock::Clock;

use crate::dispatcher::Dispatcher;
use crate::outcome::Outcome;
use crate::roster::Roster;
use crate::store::{Change, DeliveryState, Kept, Later, Reader, Store, StoreError};
use arc_swap::ArcSwap;
use lanes::Lanes;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use tokio::sync::{Notify, Semaphore, broadcast};

/// How deliveries are made.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rules {
    /// How long the next hook, and the next event of the subject, wait for a first attempt.
    pub order_wait: Duration,
    /// Between an attempt and the next, each varied by a fifth; after the last it is a dead letter.
    pub retries: Vec<Duration>,
    /// Attempts of one hook at the same time.
    pub per_hook: usize,
    /// Attempts at the same time.
    pub at_once: usize,
}

impl Default for Rules {
    fn default() -> Self {
        const MINUTES: u64 = 60;
        const HOURS: u64 = 60 * MINUTES;
        let retries = [5, 5 * MINUTES, 30 * MINUTES, 2 * HOURS, 5 * HOURS, 10 * HOURS, 10 * HOURS];
        Self {
            order_wait: Duration::from_secs(1),
            retries: retries.map(Duration::from_secs).into(),
            per_hook: 4,
            at_once: 64,
        }
    }
}

/// Deliveries on their way.
pub(crate) struct Deliveries {
    store: Store,
    means: Means,
    clock: Clock,
    rules: Rules,
    lanes: Mutex<Lanes>,
    /// Places for attempts.
    places: Arc<Semaphore>,
    /// There may be something to do.
    wake: Arc<Notify>,
    /// No more attempts are begun.
    stopping: AtomicBool,
}

/// What deliveries are made with.
pub(crate) struct Means {
    pub(crate) roster: Arc<ArcSwap<Roster>>,
    pub(crate) dispatcher: Arc<Dispatcher>,
    pub(crate) kept: Arc<Kept>,
    /// Who looks on.
    pub(crate) outcomes: broadcast::Sender<Arc<Outcome>>,
    pub(crate) data_bytes_max: usize,
}

/// Told of every commit by the store's writer, before and after there are deliveries.
#[derive(Default, Clone)]
pub(crate) struct Ear(Arc<Mutex<Weak<Deliveries>>>);

impl Ear {
    /// What is on disk by now: changed deliveries, new first attempts, and when deliveries of hooks are due later.
    pub(crate) fn hear(&self, changes: &[Change], first: bool, later: Vec<(Arc<str>, i64)>) {
        let deliveries = self.0.lock().unwrap_or_else(PoisonError::into_inner).upgrade();
        if let Some(deliveries) = deliveries {
            // What was found to wait, and need not any more by the time that stands on disk.
            let roster = deliveries.means.roster.load();
            let waits = |change: &&Change| change.delivery.state == DeliveryState::Waiting;
            let mut waiting = changes.iter().filter(waits);
            let late = waiting.any(|change| !attempt::waits(&roster, &change.delivery.hook));
            let mut lanes = deliveries.lanes();
            lanes.committed(changes, first, later);
            lanes.changed |= late;
            drop(lanes);
            deliveries.wake.notify_one();
        }
    }
}

impl Deliveries {
    /// Goes on with everything that is owed, until the last handle is dropped.
    pub(crate) fn start(
        store: Store,
        reader: Reader,
        later: Vec<Later>,
        means: Means,
        clock: Clock,
        rules: Rules,
        ear: &Ear,
    ) -> Arc<Self> {
        let places = Arc::new(Semaphore::new(rules.at_once.max(1)));
        let lanes = Mutex::new(Lanes::new(rules.per_hook, later));
        let wake = Arc::default();
        let deliveries = Arc::new(Self {
            store,
            means,
            clock,
            rules,
            lanes,
            places,
            wake,
            stopping: AtomicBool::new(false),
        });
        *ear.0.lock().unwrap_or_else(PoisonError::into_inner) = Arc::downgrade(&deliveries);
        deliveries.reconsider();
        tokio::spawn(feed::feed(Arc::downgrade(&deliveries), Arc::clone(&deliveries.wake), reader));
        deliveries
    }

    /// What hooks keep.
    pub(crate) fn kept(&self) -> &Kept {
        &self.means.kept
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// Reads something, on a thread that may wait for the disk.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Reader) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let store = self.store.clone();
        let read = tokio::task::spawn_blocking(move || read(&store.reader()?));
        let ended = |_| StoreError::Failed("the runtime is being shut down".into());
        Ok(read.await.map_err(ended)??)
    }

    /// Begins no more attempts, waits for those on their way, and until all of it is on disk.
    pub(crate) async fn stop(&self, grace: Duration) {
        self.stopping.store(true, Relaxed);
        let all = u32::try_from(self.rules.at_once.max(1)).unwrap_or(u32::MAX);
        // Who has all places, knows that nobody else has one.
        let _places = tokio::time::timeout(grace, self.places.acquire_many(all)).await;
        self.places.close();
        self.store.flush().await;
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Looks again at what waits for its hook, since there may be other hooks now.
    pub(crate) fn reconsider(&self) {
        self.lanes().changed = true;
        self.wake.notify_one();
    }

    /// Deliveries of a hook are due by now that were not before.
    pub(crate) fn expect(&self, hook: &Arc<str>) {
        self.lanes().lane(hook).expect(1);
        self.wake.notify_one();
    }

    fn lanes(&self) -> MutexGuard<'_, Lanes> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Deliveries {
    fn drop(&mut self) {
        // Whoever feeds looks whether there still is something to feed.
        self.wake.notify_one();
    }
}
