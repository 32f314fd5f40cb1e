//! What must survive: told events and who is owed them, in one SQLite database. The one place that knows SQL.
//!
//! One thread writes. Whatever waits for it goes into one transaction, so that many callers share one sync; who is
//! answered is answered after it. Readers have connections of their own and see what was committed.

mod inbox;
mod kept;
mod letters;
mod log;
mod queue;
mod read;
mod retention;
mod row;
mod schema;
mod search;
mod seen;
mod slots;
mod sql;
#[cfg(test)]
mod tests;
mod told;
mod verify;
mod writer;

pub(crate) use kept::{Entry, Kept, KeySearch, Spot, forget};
pub(crate) use letters::{Letter, cancel, change, discard, newest, resend, resend_some};
pub(crate) use log::{Asked, Attempt, Line};
pub(crate) use read::{Later, Reader};
pub use retention::Retention;
pub(crate) use retention::Sweep;
pub(crate) use row::sequence_of;
pub use row::{Delivery, DeliveryState};
pub(crate) use search::{DeliverySearch, Found, LineSearch, Owed, Sent};
pub(crate) use slots::Settled;
pub(crate) use told::identity;
pub use verify::Finding;
pub(crate) use verify::verify;

use crate::cause::Cause;
use crate::event::Event;
use crate::memory::Owner;
use inbox::Callers;
use std::fs::{DirBuilder, OpenOptions};
use std::ops::Range;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::{fmt, io};
use tokio::sync::oneshot;
use told::Prepared;

/// The database's file in the data directory.
pub(crate) const FILE: &str = "tenterhook.db";

/// Why something was not written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StoreError {
    /// The disk is full.
    Full,
    /// Another event was told under the same source and id.
    Conflict,
    /// It cannot be written, and why.
    Failed(String),
    /// The same, until somebody repairs it: for what its file holds.
    Spoiled(String),
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => f.write_str("the disk of the journal is full"),
            Self::Conflict => f.write_str("another event was told with this source and id"),
            Self::Failed(reason) | Self::Spoiled(reason) => {
                write!(f, "the journal cannot be written: {reason}")
            }
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{DatabaseCorrupt, DiskFull, NotADatabase};
        match error.sqlite_error_code() {
            Some(DiskFull) => Self::Full,
            // What is found wrong with a row or a version has no code.
            Some(DatabaseCorrupt | NotADatabase) | None => Self::Spoiled(error.to_string()),
            Some(_) => Self::Failed(error.to_string()),
        }
    }
}

/// A told event, and what caused it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Told {
    pub(crate) event: Event,
    pub(crate) cause: Option<Box<Cause>>,
}

/// What became of a told event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Taken {
    /// Its place in the journal.
    pub(crate) sequence: i64,
    /// How many hooks it is owed to.
    pub(crate) owed: usize,
    /// It had been told before.
    pub(crate) repeated: bool,
}

/// A change of one delivery.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) delivery: Delivery,
    /// What an attempt did, if there was one.
    pub(crate) attempt: Option<Attempt>,
    /// What the attempt wrote of its hook's state.
    pub(crate) state: Option<(Owner, Vec<kept::Became>)>,
}

/// What became of a tell; and to whom it is owed, to be freed by who allocated that.
type Answer = (Result<Taken, StoreError>, Vec<Arc<str>>);

/// What the writer is asked to do.
enum Write {
    /// An event, and where its text is in what came with it.
    Tell {
        told: Prepared,
        text: Range<usize>,
        answer: oneshot::Sender<Answer>,
    },
    Change(Box<Change>),
    /// An asked event for the log, which keeps its place until it is written.
    Asked {
        asked: Box<Asked>,
        _place: log::Place,
    },
    /// Deliveries of a hook go on: those in the first state are due at once.
    Release(Arc<str>, DeliveryState),
    /// What became of keys of a hook's state.
    State(Owner, Vec<kept::Became>),
    /// A hook keeps nothing any more.
    Forget(Arc<str>),
    /// Runs anything; for what is rare.
    Run(Job),
    /// Answers when everything before it is on disk.
    Flush(oneshot::Sender<()>),
}

type Job = Box<dyn FnOnce(&mut rusqlite::Connection) + Send>;

impl Write {
    /// Whether nobody waits for an answer to it.
    fn is_patient(&self) -> bool {
        !matches!(self, Self::Tell { .. } | Self::Run(_) | Self::Flush(_))
    }
}

/// A handle to the database; its thread ends with the last one.
#[derive(Clone)]
pub(crate) struct Store(Arc<Handle>);

struct Handle {
    path: PathBuf,
    queue: Callers<Write>,
    health: Arc<Health>,
}

/// How the writer fares.
#[derive(Default)]
pub(crate) struct Health {
    /// Why nothing can be written, while that is so.
    trouble: Mutex<Option<StoreError>>,
    commits: AtomicU64,
    /// What is not as it was written.
    damaged: AtomicU64,
    asks: log::Gate,
}

impl Health {
    pub(crate) fn trouble(&self) -> Option<StoreError> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How much was met so far that is not as it was written; the same may be met again.
    pub(crate) fn damages(&self) -> u64 {
        self.damaged.load(Relaxed)
    }

    /// Asked events so far that the log does not have because too many waited for it.
    pub(crate) fn asks_dropped(&self) -> u64 {
        self.asks.dropped.load(Relaxed)
    }

    fn damaged(&self, error: &rusqlite::Error) {
        self.damaged.fetch_add(1, Relaxed);
        tracing::error!(%error, "a part of the journal is left out");
    }

    fn found(&self, Finding { place, message }: &Finding) {
        self.damaged.fetch_add(1, Relaxed);
        tracing::error!(%place, error = %message, "the journal is damaged");
    }

    fn set(&self, trouble: Option<StoreError>) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
    }
}

/// Told of every commit: which deliveries changed, whether there are new first attempts, and when others are due.
pub(crate) type Committed = Box<dyn Fn(&[Change], bool, Vec<(Arc<str>, i64)>) + Send>;

impl Store {
    /// Makes the data directory, for nobody else to read.
    pub(crate) fn make(data: &Path) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(data)
    }

    /// Opens the database of a data directory, or makes it, for nobody else to read. `committed` is called by the writer.
    pub(crate) fn open(data: &Path, committed: Committed) -> Result<Self, StoreError> {
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::StorageFull => StoreError::Full,
            _ => StoreError::Failed(format!("its file cannot be opened: {error}")),
        };
        let path = data.join(FILE);
        OpenOptions::new().append(true).create(true).mode(0o600).open(&path).map_err(failed)?;
        let (queue, waiting) = inbox::inbox();
        let health = Arc::new(Health::default());
        writer::start(&path, waiting, Arc::clone(&health), committed)?;
        Ok(Self(Arc::new(Handle { path, queue, health })))
    }

    /// Writes an event down that these hooks are owed, told `at` then and not to be delivered before `due`, in microseconds
    /// of the journal's clock. It is on disk once the answer is there, whether somebody waits for it or not.
    pub(crate) fn tell(
        &self,
        event: &Event,
        cause: Option<&Cause>,
        owed: Vec<Arc<str>>,
        at: i64,
        due: i64,
    ) -> impl Future<Output = Result<Taken, StoreError>> + use<> {
        let (answer, answered) = oneshot::channel();
        // What takes time is done by who tells, so that the one who writes only writes.
        let (told, json) = Prepared::of(event, cause, owed, at, due);
        self.0.queue.send_with(json.as_bytes(), |text| Write::Tell { told, text, answer });
        async { answered.await.map_or_else(|_| Err(ended()), |(taken, _)| taken) }
    }

    /// Notes a change of a delivery. It is told of when it is on disk, and tried again until it is.
    pub(crate) fn change(&self, change: Change) {
        self.send(Write::Change(Box::new(change)));
    }

    /// Notes what became of keys of a hook's state. Nobody waits for it.
    fn keep(&self, owner: Owner, became: Vec<kept::Became>) {
        self.send(Write::State(owner, became));
    }

    /// Notes an asked event, unless too many wait already. Nobody waits for it.
    pub(crate) fn ask(&self, asked: Asked) {
        let data = asked.sent.data.as_str().len();
        if let Some(place) = log::Place::take(&self.0.health, data) {
            self.send(Write::Asked { asked: Box::new(asked), _place: place });
        }
    }

    /// Makes deliveries of a hook that wait in this state due at once.
    pub(crate) fn release(&self, hook: &Arc<str>, state: DeliveryState) {
        self.send(Write::Release(Arc::clone(hook), state));
    }

    /// Owes a hook events of the journal. Those that were told for a time after `now` wait for it, others are due at once.
    pub(crate) async fn owe(
        &self,
        hook: &Arc<str>,
        events: Vec<(i64, Told)>,
        now: i64,
    ) -> Result<(), StoreError> {
        let hook = Arc::clone(hook);
        self.run(move |connection| sql::owe(connection, &hook, &events, now)).await
    }

    /// Runs something in a transaction of its own, and answers when it is on disk.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&rusqlite::Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.send(Write::Run(Box::new(move |connection| {
            let done = connection.transaction().and_then(|transaction| {
                let done = job(&transaction)?;
                transaction.commit()?;
                Ok(done)
            });
            let _ = answer.send(done);
        })));
        let done = answered.await.map_err(|_| ended())?;
        done.map_err(StoreError::from)
    }

    /// Waits until everything before it is on disk.
    pub(crate) async fn flush(&self) {
        let (answer, answered) = oneshot::channel();
        self.send(Write::Flush(answer));
        let _ = answered.await;
    }

    /// The newest time in it.
    pub(crate) fn newest(&self) -> Result<i64, StoreError> {
        Ok(self.reader()?.newest()?)
    }

    /// Reads all of it beside the work, and says what is not as it was written.
    pub(crate) fn verify_beside(&self) -> Result<(), StoreError> {
        let (reader, health) = (self.reader()?, Arc::clone(&self.0.health));
        let verify = move || {
            verify::all(reader.connection(), &mut |finding| health.found(&finding));
        };
        let thread = std::thread::Builder::new().name("tenterhook-verify".into()).spawn(verify);
        thread.map(drop).map_err(|error| StoreError::Failed(error.to_string()))
    }

    /// A connection that only reads, for a data directory of which no host of this process is.
    pub(crate) fn open_to_read(data: &Path) -> rusqlite::Result<Reader> {
        Reader::open(&data.join(FILE), Arc::default())
    }

    /// A connection that only reads.
    pub(crate) fn reader(&self) -> rusqlite::Result<Reader> {
        Reader::open(&self.0.path, Arc::clone(&self.0.health))
    }

    pub(crate) fn health(&self) -> &Health {
        &self.0.health
    }

    /// Transactions so far.
    pub(crate) fn commits(&self) -> u64 {
        self.0.health.commits.load(Relaxed)
    }

    fn send(&self, write: Write) {
        // Where the thread is gone, whoever waits for an answer notices.
        self.0.queue.send(write);
    }
}

fn ended() -> StoreError {
    StoreError::Failed("the journal was closed".into())
}
