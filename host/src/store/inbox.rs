//! What the writer is asked to write, until it takes it: all at once, so that callers and the writer seldom meet.
//!
//! A channel of the standard library allocates a block for every few messages, which the other thread frees; that was more
//! than a tenth of what a tell takes its caller.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering::Acquire, Ordering::Release};
use std::sync::mpsc::RecvTimeoutError;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Room for so many is kept, and for so many bytes of their texts.
const KEPT: usize = 4096;
const KEPT_BYTES: usize = 1 << 20;

/// Both ends.
pub(super) fn inbox<T>() -> (Callers<T>, Inbox<T>) {
    let line = Line { waiting: VecDeque::new(), texts: Vec::new(), asleep: false, closed: false };
    let shared =
        Arc::new(Shared { line: Mutex::new(line), any: AtomicBool::new(false), came: Condvar::new() });
    (Callers(Arc::clone(&shared)), Inbox { shared, taken: VecDeque::new(), texts: Vec::new() })
}

struct Shared<T> {
    line: Mutex<Line<T>>,
    /// Whether anything waits, for who looks often.
    any: AtomicBool,
    came: Condvar,
}

struct Line<T> {
    waiting: VecDeque<T>,
    texts: Vec<u8>,
    asleep: bool,
    /// One of the ends is gone.
    closed: bool,
}

impl<T> Shared<T> {
    fn line(&self) -> MutexGuard<'_, Line<T>> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&self) {
        self.line().closed = true;
        self.came.notify_one();
    }
}

/// The end of those who want something written; the inbox is closed with it.
pub(super) struct Callers<T>(Arc<Shared<T>>);

impl<T> Callers<T> {
    /// Puts something in. It is dropped where nobody will take it.
    pub(super) fn send(&self, one: T) {
        self.send_with(&[], |_| one);
    }

    /// Puts something in that is made of the place of its text. All texts are in one buffer that goes from hand to hand:
    /// what one processor wrote another one reads fastest where it is close together, in memory that both keep.
    pub(super) fn send_with(&self, text: &[u8], make: impl FnOnce(Range<usize>) -> T) {
        let mut line = self.0.line();
        if line.closed {
            return;
        }
        let start = line.texts.len();
        line.texts.extend_from_slice(text);
        let one = make(start..line.texts.len());
        line.waiting.push_back(one);
        self.0.any.store(true, Release);
        if std::mem::take(&mut line.asleep) {
            drop(line);
            self.0.came.notify_one();
        }
    }
}

impl<T> Drop for Callers<T> {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// The end of the writer. What is left in it when it is dropped is dropped, too.
pub(super) struct Inbox<T> {
    shared: Arc<Shared<T>>,
    taken: VecDeque<T>,
    /// The texts of those that were taken last.
    texts: Vec<u8>,
}

impl<T> Inbox<T> {
    /// The next, where there is one by now.
    pub(super) fn now(&mut self) -> Option<T> {
        if self.taken.is_empty() && self.shared.any.load(Acquire) {
            take(&self.shared, self.shared.line(), &mut self.taken, &mut self.texts);
        }
        self.taken.pop_front()
    }

    /// The text of what was handed out last, until the next is.
    pub(super) fn text(&self, place: &Range<usize>) -> &[u8] {
        &self.texts[place.clone()]
    }

    /// The next, if it comes in time.
    pub(super) fn within(&mut self, time: Duration) -> Result<T, RecvTimeoutError> {
        if let Some(next) = self.now() {
            return Ok(next);
        }
        let (shared, until) = (&self.shared, Instant::now() + time);
        let mut line = shared.line();
        while line.waiting.is_empty() {
            let left = until.saturating_duration_since(Instant::now());
            if line.closed {
                return Err(RecvTimeoutError::Disconnected);
            }
            if left.is_zero() {
                line.asleep = false;
                return Err(RecvTimeoutError::Timeout);
            }
            line.asleep = true;
            line = shared.came.wait_timeout(line, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        take(shared, line, &mut self.taken, &mut self.texts);
        self.taken.pop_front().ok_or(RecvTimeoutError::Timeout)
    }
}

/// Takes all that waits, where nothing is left of what was taken before.
fn take<T>(
    shared: &Shared<T>,
    mut line: MutexGuard<'_, Line<T>>,
    taken: &mut VecDeque<T>,
    texts: &mut Vec<u8>,
) {
    taken.shrink_to(KEPT);
    texts.clear();
    texts.shrink_to(KEPT_BYTES);
    std::mem::swap(taken, &mut line.waiting);
    std::mem::swap(texts, &mut line.texts);
    shared.any.store(false, Release);
}

impl<T> Drop for Inbox<T> {
    fn drop(&mut self) {
        self.shared.close();
        // Outside the lock: what is dropped may wake somebody.
        let left = std::mem::take(&mut self.shared.line().waiting);
        drop(left);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn what_is_put_in_comes_out_in_its_order_whoever_sleeps() {
        let (callers, mut inbox) = inbox();
        let sent = std::thread::spawn(move || {
            for number in 0..20_000 {
                callers.send_with(number.to_string().as_bytes(), |place| (number, place));
                if number % 1_000 == 0 {
                    std::thread::sleep(Duration::from_millis(1));
                }
            }
        });
        for number in 0..20_000 {
            let next = if number % 3 == 0 { inbox.now() } else { None };
            let (next, text) = next.map_or_else(|| inbox.within(LONG), Ok).unwrap();
            assert_eq!((next, inbox.text(&text)), (number, number.to_string().as_bytes()));
        }
        assert_eq!(inbox.within(LONG), Err(RecvTimeoutError::Disconnected));
        sent.join().unwrap();
    }

    #[test]
    fn nobody_waits_longer_than_he_wants_and_what_is_left_is_still_taken_at_the_end() {
        let (callers, mut inbox) = inbox();
        assert_eq!((inbox.now(), inbox.within(Duration::ZERO)), (None, Err(RecvTimeoutError::Timeout)));
        assert_eq!(inbox.within(Duration::from_millis(1)), Err(RecvTimeoutError::Timeout));
        callers.send(1);
        drop(callers);
        assert_eq!(inbox.within(LONG), Ok(1));
        assert_eq!(inbox.within(LONG), Err(RecvTimeoutError::Disconnected));
    }

    #[test]
    fn what_nobody_will_take_is_dropped() {
        let (callers, mut inbox) = inbox();
        let one = Arc::new(());
        callers.send(Arc::clone(&one));
        callers.send(Arc::clone(&one));
        drop(inbox.now());
        assert_eq!(Arc::strong_count(&one), 2);
        drop(inbox);
        callers.send(Arc::clone(&one));
        assert_eq!(Arc::strong_count(&one), 1);
    }
}
