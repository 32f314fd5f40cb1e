//! The places for connections. Where all are taken, the connection that was idle for longest makes room for a new one,
//! so that whoever opens thousands and says nothing keeps nobody out; and where none is idle, the one whose request's
//! body has been coming for longest, if that is longer than a head may take.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

/// How long a connection may be idle although others wait: its request is on its way.
const PATIENCE: Duration = Duration::from_millis(50);

/// All places.
pub(super) struct Seats {
    room: Arc<Semaphore>,
    began: Instant,
    /// How long a body may be on its way although others wait.
    body: Duration,
    idle: Mutex<Idle>,
    /// All that are taken, by number. Its lock is not taken for a request.
    taken: Mutex<BTreeMap<u64, Arc<Line>>>,
    next: AtomicU64,
}

/// Those that wait for a request, in the order in which they began to.
#[derive(Default)]
struct Idle {
    next: u64,
    seats: BTreeMap<u64, (Instant, Arc<Line>)>,
}

/// How a seat is spoken to.
#[derive(Default)]
struct Line {
    /// It is to leave, since it has nothing to do.
    asked: Notify,
    /// Its caller is to be told that it took too long.
    cut: Notify,
    /// Since when a body is on its way, in milliseconds after the first connection could come; 0 where none is.
    body_since: AtomicU64,
}

/// One connection's place, given back when dropped.
pub(super) struct Seat {
    seats: Arc<Seats>,
    number: u64,
    _permit: OwnedSemaphorePermit,
    /// Its place among the idle, if it is.
    place: Mutex<Option<u64>>,
    /// It never had anything to do.
    is_new: AtomicBool,
    line: Arc<Line>,
}

impl Seats {
    pub(super) fn new(max: usize, body: Duration) -> Arc<Self> {
        Arc::new(Self {
            room: Arc::new(Semaphore::new(max)),
            began: Instant::now(),
            body,
            idle: Mutex::default(),
            taken: Mutex::default(),
            next: AtomicU64::new(0),
        })
    }

    /// Takes a place as soon as there is one. Dropping the future takes none.
    pub(super) async fn take(self: &Arc<Self>) -> Seat {
        let permit = Arc::clone(&self.room).acquire_owned().await.expect("the semaphore is never closed");
        let seat = Seat {
            seats: Arc::clone(self),
            number: self.next.fetch_add(1, Ordering::Relaxed),
            _permit: permit,
            place: Mutex::default(),
            is_new: AtomicBool::new(true),
            line: Arc::default(),
        };
        self.taken().insert(seat.number, Arc::clone(&seat.line));
        seat.rest();
        seat
    }

    /// Where all places are taken, asks one connection to leave.
    pub(super) fn make_room(&self) {
        if self.room.available_permits() > 0 {
            return;
        }
        let mut idle = self.idle();
        match idle.seats.first_entry() {
            Some(first) if first.get().0.elapsed() >= PATIENCE => first.remove().1.asked.notify_one(),
            Some(_) => {}
            None => self.cut_slowest(),
        }
    }

    /// Cuts the request short whose body has been coming for longest, if that is too long.
    fn cut_slowest(&self) {
        let taken = self.taken();
        let slow = taken.values().filter(|line| self.is_slow(line));
        if let Some(line) = slow.min_by_key(|line| line.body_since.load(Ordering::Relaxed)) {
            line.cut.notify_one();
        }
    }

    /// Whether a body has been on its way for longer than it may while others wait.
    fn is_slow(&self, line: &Line) -> bool {
        let since = line.body_since.load(Ordering::Relaxed);
        since > 0 && u128::from(self.millis().saturating_sub(since)) > self.body.as_millis()
    }

    fn millis(&self) -> u64 {
        // Never 0, which stands for none.
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX).saturating_add(1)
    }

    fn taken(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<Line>>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn idle(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    /// It has nothing to do, from now on.
    pub(super) fn rest(&self) {
        let mut idle = self.seats.idle();
        idle.next += 1;
        let place = idle.next;
        idle.seats.insert(place, (Instant::now(), Arc::clone(&self.line)));
        *self.place() = Some(place);
    }

    /// It has something to do, and is not to be asked to leave.
    pub(super) fn work(&self) {
        self.is_new.store(false, Ordering::Relaxed);
        if let Some(place) = self.place().take() {
            self.seats.idle().seats.remove(&place);
        }
    }

    /// A body is on its way to it from now on; it is over when what is returned is dropped.
    pub(super) fn receive(&self) -> Receiving {
        self.line.body_since.store(self.seats.millis(), Ordering::Relaxed);
        Receiving(Arc::clone(&self.line))
    }

    /// Waits until its request is to end without its body: nothing has begun that the rest would be needed for.
    pub(super) async fn is_cut(&self) {
        loop {
            self.line.cut.notified().await;
            // The body may have come meanwhile.
            if self.seats.is_slow(&self.line) {
                return;
            }
        }
    }

    /// Whether it has something to do.
    pub(super) fn works(&self) -> bool {
        self.place().is_none()
    }

    /// Whether it never had anything to do.
    pub(super) fn is_new(&self) -> bool {
        self.is_new.load(Ordering::Relaxed)
    }

    /// Waits until it is asked to leave.
    pub(super) async fn asked(&self) {
        self.line.asked.notified().await;
    }

    fn place(&self) -> MutexGuard<'_, Option<u64>> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.work();
        self.seats.taken().remove(&self.number);
    }
}

/// A body that is on its way.
pub(super) struct Receiving(Arc<Line>);

impl Drop for Receiving {
    fn drop(&mut self) {
        self.0.body_since.store(0, Ordering::Relaxed);
    }
}
