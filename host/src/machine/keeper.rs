//! The thread that prepares sandboxes and throws used ones away, so that no caller waits for it.

use super::pool::Pool;
use super::sandbox::Sandbox;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Weak};

/// Work that may wait at once; beyond it callers throw their sandboxes away themselves.
const QUEUE: usize = 64;

enum Job {
    Fill(Weak<Pool>),
    Discard(Box<Sandbox>),
}

/// A handle to the thread, which ends with the last handle.
#[derive(Clone)]
pub(crate) struct Keeper {
    jobs: SyncSender<Job>,
    free: Arc<AtomicUsize>,
}

impl Keeper {
    /// Starts the thread; `prepared_max` sandboxes may be ready at once over all hooks.
    pub(crate) fn start(prepared_max: usize) -> std::io::Result<Self> {
        let (jobs, queue) = sync_channel(QUEUE);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
        std::thread::Builder::new().name("tenterhook-keeper".into()).spawn(move || keep(&queue, &runtime))?;
        Ok(Self { jobs, free: Arc::new(AtomicUsize::new(prepared_max)) })
    }

    /// Throws a sandbox away.
    pub(super) fn discard(&self, sandbox: Sandbox) {
        // A full queue gives the sandbox back, and it is dropped here: the host is busy, so the
        // caller pays for what it used.
        drop(self.jobs.try_send(Job::Discard(Box::new(sandbox))));
    }

    /// Fills a pool, sooner or later; when the host is busy, not at all.
    pub(super) fn refill(&self, pool: &Arc<Pool>) {
        drop(self.jobs.try_send(Job::Fill(Arc::downgrade(pool))));
    }

    /// Fills a pool for the first time.
    pub(crate) fn fill(&self, pool: &Arc<Pool>) {
        drop(self.jobs.send(Job::Fill(Arc::downgrade(pool))));
    }

    /// Leave to keep one more sandbox ready.
    pub(super) fn permit(&self) -> Option<Permit> {
        let take = |free: usize| free.checked_sub(1);
        self.free.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).ok()?;
        Some(Permit(Arc::clone(&self.free)))
    }
}

fn keep(queue: &Receiver<Job>, runtime: &tokio::runtime::Runtime) {
    while let Ok(job) = queue.recv() {
        match job {
            Job::Fill(pool) => {
                if let Some(pool) = pool.upgrade() {
                    runtime.block_on(pool.fill());
                }
            }
            Job::Discard(sandbox) => drop(sandbox),
        }
    }
}

/// Leave to keep one sandbox ready, given back when dropped.
pub(super) struct Permit(Arc<AtomicUsize>);

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}
