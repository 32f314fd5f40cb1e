//! The thread that writes: what waits together is committed together.

use super::row::Key;
use super::seen::Seen;
use super::{Committed, Health, StoreError, Taken, Tell, Write, kept, log, schema, sql};
use rusqlite::Connection;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

/// Writes in one transaction.
const BATCH: usize = 1024;
/// How long writes that nobody waits for are gathered.
const LINGER: Duration = Duration::from_millis(1);
/// Between two attempts to write what has to be written.
const AGAIN: Duration = Duration::from_millis(500);

struct Writer {
    path: PathBuf,
    /// None after it failed, until it can be opened again.
    connection: Option<Connection>,
    seen: Seen,
    last: i64,
    /// What has to be written and could not be yet.
    owing: Vec<Write>,
    health: Arc<Health>,
    committed: Committed,
}

/// Opens the database, and starts the thread.
pub(super) fn start(
    path: &Path,
    waiting: Receiver<Write>,
    health: Arc<Health>,
    committed: Committed,
) -> Result<(), StoreError> {
    let mut writer = Writer {
        path: path.to_owned(),
        connection: None,
        seen: Seen::default(),
        last: 0,
        owing: Vec::new(),
        health,
        committed,
    };
    writer.open()?;
    let thread = std::thread::Builder::new().name("tenterhook-journal".into());
    let started = thread.spawn(move || writer.run(&waiting));
    started.map(drop).map_err(|error| StoreError::Failed(error.to_string()))
}

impl Writer {
    fn open(&mut self) -> rusqlite::Result<()> {
        let connection = schema::open(&self.path)?;
        self.seen = Seen::read(&connection, &self.health)?;
        let last: Option<i64> = connection.query_row("SELECT max(seq) FROM seen", [], |row| row.get(0))?;
        self.last = last.unwrap_or_default();
        self.connection = Some(connection);
        Ok(())
    }

    fn run(mut self, waiting: &Receiver<Write>) {
        loop {
            let first = match self.owing.is_empty() && self.health.trouble().is_none() {
                true => waiting.recv().map_err(|_| RecvTimeoutError::Disconnected),
                false => waiting.recv_timeout(AGAIN),
            };
            let mut batch = std::mem::take(&mut self.owing);
            match first {
                Ok(first) => batch.push(first),
                Err(RecvTimeoutError::Timeout) => {}
                // What still could not be written by now is done again after the next start.
                Err(RecvTimeoutError::Disconnected) => return self.commit(batch),
            }
            gather(&mut batch, waiting);
            self.commit(batch);
        }
    }

    /// Writes what it can; tells that cannot be written are refused, everything else is kept.
    fn commit(&mut self, batch: Vec<Write>) {
        let opened = if self.connection.is_some() { Ok(()) } else { self.open() };
        let mut writes = Vec::with_capacity(batch.len());
        for write in batch {
            match (write, &mut self.connection) {
                (Write::Run(job), Some(connection)) => job(connection),
                (write, _) => writes.push(write),
            }
        }
        match opened.and_then(|()| self.transaction(&writes)) {
            Ok(results) => self.succeed(writes, results),
            Err(error) => self.fail(error, writes),
        }
    }

    /// One transaction; returns what became of each tell, in their order.
    fn transaction(&mut self, writes: &[Write]) -> rusqlite::Result<Vec<Result<Taken, StoreError>>> {
        let Some(connection) = &mut self.connection else { return Ok(Vec::new()) };
        if writes.is_empty() && self.health.trouble().is_some() {
            // Nobody waits; whether it can be written by now shows when something is.
            schema::touch(connection)?;
        }
        if writes.is_empty() {
            return Ok(Vec::new());
        }
        let transaction = connection.transaction()?;
        let mut batch = Batch { seen: &self.seen, last: self.last, fresh: HashMap::new() };
        let mut results = Vec::new();
        for write in writes {
            match write {
                Write::Tell(tell, _) => results.push(batch.tell(&transaction, tell)?),
                Write::Change(change) => sql::change(&transaction, change)?,
                Write::State(owner, became) => kept::keep(&transaction, owner, became)?,
                Write::Asked { asked, .. } => log::asked(&transaction, asked)?,
                Write::Forget(hook) => drop(kept::forget(&transaction, hook)?),
                Write::Release(hook, state) => sql::release(&transaction, hook, *state)?,
                Write::Run(_) | Write::Flush(_) => {}
            }
        }
        let Batch { last, fresh, .. } = batch;
        transaction.commit()?;
        self.last = last;
        for (who, (what, taken, at)) in fresh {
            self.seen.note(Key { who, what }, &taken, at);
        }
        Ok(results)
    }

    fn succeed(&mut self, writes: Vec<Write>, results: Vec<Result<Taken, StoreError>>) {
        self.health.set(None);
        self.health.commits.fetch_add(1, Relaxed);
        let (mut results, mut changes, mut first, mut later) =
            (results.into_iter(), Vec::new(), false, Vec::new());
        for write in writes {
            match write {
                Write::Tell(tell, answer) => {
                    let result =
                        results.next().unwrap_or_else(|| Err(StoreError::Failed("it got lost".into())));
                    if result.as_ref().is_ok_and(|taken| !taken.repeated) {
                        first |= tell.due == 0 && !tell.owed.is_empty();
                        let due = tell.owed.into_iter().filter(|_| tell.due > 0);
                        later.extend(due.map(|hook| (hook, tell.due)));
                    }
                    // Who does not wait any more has told it all the same.
                    let _ = answer.send(result);
                }
                Write::Change(change) => changes.push(change),
                Write::Flush(answer) => drop(answer.send(())),
                Write::Release(hook, _) => later.push((hook, 1)),
                Write::Asked { .. } | Write::Run(_) | Write::State(..) | Write::Forget(_) => {}
            }
        }
        (self.committed)(&changes, first, later);
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
                Write::Tell(_, answer) => drop(answer.send(Err(reason.clone()))),
                owing => self.owing.push(owing),
            }
        }
        self.health.set(Some(reason));
    }
}

/// Takes what waits, too. Where nobody waits for an answer, more may come: a sync costs as much as many rows.
fn gather(batch: &mut Vec<Write>, waiting: &Receiver<Write>) {
    let until = Instant::now() + LINGER;
    loop {
        batch.extend(waiting.try_iter().take(BATCH.saturating_sub(batch.len())));
        let left = until.saturating_duration_since(Instant::now());
        if batch.len() >= BATCH || left.is_zero() || !batch.iter().all(Write::is_patient) {
            return;
        }
        match waiting.recv_timeout(left) {
            Ok(write) => batch.push(write),
            Err(_) => return,
        }
    }
}

/// The events of one transaction, before it is committed.
struct Batch<'a> {
    seen: &'a Seen,
    last: i64,
    fresh: HashMap<[u8; 16], (i64, Taken, i64)>,
}

impl Batch<'_> {
    fn tell(&mut self, connection: &Connection, tell: &Tell) -> rusqlite::Result<Result<Taken, StoreError>> {
        let key = Key::of(&tell.told.event);
        if let Some((what, taken, _)) = self.fresh.get(&key.who) {
            let again = Taken { repeated: true, ..taken.clone() };
            return Ok(if *what == key.what { Ok(again) } else { Err(StoreError::Conflict) });
        }
        if let Some(known) = self.seen.find(key, tell.at) {
            return Ok(known);
        }
        let sequence = self.last + 1;
        sql::tell(connection, sequence, key, tell)?;
        self.last = sequence;
        let taken = Taken { sequence, owed: tell.owed.len(), repeated: false };
        self.fresh.insert(key.who, (key.what, taken.clone(), tell.at));
        Ok(Ok(taken))
    }
}
