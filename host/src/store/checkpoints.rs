//! Brings what the log holds into the database, beside the writer: it takes as long as many commits, and nobody who
//! tells waits for it.
//!
//! SQLite begins its log anew only when all of it is in the database at the start of a transaction. While the writer goes
//! on there is always something left, so once in a while the writer itself does the little that is.

use super::schema;
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

/// Pages of the log that are brought over in one go.
const PART: usize = 1_000;
/// So many, and the log is begun anew as soon as little is left to bring over.
const MANY: usize = 4 * PART;
/// So many, and the writer waits: the disk does not keep up.
const MOST: usize = 16 * PART;

/// Who brings it over.
pub(super) struct Checkpoints {
    /// In the log after the last transaction.
    pages: Arc<AtomicUsize>,
    /// When there are so many, the next part is due.
    next: usize,
    /// Whether a part is being brought over.
    busy: bool,
    /// None only when it ends.
    wanted: Option<Sender<()>>,
    /// How many pages of the log the database has by then.
    done: Receiver<usize>,
    thread: Option<JoinHandle<()>>,
}

impl Checkpoints {
    pub(super) fn start(path: &Path) -> std::io::Result<Self> {
        let ((wanted, wants), (tell, done)) = (channel(), channel());
        let path = path.to_owned();
        let thread = std::thread::Builder::new().name("tenterhook-log".into());
        let thread = thread.spawn(move || serve(path, wants, tell))?;
        let (pages, wanted, thread) = (Arc::default(), Some(wanted), Some(thread));
        Ok(Self { pages, next: PART, busy: false, wanted, done, thread })
    }

    /// Has this connection, which writes, leave it to us.
    pub(super) fn watch(&self, writer: &mut Connection) -> rusqlite::Result<()> {
        let pages = Arc::clone(&self.pages);
        // SQLite does its own at the same place: this replaces it.
        writer.wal_hook(Some(move |_: &mut _, count| {
            pages.store(usize::try_from(count).unwrap_or_default(), Relaxed);
            Ok(())
        }))
    }

    /// After transactions: has the next part brought over when it is due.
    pub(super) fn consider(&mut self, writer: &Connection) {
        let pages = self.pages.load(Relaxed);
        if self.busy {
            let done = if pages < MOST { self.done.try_recv().ok() } else { self.done.recv().ok() };
            let Some(done) = done else { return };
            self.busy = false;
            if pages >= MANY && pages.saturating_sub(done) < PART {
                self.next = pages + PART;
                // What fails here is tried again with the next part.
                let _ = checkpoint(writer);
                return;
            }
        }
        if pages + PART < self.next {
            // It was begun anew.
            self.next = PART;
        }
        if pages >= self.next {
            self.next = pages + PART;
            self.busy = self.wanted.as_ref().is_some_and(|wanted| wanted.send(()).is_ok());
        }
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        self.wanted = None;
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

fn serve(path: PathBuf, wanted: Receiver<()>, done: Sender<usize>) {
    let mut connection = None;
    while wanted.recv().is_ok() {
        let brought = match connection.take() {
            Some(open) => Ok(open),
            None => schema::open_to_read(&path),
        };
        let brought = brought.and_then(|open| {
            let pages = checkpoint(&open)?;
            connection = Some(open);
            Ok(pages)
        });
        // The writer meets the same and says it; until then the log only grows.
        if done.send(brought.unwrap_or_default()).is_err() {
            return;
        }
    }
}

/// Brings over what it can without anybody waiting; returns how many pages of the log are in the database.
fn checkpoint(connection: &Connection) -> rusqlite::Result<usize> {
    connection
        .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get::<_, i64>(2))
        .map(|pages| usize::try_from(pages).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Journal {
        connection: Connection,
        checkpoints: Checkpoints,
        dir: tempfile::TempDir,
        /// The most pages that were in the log, and how often it was begun anew.
        most: usize,
        anew: usize,
    }

    impl Journal {
        fn new() -> Self {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join(super::super::FILE);
            let mut connection = schema::open(&path).unwrap();
            // As fast as a writer can be, so that there is more than the checkpoints can bring over.
            connection.pragma_update(None, "synchronous", "OFF").unwrap();
            let checkpoints = Checkpoints::start(&path).unwrap();
            checkpoints.watch(&mut connection).unwrap();
            Self { connection, checkpoints, dir, most: 0, anew: 0 }
        }

        /// Commits so many times some 20 pages.
        fn write(&mut self, times: usize) {
            let insert = "INSERT INTO events (at, crc, event) VALUES (0, 0, zeroblob(80000))";
            for _ in 0..times {
                let before = self.checkpoints.pages.load(Relaxed);
                self.connection.execute(insert, []).unwrap();
                let pages = self.checkpoints.pages.load(Relaxed);
                (self.most, self.anew) = (self.most.max(pages), self.anew + usize::from(pages < before));
                self.checkpoints.consider(&self.connection);
            }
        }
    }

    #[test]
    fn the_log_is_begun_anew_again_and_again_while_the_writer_goes_on() {
        let mut journal = Journal::new();
        journal.write(3 * MOST / 20);
        assert!(journal.anew > 0, "{} pages", journal.most);
        assert!(journal.most < MOST + 2 * PART, "{} pages", journal.most);
        let log = journal.dir.path().join("tenterhook.db-wal").metadata().unwrap().len();
        assert!(log < (MOST + 2 * PART) as u64 * 4200, "{log} bytes");
    }

    #[test]
    fn who_reads_for_long_only_puts_it_off() {
        let mut journal = Journal::new();
        let mut reader = schema::open_to_read(&journal.dir.path().join(super::super::FILE)).unwrap();
        let reading = reader.transaction().unwrap();
        let count = |reading: &Connection| -> i64 {
            reading.query_row("SELECT count(*) FROM events", [], |row| row.get(0)).unwrap()
        };
        assert_eq!(count(&reading), 0);
        journal.write(2 * MOST / 20);
        assert_eq!((journal.anew, count(&reading)), (0, 0), "what is read does not change");
        drop(reading);
        journal.write(MOST / 20);
        assert!(journal.anew > 0, "{} pages", journal.most);
        assert_eq!(count(&reader), (3 * MOST / 20) as i64);
    }
}
