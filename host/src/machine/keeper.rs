//! The thread that prepares sandboxes and throws used ones away, so that no caller waits for it.

use super::pool::Pool;
use super::sandbox::Sandbox;
use crossbeam_queue::ArrayQueue;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::thread::Thread;

/// Used sandboxes that may wait at once; beyond it the host is busy, and callers throw theirs away themselves.
pub(super) const QUEUE: usize = 32;
/// So many wake the thread.
const WAKE: usize = QUEUE / 4;

/// What a pool leaves to the keeper: the sandbox it has no more use for, and a place to fill.
pub(super) struct Job {
    pub(super) used: Option<Sandbox>,
    pub(super) fill: Weak<Pool>,
}

/// A handle to the thread, which ends with the last handle.
#[derive(Clone)]
pub(crate) struct Keeper(Arc<Handle>);

struct Handle {
    shared: Arc<Shared>,
    thread: Thread,
}

struct Shared {
    jobs: ArrayQueue<Job>,
    /// The thread found nothing to do, and is to be woken for the next job.
    idle: AtomicBool,
    ended: AtomicBool,
    /// How many more sandboxes may be kept ready.
    free: AtomicUsize,
}

impl Keeper {
    /// Starts the thread; `prepared_max` sandboxes may be ready at once over all hooks.
    pub(crate) fn start(prepared_max: usize) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            jobs: ArrayQueue::new(QUEUE),
            idle: AtomicBool::new(false),
            ended: AtomicBool::new(false),
            free: AtomicUsize::new(prepared_max),
        });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
        let work = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("tenterhook-keeper".into())
            .spawn(move || work.keep(&runtime))?
            .thread()
            .clone();
        Ok(Self(Arc::new(Handle { shared, thread })))
    }

    /// Leaves a job to the thread. A full queue gives it back, and it is dropped here: the host is busy, so the
    /// caller pays for what it used, and nothing is prepared that would only compete with callers.
    ///
    /// To wake a thread costs more than a call, so it is only woken when it is `urgent` or enough has piled up.
    pub(super) fn leave(&self, job: Job, urgent: bool) {
        let Handle { shared, thread } = &*self.0;
        drop(shared.jobs.push(job));
        let wake = urgent || shared.jobs.len() >= WAKE;
        if wake && shared.idle.swap(false, Ordering::AcqRel) {
            thread.unpark();
        }
    }

    /// Has a pool filled for the first time, unless more are waiting for it than will fit.
    pub(crate) fn fill(&self, pool: &Arc<Pool>) {
        self.leave(Job { used: None, fill: Arc::downgrade(pool) }, true);
    }

    /// Leave to keep one more sandbox ready.
    pub(super) fn permit(&self) -> Option<Permit> {
        let shared = &self.0.shared;
        let take = |free: usize| free.checked_sub(1);
        shared.free.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).ok()?;
        Some(Permit(Arc::clone(shared)))
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::Release);
        self.thread.unpark();
    }
}

impl Shared {
    fn keep(&self, runtime: &tokio::runtime::Runtime) {
        // Callers come first: when they want all processors, they make their own sandboxes.
        let _ = rustix::process::nice(10);
        let mut filled = VecDeque::new();
        while !self.ended.load(Ordering::Acquire) {
            match self.jobs.pop() {
                Some(Job { used, fill }) => {
                    drop(used);
                    if let Some(pool) = fill.upgrade() {
                        self.make_room(&pool, &mut filled);
                        runtime.block_on(pool.fill());
                    }
                }
                // What comes between the two looks wakes the thread at once.
                None if self.idle.swap(true, Ordering::AcqRel) => std::thread::park(),
                None => {}
            }
        }
    }

    /// Notes that a pool is in use. If all permits are given away, those that were not in use for longest give
    /// theirs back, so that hooks that are not called take no sandbox from hooks that are.
    fn make_room(&self, pool: &Arc<Pool>, filled: &mut VecDeque<Weak<Pool>>) {
        filled.retain(|other| other.strong_count() > 0 && !std::ptr::eq(other.as_ptr(), Arc::as_ptr(pool)));
        while self.free.load(Ordering::Relaxed) == 0
            && let Some(idle) = filled.pop_front()
        {
            if let Some(idle) = idle.upgrade() {
                idle.drain();
            }
        }
        filled.push_back(Arc::downgrade(pool));
    }
}

/// Leave to keep one sandbox ready, given back when dropped.
pub(super) struct Permit(Arc<Shared>);

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.free.fetch_add(1, Ordering::Relaxed);
    }
}
