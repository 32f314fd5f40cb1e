//! Writes log lines on a thread of its own, so that whoever reads the log slowly holds up no event.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;
use tracing_subscriber::fmt::MakeWriter;

/// Lines that may wait.
const LINES: usize = 4096;
/// How long the thread lets lines pile up: to be woken for each costs its writer more than the line.
const PAUSE: Duration = Duration::from_millis(5);

/// Takes lines; where too many wait, they are dropped and counted.
#[derive(Clone)]
pub(super) struct Lines {
    queue: SyncSender<Option<Vec<u8>>>,
    dropped: Arc<AtomicU64>,
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
        if self.queue.try_send(Some(line.to_owned())).is_err() {
            self.dropped.fetch_add(1, Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The thread. Dropping it writes what waits.
pub(super) struct Writing {
    lines: Lines,
    thread: Option<JoinHandle<()>>,
}

impl Writing {
    pub(super) fn start(out: impl Write + Send + 'static) -> io::Result<Self> {
        let (queue, waiting) = sync_channel(LINES);
        let dropped = Arc::new(AtomicU64::new(0));
        let lines = Lines { queue, dropped: Arc::clone(&dropped) };
        let name = "tenterhook-log".to_owned();
        let thread = std::thread::Builder::new().name(name).spawn(move || write(&waiting, out, &dropped))?;
        Ok(Self { lines, thread: Some(thread) })
    }

    pub(super) fn lines(&self) -> Lines {
        self.lines.clone()
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        // The subscriber keeps its end of the queue for as long as the process runs, so the end is said.
        let told = self.lines.queue.send(None);
        if let (Ok(()), Some(thread)) = (told, self.thread.take()) {
            let _ = thread.join();
        }
    }
}

fn write(waiting: &Receiver<Option<Vec<u8>>>, mut out: impl Write, dropped: &AtomicU64) {
    let mut lines = Vec::new();
    let mut is_over = false;
    while !is_over && let Ok(Some(line)) = waiting.recv() {
        lines.extend(line);
        while let Ok(line) = waiting.try_recv() {
            is_over = line.is_none();
            lines.extend(line.into_iter().flatten());
        }
        // Where nobody reads the log any more, nobody is left to tell.
        let _ = out.write_all(&lines);
        lines.clear();
        let dropped = dropped.swap(0, Relaxed);
        if dropped > 0 {
            tracing::warn!(dropped, "lines of the log came faster than they could be written");
        }
        if !is_over {
            std::thread::sleep(PAUSE);
        }
    }
    let _ = out.flush();
}
