//! What a hook says: lines for the operator's log, bounded and made harmless.

mod mask;

pub(crate) use mask::Mask;

use std::fmt::{self, Write};
use std::sync::Arc;

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The flow of control.
    Trace,
    /// For whoever looks for a mistake.
    Debug,
    /// For whoever watches the service; what a hook prints is of this level.
    Info,
    /// Something that may go wrong.
    Warn,
    /// Something that went wrong.
    Error,
    /// Something that went wrong for good.
    Critical,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
            Self::Critical => "critical",
        })
    }
}

/// One line of one hook.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogLine {
    /// The hook's id.
    pub hook: Arc<str>,
    /// The event's id; empty while the hook starts.
    pub event: Arc<str>,
    /// How much it matters.
    pub level: Level,
    /// What groups lines that belong together: the hook's word, `stdout` or `stderr`.
    pub context: String,
    /// The text, one line, control characters escaped.
    pub message: String,
}

/// Takes the lines of all hooks; called on the thread that ran the hook, so it must not block.
pub type LogSink = Arc<dyn Fn(LogLine) + Send + Sync>;

/// Sends lines to [`tracing`], target `tenterhook::hook`.
pub fn to_tracing(line: LogLine) {
    let LogLine { hook, event, level, context, message } = line;
    macro_rules! emit {
        ($level:ident) => {
            tracing::event!(target: "tenterhook::hook", tracing::Level::$level, %hook, %event, %context, "{message}")
        };
    }
    match level {
        Level::Trace => emit!(TRACE),
        Level::Debug => emit!(DEBUG),
        Level::Info => emit!(INFO),
        Level::Warn => emit!(WARN),
        Level::Error | Level::Critical => emit!(ERROR),
    }
}

/// Escapes control characters, so that no hook can steer a terminal or forge a line, and cuts
/// at `bytes_max`.
pub(crate) fn harmless(text: &str, bytes_max: usize) -> String {
    let mut safe = String::with_capacity(text.len().min(bytes_max));
    for c in text.chars() {
        if safe.len() >= bytes_max {
            safe.push('…');
            break;
        }
        if c.is_control()
            || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        {
            let _ = write!(safe, "{}", c.escape_default());
        } else {
            safe.push(c);
        }
    }
    safe
}

/// The lines of one call, up to a number of bytes.
#[derive(Debug, Default)]
pub(crate) struct CallLog {
    lines: Vec<(Level, String, String)>,
    bytes_left: usize,
    bytes_dropped: usize,
    /// What was printed since the last newline, of standard output and standard error.
    partial: [String; 2],
    mask: Mask,
}

/// The streams that a hook prints to.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Printed {
    Stdout = 0,
    Stderr = 1,
}

impl CallLog {
    /// The log of a call that may keep `bytes_max` bytes, and no secret.
    pub(crate) fn new(bytes_max: usize, mask: &Mask) -> Self {
        Self { bytes_left: bytes_max, mask: mask.clone(), ..Self::default() }
    }

    pub(crate) fn line(&mut self, level: Level, context: &str, message: &str) {
        if self.take(context.len() + message.len()) {
            // Hidden before it is cut: half a secret is one too.
            let (context, message) = (self.mask.hide(context), self.mask.hide(message));
            self.lines.push((level, harmless(&context, 256), harmless(&message, usize::MAX)));
        }
    }

    pub(crate) fn print(&mut self, stream: Printed, bytes: &[u8]) {
        if !self.take(bytes.len()) {
            return;
        }
        let mut text = std::mem::take(&mut self.partial[stream as usize]);
        text.push_str(&String::from_utf8_lossy(bytes));
        while let Some(end) = text.find('\n') {
            self.printed(stream, text[..end].trim_end_matches('\r'));
            text.drain(..=end);
        }
        self.partial[stream as usize] = text;
    }

    fn printed(&mut self, stream: Printed, text: &str) {
        let context = match stream {
            Printed::Stdout => "stdout",
            Printed::Stderr => "stderr",
        };
        let text = harmless(&self.mask.hide(text), usize::MAX);
        self.lines.push((Level::Info, context.to_owned(), text));
    }

    fn take(&mut self, bytes: usize) -> bool {
        let fits = bytes <= self.bytes_left;
        if fits {
            self.bytes_left -= bytes;
        } else {
            self.bytes_left = 0;
            self.bytes_dropped += bytes;
        }
        fits
    }

    /// Ends the call and hands over its lines.
    pub(crate) fn end(mut self) -> Vec<(Level, String, String)> {
        for stream in [Printed::Stdout, Printed::Stderr] {
            let rest = std::mem::take(&mut self.partial[stream as usize]);
            if !rest.is_empty() {
                self.printed(stream, &rest);
            }
        }
        if self.bytes_dropped > 0 {
            let message = format!("{} bytes beyond the log limit were dropped", self.bytes_dropped);
            self.lines.push((Level::Warn, String::new(), message));
        }
        self.lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_split_bounded_and_escaped() {
        let mut log = CallLog::new(40, &Mask::default());
        log.print(Printed::Stdout, b"one\r\ntw");
        log.line(Level::Error, "db", "a\x1b]0;title\x07");
        log.print(Printed::Stdout, b"o");
        log.print(Printed::Stdout, &[b'x'; 65]);
        log.line(Level::Info, "", "y");
        let lines: Vec<_> =
            log.end().into_iter().map(|(level, context, text)| format!("{level}/{context}/{text}")).collect();
        assert_eq!(
            lines,
            [
                "info/stdout/one",
                "error/db/a\\u{1b}]0;title\\u{7}",
                "info/stdout/two",
                "warn//66 bytes beyond the log limit were dropped"
            ]
        );
    }
}
