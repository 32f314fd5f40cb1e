//! What the journal knows, for people: the log, deliveries, dead letters; and what it forgets.
//!
//! Readers have a few connections beside those that deliver, so that whoever searches holds nobody up.

mod backlog;
mod tidy;

pub(crate) use backlog::{Backlog, Backlogs};

use crate::deliveries::Deliveries;
use crate::dispatcher::Keep;
use crate::event::Event;
use crate::outcome::{Outcome, TrailVerdict};
use crate::store::{self, Asked, Letter, Reader, Retention, StoreError};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Searches at the same time; further ones wait.
const READERS: usize = 4;

/// What the journal knows.
pub(crate) struct Record {
    deliveries: Arc<Deliveries>,
    places: Semaphore,
    backlog: backlog::Glance,
    /// Whether plain accepts of asked events are logged.
    asks: bool,
}

impl Record {
    /// Of a host's journal, which it keeps tidy from now on.
    pub(crate) fn of(deliveries: Arc<Deliveries>, asks: bool, retention: Retention) -> Arc<Self> {
        let record =
            Self { deliveries, places: Semaphore::new(READERS), backlog: backlog::Glance::default(), asks };
        let record = Arc::new(record);
        tokio::spawn(tidy::tidy(Arc::downgrade(&record), retention));
        record
    }

    /// Told events on their way.
    pub(crate) fn deliveries(&self) -> &Deliveries {
        &self.deliveries
    }

    /// Which asked events are wanted for the log.
    pub(crate) fn keeps(&self) -> Keep {
        if self.asks { Keep::Turns } else { Keep::Notable }
    }

    /// Notes an asked event. Nobody waits for it.
    pub(crate) fn note(&self, sent: Event, outcome: &Outcome) {
        let notable = |verdict| match verdict {
            TrailVerdict::Accept => self.asks,
            TrailVerdict::Skipped => false,
            TrailVerdict::Amend | TrailVerdict::Veto | TrailVerdict::Failed => true,
        };
        let changed = outcome.data().ok().filter(|_| outcome.amended).cloned();
        let lines = outcome.trail.iter().filter(|line| notable(line.verdict)).cloned().collect();
        self.deliveries.store().ask(Asked { at: self.now(), sent, changed, lines });
    }

    /// The journal's time, in microseconds.
    pub(crate) fn now(&self) -> i64 {
        self.deliveries.clock().now()
    }

    /// Transactions so far.
    pub(crate) fn commits(&self) -> u64 {
        self.deliveries.store().commits()
    }

    /// Rows so far that were not what was written, and asked events that were not logged since too many waited.
    pub(crate) fn losses(&self) -> (u64, u64) {
        let health = self.deliveries.store().health();
        (health.damages(), health.asks_dropped())
    }

    /// Reads on a thread that may wait for the disk.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Reader) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let place = self.places.acquire().await;
        let _place = place.map_err(|error| StoreError::Failed(error.to_string()))?;
        self.deliveries.read(read).await
    }

    /// A dead letter is due at once, as if it had never been attempted.
    pub(crate) async fn resend(&self, id: i64) -> Result<Letter, StoreError> {
        let letter = self.deliveries.store().run(move |connection| store::resend(connection, id)).await?;
        if let Letter::Done(delivery) = &letter {
            self.deliveries.expect(&delivery.hook);
        }
        Ok(letter)
    }

    /// So are all of a hook; how many there were.
    pub(crate) async fn resend_all(&self, hook: &Arc<str>) -> Result<usize, StoreError> {
        let of = Arc::clone(hook);
        let newest = self.deliveries.store().run(move |connection| store::newest(connection, &of)).await?;
        let (mut after, mut count) = (0, 0);
        while let Some(newest) = newest {
            let (of, store) = (Arc::clone(hook), self.deliveries.store().clone());
            let some =
                move |connection: &_| store::resend_some(connection, store.health(), &of, after, newest);
            let (some, last) = self.deliveries.store().run(some).await?;
            let Some(last) = last else { break };
            (after, count) = (last, count + some);
            self.deliveries.expect(hook);
        }
        Ok(count)
    }

    /// A dead letter is gone.
    pub(crate) async fn discard(&self, id: i64) -> Result<Letter, StoreError> {
        self.deliveries.store().run(move |connection| store::discard(connection, id)).await
    }
}
