//! Told events with a journal: written down before the caller goes on, delivered afterwards.

use super::builder::StartError;
use super::{FireError, Host};
use crate::catalogue::Admitted;
use crate::deliveries::{Clock, Deliveries, Ear, Means, Rules};
use crate::event::Mode;
use crate::outcome::{Outcome, Receipt};
use crate::record::Record;
use crate::roster::Roster;
use crate::store::{Retention, Store, StoreError, Tell};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

/// Tells the time.
pub(super) type Time = Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// What a host's journal is to be like.
#[derive(Clone, Default)]
pub(super) struct Settings {
    pub(super) rules: Rules,
    pub(super) retention: Retention,
    /// Whether plain accepts of asked events are logged.
    pub(super) asks: bool,
    /// The clock, if it is not the machine's.
    pub(super) time: Option<Time>,
}

impl Settings {
    /// Opens the journal, and goes on with what is owed.
    pub(super) fn start(self, data: Option<PathBuf>, means: Means) -> Result<Arc<Record>, StartError> {
        let missing = || io::Error::new(io::ErrorKind::InvalidInput, "a journal needs a data directory");
        let data = data.ok_or_else(missing).map_err(StartError::Data)?;
        let failed = |error: StoreError| StartError::Data(io::Error::other(error.to_string()));
        let ear = Ear::default();
        let heard = ear.clone();
        let hear = Box::new(move |changes: &[_], first, later| heard.hear(changes, first, later));
        let store = Store::open(&data, hear).map_err(StartError::Data)?;
        let newest = store.newest().map_err(failed)?;
        let clock = match self.time {
            Some(time) => Clock::from(move || time()),
            None => Clock::forward(newest),
        };
        let deliveries = Deliveries::start(store, means, clock, self.rules, &ear).map_err(failed)?;
        Ok(Record::of(deliveries, self.asks, self.retention))
    }
}

impl Host {
    /// Writes a told event down; its hooks get it afterwards.
    pub(super) async fn write_down(
        &self,
        deliveries: &Deliveries,
        roster: &Roster,
        event: Admitted<'_>,
    ) -> Result<Outcome, FireError> {
        let owed = roster.owed(&event);
        let Admitted { mut event, facets, warnings, kind } = event;
        event.facets =
            facets.into_iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        let event = Arc::new(event);
        let tell = Tell { event: Arc::clone(&event), owed, at: deliveries.clock().now(), due: 0 };
        let taken = deliveries.store().tell(tell).await?;
        let sequence = taken.sequence.unsigned_abs();
        let receipt = Receipt { sequence, owed: taken.owed, repeated: taken.repeated };
        Ok(Outcome {
            id: event.id.clone(),
            event: kind.name.clone(),
            mode: Mode::Tell,
            amended: false,
            roster: roster.generation,
            trail: Vec::new(),
            warnings,
            receipt: Some(receipt),
            result: Ok(event.data.clone()),
        })
    }
}

impl From<StoreError> for FireError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Full => Self::Full,
            StoreError::Conflict => Self::Conflict,
            StoreError::Failed(reason) => Self::Journal(reason),
        }
    }
}
