//! The hooks' log lines, each hook's only so many a second: one that floods the log hides no other.

use crate::log::{LogLine, to_tracing};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

const WINDOW: Duration = Duration::from_secs(1);

/// Lets so many lines of each hook through in every second, and says how many it did not.
pub(super) struct Capped {
    most: u32,
    second: Mutex<Second>,
}

struct Second {
    began: Instant,
    /// Lines of each hook in this second.
    lines: HashMap<Arc<str>, u32>,
}

impl Capped {
    pub(super) fn new(most: u32) -> Self {
        Self { most, second: Mutex::new(Second { began: Instant::now(), lines: HashMap::new() }) }
    }

    /// Logs a line, or counts it.
    pub(super) fn log(&self, line: LogLine) {
        let mut second = self.second.lock().unwrap_or_else(PoisonError::into_inner);
        let over = if second.began.elapsed() >= WINDOW { second.renew() } else { HashMap::new() };
        let lines = second.lines.entry(Arc::clone(&line.hook)).or_default();
        *lines = lines.saturating_add(1);
        let fits = *lines <= self.most;
        drop(second);
        self.say(over);
        if fits {
            to_tracing(line);
        }
    }

    /// Says what was dropped last.
    pub(super) fn end(&self) {
        let over = self.second.lock().unwrap_or_else(PoisonError::into_inner).renew();
        self.say(over);
    }

    fn say(&self, lines: HashMap<Arc<str>, u32>) {
        for (hook, lines) in lines {
            let dropped = lines.saturating_sub(self.most);
            if dropped > 0 {
                tracing::warn!(target: "tenterhook::hook", %hook, dropped, "it logged too many lines in a second");
            }
        }
    }
}

impl Second {
    fn renew(&mut self) -> HashMap<Arc<str>, u32> {
        self.began = Instant::now();
        std::mem::take(&mut self.lines)
    }
}
