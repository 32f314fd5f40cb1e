//! Writes log lines on a thread of its own, so that whoever reads the log slowly holds up no event.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::time::Duration;
use tracing_subscriber::fmt::MakeWriter;

/// Lines that may wait.
const LINES: usize = 4096;
/// How long the thread lets lines pile up: to be woken for each costs its writer more than the line.
const PAUSE: Duration = Duration::from_millis(5);
/// How long the end waits for the last lines to be written: nobody may read them.
const LAST: Duration = Duration::from_secs(1);

/// Takes lines; where too many wait, they are dropped and counted.
#[derive(Clone)]
pub(super) struct Lines {
    queue: SyncSender<Vec<u8>>,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    dropped: AtomicU64,
    is_over: AtomicBool,
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// Every line comes as one write.
impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.queue.try_send(line.to_owned()).is_err() {
            self.state.dropped.fetch_add(1, Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The thread. Dropping it writes what waits, as far as somebody reads it.
pub(super) struct Writing {
    lines: Lines,
    ended: Receiver<()>,
}

impl Writing {
    pub(super) fn start(out: impl Write + Send + 'static) -> io::Result<Self> {
        let (queue, waiting) = sync_channel(LINES);
        let (ends, ended) = channel();
        let lines = Lines { queue, state: Arc::default() };
        let state = Arc::clone(&lines.state);
        std::thread::Builder::new().name("tenterhook-log".to_owned()).spawn(move || {
            write(&waiting, out, &state);
            // Whoever ends it may have given up.
            let _ = ends.send(());
        })?;
        Ok(Self { lines, ended })
    }

    pub(super) fn lines(&self) -> Lines {
        self.lines.clone()
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        // The subscriber keeps its end of the queue for as long as the process runs, so the end is said.
        self.lines.state.is_over.store(true, Relaxed);
        // Where the queue is full, the thread has something to wake for.
        let _ = self.lines.queue.try_send(Vec::new());
        let _ = self.ended.recv_timeout(LAST);
    }
}

fn write(waiting: &Receiver<Vec<u8>>, mut out: impl Write, state: &State) {
    while let Ok(mut lines) = waiting.recv() {
        // Others may go on to log for as long as the process lives.
        let is_over = state.is_over.load(Relaxed);
        lines.extend(waiting.try_iter().take(LINES).flatten());
        // Where nobody reads the log any more, nobody is left to tell.
        let _ = out.write_all(&lines).and_then(|()| out.flush());
        if is_over {
            return;
        }
        let dropped = state.dropped.swap(0, Relaxed);
        if dropped > 0 {
            tracing::warn!(dropped, "lines of the log came faster than they could be written");
        }
        std::thread::sleep(PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_logged_after_the_end_does_not_hold_it_up() {
        let (queue, waiting) = sync_channel(LINES);
        for line in ["before\n", "", "after\n"] {
            queue.send(line.into()).unwrap();
        }
        let mut out = Vec::new();
        write(&waiting, &mut out, &State { is_over: true.into(), ..State::default() });
        assert_eq!(String::from_utf8(out).unwrap(), "before\nafter\n");
    }

    #[test]
    fn who_does_not_read_the_log_does_not_hold_up_the_end() {
        let (_reader, out) = io::pipe().unwrap();
        let writing = Writing::start(out).unwrap();
        for _ in 0..2 * LINES {
            writing.lines().write_all(&[b'x'; 100]).unwrap();
        }
        drop(writing);
    }
}
