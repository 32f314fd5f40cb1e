//! What waits for the writer, and how long the writer waits for it.

use super::Write;
use super::inbox::Inbox;
use std::ops::Range;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

/// Writes in one transaction.
const BATCH: usize = 1024;
/// How long what nobody waits for waits for more.
const LINGER: Duration = Duration::from_millis(1);
/// How long somebody who was answered just now is waited for.
const MOMENT: Duration = Duration::from_micros(40);

/// What waits to be written.
pub(super) struct Queue {
    waiting: Inbox<Write>,
    /// Taken, and not for the transaction that was open then.
    next: Option<Write>,
    /// Tells of the last transaction.
    answered: usize,
    /// When this one began.
    began: Instant,
}

impl Queue {
    pub(super) fn new(waiting: Inbox<Write>) -> Self {
        Self { waiting, next: None, answered: 0, began: Instant::now() }
    }

    /// The first write of a transaction, if it comes in time.
    pub(super) fn first(&mut self, within: Duration) -> Result<Write, RecvTimeoutError> {
        let first = match self.next.take().or_else(|| self.soon(self.answered)) {
            Some(next) => Ok(next),
            None => self.waiting.within(within),
        };
        self.began = Instant::now();
        first
    }

    /// Another write for a transaction that has so many, so many of them tells; none where it is time to commit.
    pub(super) fn more(&mut self, writes: usize, tells: usize, patient: bool) -> Option<Write> {
        let more = match writes < BATCH {
            // Nobody waits for an answer, so more may come: a sync costs as much as many rows.
            true if patient => self.waiting.within(LINGER.saturating_sub(self.began.elapsed())).ok(),
            true => self.soon(self.answered.saturating_sub(tells)),
            false => None,
        };
        match more {
            Some(write) if !matches!(write, Write::Run(_)) => Some(write),
            // It has a transaction of its own.
            next => {
                (self.next, self.answered) = (next, tells);
                None
            }
        }
    }

    /// The text of the write that was handed out last, until the next is.
    pub(super) fn text(&self, place: &Range<usize>) -> &[u8] {
        self.waiting.text(place)
    }

    /// What waits by now; or comes in a moment, where so many are expected: who was answered just now most often tells the
    /// next thing at once, and to be woken takes longer than to look.
    fn soon(&mut self, expected: usize) -> Option<Write> {
        let mut next = self.waiting.now();
        if next.is_none() && expected > 0 {
            let until = Instant::now() + MOMENT;
            while next.is_none() && Instant::now() < until {
                std::thread::yield_now();
                next = self.waiting.now();
            }
        }
        next
    }
}
