//! The places for connections. Where all are taken, the connection that was idle for longest makes room for a new one,
//! so that whoever opens thousands and says nothing keeps nobody out.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

/// How long a connection may be idle although others wait: its request is on its way.
const PATIENCE: Duration = Duration::from_millis(50);

/// All places.
pub(super) struct Seats {
    room: Arc<Semaphore>,
    idle: Mutex<Idle>,
}

/// Those that wait for a request, in the order in which they began to.
#[derive(Default)]
struct Idle {
    next: u64,
    seats: BTreeMap<u64, (Instant, Arc<Notify>)>,
}

/// One connection's place, given back when dropped.
pub(super) struct Seat {
    seats: Arc<Seats>,
    _permit: OwnedSemaphorePermit,
    /// Its place among the idle, if it is.
    place: Mutex<Option<u64>>,
    /// It never had anything to do.
    is_new: AtomicBool,
    asked: Arc<Notify>,
}

impl Seats {
    pub(super) fn new(max: usize) -> Arc<Self> {
        Arc::new(Self { room: Arc::new(Semaphore::new(max)), idle: Mutex::default() })
    }

    /// Takes a place as soon as there is one. Dropping the future takes none.
    pub(super) async fn take(self: &Arc<Self>) -> Seat {
        let permit = Arc::clone(&self.room).acquire_owned().await.expect("the semaphore is never closed");
        let seat = Seat {
            seats: Arc::clone(self),
            _permit: permit,
            place: Mutex::default(),
            is_new: AtomicBool::new(true),
            asked: Arc::default(),
        };
        seat.rest();
        seat
    }

    /// Where all places are taken, asks the connection that was idle for longest to leave.
    pub(super) fn make_room(&self) {
        if self.room.available_permits() > 0 {
            return;
        }
        let mut idle = self.idle();
        if let Some(first) = idle.seats.first_entry()
            && first.get().0.elapsed() >= PATIENCE
        {
            first.remove().1.notify_one();
        }
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
        idle.seats.insert(place, (Instant::now(), Arc::clone(&self.asked)));
        *self.place() = Some(place);
    }

    /// It has something to do, and is not to be asked to leave.
    pub(super) fn work(&self) {
        self.is_new.store(false, Ordering::Relaxed);
        if let Some(place) = self.place().take() {
            self.seats.idle().seats.remove(&place);
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
        self.asked.notified().await;
    }

    fn place(&self) -> MutexGuard<'_, Option<u64>> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.work();
    }
}
