//! The thread that prepares sandboxes and throws used ones away, so that no caller waits for it.

use super::pool::Pool;
use super::sandbox::Sandbox;
use crossbeam_queue::{ArrayQueue, SegQueue};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::thread::Thread;
use std::time::{Duration, Instant};

/// Used sandboxes that may wait at once; beyond it callers throw theirs away themselves.
pub(super) const QUEUE: usize = 32;
/// So many wake the thread.
const WAKE: usize = QUEUE * 3 / 4;
/// How long the thread waits for more to do before it looks again by itself: while there is work, and when
/// there is none.
const PAUSE: Duration = Duration::from_millis(1);
const PAUSE_IDLE: Duration = Duration::from_secs(1);

/// How many sandboxes the thread makes before it looks how many callers made or threw away themselves. Where
/// these are more than an eighth as many, callers want all processors, and the thread would only compete with them:
/// a sandbox that changes processors costs both. So it leaves them alone, longer each time while they go on.
const ROUND: usize = 128;
const OUTRUN: usize = ROUND / 8;
const REST_MIN: Duration = Duration::from_millis(1);
const REST_MAX: Duration = Duration::from_millis(64);

/// How long a hook that nobody calls keeps its sandboxes while others could use more.
const IDLE: Duration = Duration::from_secs(1);

/// A handle to the thread, which ends with the last handle.
#[derive(Clone)]
pub(crate) struct Keeper(Arc<Handle>);

struct Handle {
    shared: Arc<Shared>,
    thread: Thread,
}

struct Shared {
    used: ArrayQueue<Sandbox>,
    /// Pools to be filled, each at most once.
    wanting: SegQueue<Weak<Pool>>,
    /// The thread found nothing to do, and may be woken.
    idle: AtomicBool,
    ended: AtomicBool,
    /// Sandboxes that callers made or threw away themselves, since the thread last looked.
    by_callers: AtomicUsize,
    /// The thread leaves callers alone, and does not look what they do.
    aside: AtomicBool,
    /// How many sandboxes may be kept ready, and how many more.
    all: usize,
    free: AtomicUsize,
}

impl Keeper {
    /// Starts the thread; `prepared_max` sandboxes may be ready at once over all hooks.
    pub(crate) fn start(prepared_max: usize) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            used: ArrayQueue::new(QUEUE),
            wanting: SegQueue::new(),
            idle: AtomicBool::new(false),
            ended: AtomicBool::new(false),
            by_callers: AtomicUsize::new(0),
            aside: AtomicBool::new(false),
            all: prepared_max,
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

    /// Has a sandbox thrown away. Where too many wait already, it is dropped here.
    ///
    /// To wake a thread costs more than a call, so it is only woken when enough has piled up.
    pub(super) fn leave(&self, used: Sandbox) {
        let shared = &self.0.shared;
        if let Err(used) = shared.used.push(used) {
            drop(used);
            self.note_work_of_caller();
        }
        if shared.used.len() >= WAKE {
            self.wake();
        }
    }

    /// Notes that a caller had to do what the thread is for.
    pub(super) fn note_work_of_caller(&self) {
        let shared = &self.0.shared;
        if !shared.aside.load(Ordering::Relaxed) {
            shared.by_callers.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Has a pool filled: at once, or when the thread looks next.
    pub(crate) fn fill(&self, pool: &Arc<Pool>, urgent: bool) {
        if self.0.shared.all == 0 {
            return;
        }
        if pool.begins_to_want() {
            self.0.shared.wanting.push(Arc::downgrade(pool));
        }
        if urgent {
            self.wake();
        }
    }

    fn wake(&self) {
        let Handle { shared, thread } = &*self.0;
        if shared.idle.load(Ordering::Acquire) && shared.idle.swap(false, Ordering::AcqRel) {
            thread.unpark();
        }
    }

    /// Whether fewer than half of the sandboxes that may be kept ready are.
    pub(super) fn has_plenty(&self) -> bool {
        self.0.shared.has_plenty()
    }

    /// Sandboxes that are ready, over all hooks.
    pub(crate) fn prepared(&self) -> usize {
        self.0.shared.all.saturating_sub(self.0.shared.free.load(Ordering::Relaxed))
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
        let mut filled = VecDeque::new();
        let (mut made, mut rest, mut pause) = (0, Duration::ZERO, PAUSE_IDLE);
        while !self.ended.load(Ordering::Acquire) {
            if made >= ROUND {
                rest = self.step_aside(rest);
                made = 0;
            }
            if let Some(pool) = self.wanting.pop() {
                pause = PAUSE;
                if let Some(pool) = pool.upgrade() {
                    self.make_room(&pool, &mut filled);
                    made += runtime.block_on(pool.fill());
                }
            } else if let Some(used) = self.used.pop() {
                pause = PAUSE;
                drop(used);
            } else if self.idle.swap(true, Ordering::AcqRel) {
                // What came between the two looks was found by the second.
                std::thread::park_timeout(pause);
                pause = PAUSE_IDLE;
            }
        }
    }

    fn has_plenty(&self) -> bool {
        self.free.load(Ordering::Relaxed) > self.all / 2
    }

    /// Leaves callers alone for a while if the thread is outrun. Takes how long it did so last, and returns how long
    /// that counts for the next time.
    fn step_aside(&self, last: Duration) -> Duration {
        if self.by_callers.swap(0, Ordering::Relaxed) <= OUTRUN {
            return last / 2;
        }
        let rest = (2 * last).clamp(REST_MIN, REST_MAX);
        self.aside.store(true, Ordering::Relaxed);
        std::thread::sleep(rest);
        self.aside.store(false, Ordering::Relaxed);
        rest
    }

    /// Notes that a pool is in use. Those that were not in use for longest give their permits back: if all are given
    /// away, or if there are not plenty and nobody called them for a while. So hooks that are not called take no
    /// sandbox from hooks that are.
    fn make_room(&self, pool: &Arc<Pool>, filled: &mut VecDeque<(Weak<Pool>, Instant)>) {
        let now = Instant::now();
        filled.retain(|(other, _)| {
            other.strong_count() > 0 && !std::ptr::eq(other.as_ptr(), Arc::as_ptr(pool))
        });
        while let Some((idle, since)) = filled.front()
            && (self.free.load(Ordering::Relaxed) == 0
                || !self.has_plenty() && now.duration_since(*since) > IDLE)
        {
            if let Some(idle) = idle.upgrade() {
                idle.drain();
            }
            filled.pop_front();
        }
        filled.push_back((Arc::downgrade(pool), now));
    }
}

/// Leave to keep one sandbox ready, given back when dropped.
pub(super) struct Permit(Arc<Shared>);

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.free.fetch_add(1, Ordering::Relaxed);
    }
}
