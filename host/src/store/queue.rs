//! What waits for the writer, and how long the writer waits for it.

use super::Write;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::time::{Duration, Instant};

/// Writes in one transaction.
const BATCH: usize = 1024;
/// How long what nobody waits for waits for more.
const LINGER: Duration = Duration::from_millis(1);
/// How long somebody who was answered just now is waited for.
const MOMENT: Duration = Duration::from_micros(40);

/// What waits to be written.
pub(super) struct Queue {
    waiting: Receiver<Write>,
    /// Taken, and not for the transaction that was open then.
    next: Option<Write>,
    /// Tells of the last transaction.
    answered: usize,
    /// When this one began.
    began: Instant,
}

impl Queue {
    pub(super) fn new(waiting: Receiver<Write>) -> Self {
        Self { waiting, next: None, answered: 0, began: Instant::now() }
    }

    /// The first write of a transaction, if it comes in time.
    pub(super) fn first(&mut self, within: Duration) -> Result<Write, RecvTimeoutError> {
        let first = match self.next.take().or_else(|| self.soon(self.answered)) {
            Some(next) => Ok(next),
            None => self.waiting.recv_timeout(within),
        };
        self.began = Instant::now();
        first
    }

    /// Another write for a transaction that has so many, so many of them tells; none where it is time to commit.
    pub(super) fn more(&mut self, writes: usize, tells: usize, patient: bool) -> Option<Write> {
        let more = match writes < BATCH {
            // Nobody waits for an answer, so more may come: a sync costs as much as many rows.
            true if patient => self.waiting.recv_timeout(LINGER.saturating_sub(self.began.elapsed())).ok(),
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

    /// What waits by now; or comes in a moment, where so many are expected: who was answered just now most often tells the
    /// next thing at once, and to be woken takes longer than to look.
    fn soon(&self, expected: usize) -> Option<Write> {
        let until = Instant::now() + MOMENT;
        loop {
            match self.waiting.try_recv() {
                Ok(write) => return Some(write),
                Err(TryRecvError::Empty) if expected > 0 && Instant::now() < until => {
                    std::thread::yield_now()
                }
                Err(_) => return None,
            }
        }
    }
}
