//! A host's journal: opened at the start, or as soon as it can be.

use super::{FireError, Host, Inner, StartError};
use crate::deliveries::{Clock, Deliveries, Ear, Means, Rules};
use crate::memory::Memory;
use crate::record::Record;
use crate::store::{Kept, Later, Reader, Retention, Settled, Store, StoreError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::time::{Duration, SystemTime};

/// Between two attempts to open a journal that cannot be opened.
const AGAIN: Duration = Duration::from_secs(2);

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
    /// and tells are refused until it can.
    pub(super) fn open(self, data: Option<&Path>) -> Result<Result<Opened, Box<Closed>>, StartError> {
        let missing = || io::Error::new(io::ErrorKind::InvalidInput, "a journal needs a data directory");
        let data = data.ok_or_else(missing).map_err(StartError::Data)?;
        Store::make(data).map_err(StartError::Data)?;
        Ok(self.open_in(data.to_owned()))
    }

    fn open_in(self, data: PathBuf) -> Result<Opened, Box<Closed>> {
        let opened = self.clone().read(&data);
        opened.map_err(|error| Box::new(Closed { error, settings: self, data }))
    }

    fn read(self, data: &Path) -> Result<Opened, StoreError> {
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
        let (kept, reader) = (Kept::read(&store)?, store.reader()?);
        let (later, slots) = (reader.later()?, reader.slots()?);
        Ok(Opened { store, reader, clock, kept, later, slots, ear, settings: self })
    }
}

/// An open journal, before its deliveries are made.
pub(super) struct Opened {
    store: Store,
    reader: Reader,
    clock: Clock,
    kept: Arc<Kept>,
    /// When deliveries that wait are due.
    later: Vec<Later>,
    slots: Vec<Settled>,
    ear: Ear,
    settings: Settings,
}

impl Opened {
    /// What hooks keep.
    pub(super) fn memory(&self) -> Arc<dyn Memory> {
        Arc::clone(&self.kept) as Arc<dyn Memory>
    }
}

/// A journal that cannot be opened, and why.
pub(super) struct Closed {
    error: StoreError,
    settings: Settings,
    data: PathBuf,
}

/// A host's journal, if it is to have one.
#[derive(Default)]
pub(super) struct Journal {
    /// Told events on their way and what is written down of them, once it is open.
    record: OnceLock<Arc<Record>>,
    /// Why it cannot be used yet.
    unusable: Mutex<Option<FireError>>,
}

impl Journal {
    /// What is written down, where it is open.
    pub(super) fn record(&self) -> Option<&Arc<Record>> {
        self.record.get()
    }

    /// The same, or why it is not open; none where there is to be none.
    pub(super) fn opened(&self) -> Option<Result<&Arc<Record>, FireError>> {
        let unusable = || self.unusable.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.record.get().map(Ok).or_else(|| unusable().map(Err))
    }

    /// Says why it cannot be used, unless that is known. Returns whether to try again: not where somebody has to repair
    /// what is in the file, since what was told until he is done would be in another.
    fn fail(&self, error: StoreError) -> bool {
        let (again, what) = match error {
            StoreError::Spoiled(_) => (false, "make the file usable or move it away, and start again"),
            _ => (true, "it is tried again every two seconds"),
        };
        let trouble = Some(FireError::from(error.clone()));
        let mut unusable = self.unusable.lock().unwrap_or_else(PoisonError::into_inner);
        if *unusable != trouble {
            tracing::error!(%error, "told events are refused: see `tenterhook journal verify`, {what}");
            *unusable = trouble;
        }
        again
    }
}

impl Host {
    /// Goes on with what a journal owes.
    pub(super) fn begin(&self, opened: Opened) {
        let Opened { store, reader, clock, kept, later, slots, ear, settings } = opened;
        let means = Means {
            roster: Arc::clone(&self.0.roster),
            dispatcher: Arc::clone(&self.0.dispatcher),
            kept,
            outcomes: self.0.outcomes.clone(),
            data_bytes_max: self.0.limits.data_bytes,
        };
        let deliveries = Deliveries::start(store, reader, later, means, clock, settings.rules, &ear);
        self.0.timetable.learn(slots);
        // There is none before it: either the host starts, or its journal could not be opened yet.
        let _ = self.0.journal.record.set(Record::of(deliveries, settings.asks, settings.retention));
    }

    /// Has told events refused until the journal can be opened.
    pub(super) fn begin_later(&self, closed: Closed) {
        let Closed { error, settings, data } = closed;
        if self.0.journal.fail(error) {
            tokio::spawn(open_later(Arc::downgrade(&self.0), settings, data));
        }
    }

    /// Goes on with a journal that was opened while hooks were at work, once those can keep state that want to.
    async fn begin_now(&self, opened: Opened) {
        self.0.maker.lock().await.builder.memory = Some(opened.memory());
        // What goes wrong with it, it says itself.
        let _ = self.reload().await;
        self.begin(opened);
        tracing::info!("told events are taken in: the journal is open");
    }
}

/// Tries once more to open a journal.
async fn open_later(host: Weak<Inner>, settings: Settings, data: PathBuf) {
    tokio::time::sleep(AGAIN).await;
    let opened = tokio::task::spawn_blocking(move || settings.open_in(data)).await;
    let (Some(host), Ok(opened)) = (host.upgrade().map(Host), opened) else { return };
    match opened {
        Ok(opened) => host.begin_now(opened).await,
        Err(closed) => host.begin_later(*closed),
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
        if let Some(trouble) = self.unusable() {
            return Some(JournalHealth { trouble: Some(trouble), damages: 0 });
        }
        let health = self.record()?.deliveries().store().health();
        Some(JournalHealth { trouble: health.trouble().map(FireError::from), damages: health.damages() })
    }
}
