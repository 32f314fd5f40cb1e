//! The thread that writes: what waits together is committed together.

use super::inbox::Inbox;
use super::queue::Queue;
use super::seen::Seen;
use super::told::{Inserts, Prepared};
use super::{Committed, Health, StoreError, Taken, Write, kept, log, schema, sql};
use rusqlite::{Connection, Transaction};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

/// Between two attempts to write what has to be written.
const AGAIN: Duration = Duration::from_millis(500);
/// How soon it is noticed that somebody else has changed the database, such as `tenterhook dead resend`.
const LOOK: Duration = Duration::from_secs(1);

/// Writes of a transaction for which there is room at once: what grows holds up callers that allocate.
const ROOM: usize = 256;

struct Writer {
    path: PathBuf,
    /// None after it failed, until it can be opened again.
    connection: Option<Connection>,
    seen: Seen,
    last: i64,
    /// SQLite's number for what others have changed, and when it was looked at.
    foreign: (i64, Instant),
    /// What has to be written and could not be yet.
    owing: Vec<Write>,
    health: Arc<Health>,
    committed: Committed,
}

/// Opens the database, and starts the thread.
pub(super) fn start(
    path: &Path,
    waiting: Inbox<Write>,
    health: Arc<Health>,
    committed: Committed,
) -> Result<(), StoreError> {
    let mut writer = Writer {
        path: path.to_owned(),
        connection: None,
        seen: Seen::default(),
        last: 0,
        foreign: (0, Instant::now()),
        owing: Vec::new(),
        health,
        committed,
    };
    writer.open()?;
    let thread = std::thread::Builder::new().name("tenterhook-journal".into());
    let started = thread.spawn(move || writer.run(waiting));
    started.map(drop).map_err(|error| StoreError::Failed(error.to_string()))
}

impl Writer {
    fn open(&mut self) -> rusqlite::Result<()> {
        let connection = schema::open(&self.path)?;
        self.seen = Seen::read(&connection, &self.health)?;
        let last: Option<i64> = connection.query_row("SELECT max(seq) FROM seen", [], |row| row.get(0))?;
        self.last = last.unwrap_or_default();
        self.foreign = (schema::foreign(&connection)?, Instant::now());
        self.connection = Some(connection);
        Ok(())
    }

    fn run(mut self, waiting: Inbox<Write>) {
        let mut queue = Queue::new(waiting);
        loop {
            let mut batch = std::mem::take(&mut self.owing);
            let again = !batch.is_empty() || self.health.trouble().is_some();
            let idle = match queue.first(if again { AGAIN } else { LOOK }) {
                Ok(first) => {
                    batch.push(first);
                    false
                }
                Err(RecvTimeoutError::Timeout) => !again,
                // What still could not be written by now is done again after the next start.
                Err(RecvTimeoutError::Disconnected) => return self.commit(batch, &mut queue),
            };
            if !idle {
                self.commit(batch, &mut queue);
            }
            self.look();
        }
    }

    /// Has deliveries looked at anew that somebody else has changed.
    fn look(&mut self) {
        let (before, looked) = self.foreign;
        let Some(connection) = self.connection.as_ref().filter(|_| looked.elapsed() >= LOOK) else { return };
        let found = schema::foreign(connection).and_then(|now| {
            let hooks = if now == before { Vec::new() } else { sql::owing_later(connection)? };
            Ok((now, hooks))
        });
        // What fails here fails where something is written, too, and is said there.
        let Ok((now, hooks)) = found else { return };
        self.foreign = (now, Instant::now());
        if !hooks.is_empty() {
            (self.committed)(&[], false, hooks.into_iter().map(|hook| (hook, 1)).collect());
        }
    }

    /// Writes what it can, with what comes meanwhile; tells that cannot be written are refused, everything else is kept.
    fn commit(&mut self, batch: Vec<Write>, queue: &mut Queue) {
        let opened = if self.connection.is_some() { Ok(()) } else { self.open() };
        let mut writes = Vec::with_capacity(batch.len().max(ROOM));
        for write in batch {
            match (write, &mut self.connection) {
                (Write::Run(job), Some(connection)) => job(connection),
                (write, _) => writes.push(write),
            }
        }
        match opened.and_then(|()| self.transaction(&mut writes, queue)) {
            Ok(done) => self.succeed(writes, done),
            Err(error) => self.fail(error, writes),
        }
    }

    /// One transaction.
    fn transaction(&mut self, writes: &mut Vec<Write>, queue: &mut Queue) -> rusqlite::Result<Done> {
        let Some(connection) = &mut self.connection else { return Ok(Done::default()) };
        if writes.is_empty() {
            if self.health.trouble().is_some() {
                // Nobody waits; whether it can be written by now shows when something is.
                schema::touch(connection)?;
            }
            return Ok(Done::default());
        }
        let transaction = connection.transaction()?;
        let (written, done) = {
            let mut batch = Batch::of(&transaction, &mut self.seen, self.last)?;
            (batch.write(writes, queue), batch.done)
        };
        match written.and_then(|()| transaction.commit()) {
            Ok(()) => self.last = done.last,
            Err(error) => {
                self.seen.forget(done.fresh);
                return Err(error);
            }
        }
        Ok(done)
    }

    /// Answers those who wait, and then does the rest: they go on meanwhile.
    fn succeed(&mut self, writes: Vec<Write>, Done { results, .. }: Done) {
        self.health.set(None);
        self.health.commits.fetch_add(1, Relaxed);
        let (mut results, mut changes, mut first, mut later) =
            (results.into_iter(), Vec::new(), false, Vec::new());
        for write in writes {
            match write {
                Write::Tell { told: Prepared { mut owed, due, .. }, answer, .. } => {
                    let result =
                        results.next().unwrap_or_else(|| Err(StoreError::Failed("it got lost".into())));
                    if result.as_ref().is_ok_and(|taken| !taken.repeated) {
                        first |= due == 0 && !owed.is_empty();
                        if due > 0 {
                            later.extend(owed.drain(..).map(|hook| (hook, due)));
                        }
                    }
                    // Who does not wait any more has told it all the same.
                    let _ = answer.send((result, owed));
                }
                Write::Change(change) => changes.push(*change),
                Write::Flush(answer) => drop(answer.send(())),
                Write::Release(hook, _) => later.push((hook, 1)),
                Write::Asked { .. } | Write::Run(_) | Write::State(..) | Write::Forget(_) => {}
            }
        }
        if first || !changes.is_empty() || !later.is_empty() {
            (self.committed)(&changes, first, later);
        }
    }

    fn fail(&mut self, error: rusqlite::Error, writes: Vec<Write>) {
        let reason = StoreError::from(error);
        if self.health.trouble().as_ref() != Some(&reason) {
            tracing::error!("{reason}");
        }
        if reason != StoreError::Full {
            // After a failed sync nobody knows what is on disk; opening it again finds out.
            self.connection = None;
        }
        for write in writes {
            match write {
                Write::Tell { told, answer, .. } => {
                    let _ = answer.send((Err(reason.clone()), told.owed));
                }
                owing => self.owing.push(owing),
            }
        }
        self.health.set(Some(reason));
    }
}

/// A transaction before it is committed.
struct Batch<'a> {
    transaction: &'a Transaction<'a>,
    seen: &'a mut Seen,
    inserts: Inserts<'a>,
    done: Done,
}

/// What a transaction did.
#[derive(Default)]
struct Done {
    /// What became of each tell, in their order.
    results: Vec<Result<Taken, StoreError>>,
    /// How many of the events nobody had told before.
    fresh: usize,
    /// The last event of the journal.
    last: i64,
}

impl<'a> Batch<'a> {
    fn of(transaction: &'a Transaction<'a>, seen: &'a mut Seen, last: i64) -> rusqlite::Result<Self> {
        let inserts = Inserts::prepare(transaction)?;
        let done = Done { results: Vec::with_capacity(ROOM), fresh: 0, last };
        Ok(Self { transaction, seen, inserts, done })
    }

    /// Writes everything, and what comes meanwhile.
    fn write(&mut self, writes: &mut Vec<Write>, queue: &mut Queue) -> rusqlite::Result<()> {
        let (mut written, mut patient) = (0, true);
        loop {
            for write in &writes[written..] {
                patient &= write.is_patient();
                self.one(write, queue)?;
            }
            written = writes.len();
            match queue.more(written, self.done.results.len(), patient) {
                Some(write) => writes.push(write),
                None => return Ok(()),
            }
        }
    }

    fn one(&mut self, write: &Write, queue: &Queue) -> rusqlite::Result<()> {
        match write {
            Write::Tell { told, text, .. } => self.tell(told, queue.text(text)),
            Write::Change(change) => sql::change(self.transaction, change),
            Write::State(owner, became) => kept::keep(self.transaction, owner, became),
            Write::Asked { asked, .. } => log::asked(self.transaction, asked),
            Write::Forget(hook) => kept::forget(self.transaction, hook).map(drop),
            Write::Release(hook, state) => sql::release(self.transaction, hook, *state),
            Write::Run(_) | Write::Flush(_) => Ok(()),
        }
    }

    fn tell(&mut self, told: &Prepared, text: &[u8]) -> rusqlite::Result<()> {
        let taken = Taken { sequence: self.done.last + 1, owed: told.owed.len(), repeated: false };
        let result = match self.seen.tell(told.key, &taken, told.at) {
            Some(known) => known,
            None => {
                self.done.fresh += 1;
                self.done.last = taken.sequence;
                told.insert(text, &mut self.inserts, taken.sequence)?;
                Ok(taken)
            }
        };
        self.done.results.push(result);
        Ok(())
    }
}
