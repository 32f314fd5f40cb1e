//! Told events with a journal: written down before the caller goes on, delivered afterwards.

use super::StartError;
use super::{FireError, Host};
use crate::catalogue::Admitted;
use crate::cause::Cause;
use crate::deliveries::{Clock, Deliveries, Ear, Means, Rules};
use crate::event::Mode;
use crate::outcome::{Outcome, Receipt};
use crate::problem::{Place, Problem};
use crate::record::Record;
use crate::roster::Roster;
use crate::store::{Change, Kept, Retention, Settled, Store, StoreError, Tell, Told, identity};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

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
    /// Opens the journal. Without a directory for it the host does not start; with a database that cannot be used it does,
    /// and tells are refused.
    pub(super) fn open(self, data: Option<PathBuf>) -> Result<Result<Opened, StoreError>, StartError> {
        let missing = || io::Error::new(io::ErrorKind::InvalidInput, "a journal needs a data directory");
        let data = data.ok_or_else(missing).map_err(StartError::Data)?;
        Store::make(&data).map_err(StartError::Data)?;
        Ok(self.open_in(&data))
    }

    fn open_in(self, data: &Path) -> Result<Opened, StoreError> {
        let ear = Ear::default();
        let heard = ear.clone();
        let hear = Box::new(move |changes: &[_], first, later| heard.hear(changes, first, later));
        let store = Store::open(data, hear)?;
        let newest = store.newest()?;
        let clock = match &self.time {
            Some(time) => {
                let time = Arc::clone(time);
                Clock::from(move || time())
            }
            None => Clock::forward(newest),
        };
        store.verify_beside()?;
        let kept = Kept::read(&store)?;
        let slots = store.reader()?.slots()?;
        Ok(Opened { store, clock, kept, slots, ear, settings: self })
    }
}

/// An open journal, before there are hooks.
pub(super) struct Opened {
    store: Store,
    clock: Clock,
    pub(super) kept: Arc<Kept>,
    pub(super) slots: Vec<Settled>,
    ear: Ear,
    settings: Settings,
}

impl Opened {
    /// Goes on with what is owed.
    pub(super) fn start(self, means: Means) -> Result<Arc<Record>, StoreError> {
        let Settings { rules, retention, asks, .. } = self.settings;
        let deliveries = Deliveries::start(self.store, means, self.clock, rules, &self.ear)?;
        Ok(Record::of(deliveries, asks, retention))
    }
}

/// How a host's journal fares.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct JournalHealth {
    /// Why told events are refused, while they are.
    pub trouble: Option<FireError>,
    /// How much of it was met since the start that is not as it was written. It is left out, and said in the log.
    pub damages: u64,
}

impl Host {
    /// How the journal fares, where there is one.
    pub fn journal_health(&self) -> Option<JournalHealth> {
        if let Some(trouble) = &self.0.unusable {
            return Some(JournalHealth { trouble: Some(trouble.clone()), damages: 0 });
        }
        let health = self.0.record.as_ref().map(|record| record.deliveries())?.store().health();
        Some(JournalHealth { trouble: health.trouble().map(FireError::from), damages: health.damages() })
    }

    /// Writes a told event down; its hooks get it afterwards.
    pub(super) async fn write_down(
        &self,
        deliveries: &Deliveries,
        roster: &Roster,
        event: Admitted<'_>,
    ) -> Result<Outcome, FireError> {
        let owed = roster.owed(&event);
        let now = deliveries.clock().now();
        let due = event.event.due_micros().map_err(|problem| FireError::Refused(vec![problem]))?;
        let due = due.filter(|due| *due > now).unwrap_or_default();
        let Admitted { mut event, facets, warnings, kind, cause, .. } = event;
        event.facets = facets.into_iter().collect();
        let suppressed = cause.as_ref().map(Cause::origin);
        let (id, data) = (event.id.clone(), event.data.clone());
        let tell = Tell { told: Told { event, cause }, owed, at: now, due };
        let taken = deliveries.store().tell(tell).await?;
        let sequence = taken.sequence.unsigned_abs();
        let receipt = Receipt { sequence, owed: taken.owed, repeated: taken.repeated };
        Ok(Outcome {
            id,
            event: kind.name.clone(),
            mode: Mode::Tell,
            amended: false,
            roster: roster.generation,
            trail: Vec::new(),
            warnings,
            receipt: Some(receipt),
            suppressed,
            cause: None,
            result: Ok(data),
        })
    }
}

impl Host {
    /// Takes back what a told event of this source and id still owes: deliveries that wait for their time, an attempt or
    /// their hook become dead letters. Returns how many they were; an event that nobody knows owes nothing.
    pub async fn cancel(&self, source: &str, id: &str, tenant: Option<&str>) -> Result<usize, FireError> {
        let deliveries = self.journal()?;
        let who = identity(source, id, tenant);
        let owing = deliveries.read(move |reader| reader.owing(who)).await?;
        for delivery in &owing {
            let delivery = delivery.clone().cancelled();
            deliveries.store().change(Change { delivery, attempt: None, state: None });
        }
        deliveries.store().flush().await;
        Ok(owing.len())
    }

    /// Owes a hook the events that were told since then and that it would have got had it been there, as far as the
    /// journal still has them. Those that are due later wait for their time, and those that were cancelled stay so.
    /// Returns how many they are.
    pub async fn deliver_since(&self, hook: &str, since: SystemTime) -> Result<usize, FireError> {
        let deliveries = self.journal()?;
        let roster = self.roster();
        let Some(hook) = roster.hook(hook).cloned() else {
            let problem = Problem::error(Place::default(), format!("there is no hook {hook:?}"));
            return Err(FireError::Refused(vec![problem]));
        };
        let since = since.duration_since(UNIX_EPOCH).unwrap_or_default().as_micros();
        let since = i64::try_from(since).unwrap_or(i64::MAX);
        let id = Arc::clone(&hook.manifest().id);
        let mut after = deliveries.read(move |reader| reader.before(since)).await?;
        let mut count = 0;
        loop {
            let id = Arc::clone(&id);
            let (events, last) = deliveries.read(move |reader| reader.events_without(&id, after)).await?;
            if last == after {
                return Ok(count);
            }
            after = last;
            let wants = |told: &Told| {
                let admitted = roster.catalogue.admit(told.event.clone(), self.0.limits.data_bytes);
                admitted
                    .is_ok_and(|event| roster.wants(&hook, &Admitted { cause: told.cause.clone(), ..event }))
            };
            let wanted: Vec<_> = events.into_iter().filter(|(_, told)| wants(told)).collect();
            count += wanted.len();
            deliveries.store().owe(&hook.manifest().id, wanted, deliveries.clock().now()).await?;
            deliveries.expect(&hook.manifest().id);
        }
    }

    /// Forgets what a hook keeps in its state, for all tenants; returns how many keys there were. Nothing else does: a hook
    /// whose files vanish and come back has its state again. What a call that is on its way writes is kept, so disable or
    /// remove the hook before.
    pub async fn forget_state(&self, hook: &str) -> Result<usize, FireError> {
        let deliveries = self.journal()?;
        let keys = deliveries.kept().forget(&hook.into());
        deliveries.store().flush().await;
        Ok(keys)
    }

    fn journal(&self) -> Result<&Deliveries, FireError> {
        let none = || {
            let none = || FireError::Journal("this host has no journal".into());
            self.0.unusable.clone().unwrap_or_else(none)
        };
        self.0.record.as_ref().map(|record| record.deliveries()).ok_or_else(none)
    }

    /// Ends deliveries in order: begins no more, waits for what is on its way for at most `grace`, and has all that is
    /// known on disk. What takes longer is delivered again after the next start.
    pub async fn shutdown(&self, grace: Duration) {
        if let Some(deliveries) = self.0.record.as_ref().map(|record| record.deliveries()) {
            deliveries.stop(grace).await;
        }
    }
}

/// A journal that cannot be used until somebody has repaired it and the host is started again; says so.
pub(super) fn unusable(error: StoreError) -> FireError {
    tracing::error!(
        %error,
        "told events are refused: see `tenterhook journal verify`, make the file usable or move it away, and start again"
    );
    error.into()
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
