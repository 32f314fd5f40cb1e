//! What is wrong with a script: a message, a kind, and a place.

use crate::bindings::exports::tenterhook::javascript::script::Failure;
use boa_engine::JsError;
use boa_engine::error::EngineError;
use std::fmt;

/// Bytes of a message; the host keeps no more.
const MESSAGE_BYTES_MAX: usize = 2_000;

/// Why a script does not load, or an event was not handled.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) failure: Failure,
    pub(crate) message: String,
    pub(crate) line: u32,
    pub(crate) column: u32,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if self.line > 0 {
            write!(f, " (line {}, column {})", self.line, self.column)?;
        }
        Ok(())
    }
}

impl Fault {
    /// Of an answer that is none.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self { failure: Failure::Invalid, message: message.into(), line: 0, column: 0 }
    }

    /// Of something that has no place in the script.
    pub(crate) fn unplaced(message: impl Into<String>) -> Self {
        Self { failure: Failure::Error, ..Self::invalid(message) }
    }

    /// Of a text that cannot be read, which says itself where.
    pub(crate) fn syntax(error: &JsError, source: &str) -> Self {
        let text = error.to_string();
        let text = text.strip_prefix("SyntaxError: ").unwrap_or(&text);
        let text = text.strip_suffix(" (native)").unwrap_or(text);
        if text == "abrupt end" {
            let (lines, last) = (source.split('\n').count(), source.rsplit('\n').next().unwrap_or_default());
            let (line, column) = (lines as u32, last.chars().count() as u32 + 1);
            return Self { line, column, ..Self::unplaced("it ends too early") };
        }
        let place = text.rsplit_once(" at line ").and_then(|(message, place)| {
            let (line, column) = place.split_once(", col ")?;
            let digits = column.find(|c: char| !c.is_ascii_digit()).unwrap_or(column.len());
            Some((message.to_owned(), line.parse().ok()?, column[..digits].parse().ok()?))
        });
        match place {
            Some((message, line, column)) => Self { line, column, ..Self::unplaced(message) },
            None => Self::unplaced(text),
        }
    }

    /// Of what a script threw. Nothing of the script runs for it.
    pub(crate) fn thrown(error: &JsError) -> Self {
        let (message, line, column) = described(error);
        let failure = match error.as_engine() {
            Some(EngineError::RuntimeLimit(_)) => Failure::Stack,
            _ => Failure::Error,
        };
        let message = match failure {
            Failure::Stack => "it calls itself too deeply".into(),
            _ => message,
        };
        Self { failure, message, line, column }
    }
}

/// An error's message, and where in the script it was thrown: the innermost frame that is the script's own.
fn described(error: &JsError) -> (String, u32, u32) {
    let text = error.to_string();
    let (message, trace) = text.split_once("\n    at ").unwrap_or((&text, ""));
    let mut end = message.len().min(MESSAGE_BYTES_MAX);
    while !message.is_char_boundary(end) {
        end -= 1;
    }
    // The engine puts the place behind the message of an error that was made by `new`.
    let own = place(message);
    let message = match own {
        Some(_) => message[..end].rsplit_once(" (").map_or(&message[..end], |(message, _)| message),
        None => &message[..end],
    };
    let (line, column) = own.or_else(|| trace.lines().find_map(place)).unwrap_or_default();
    (message.to_owned(), line, column)
}

/// The line and column of a frame, unless it is one of the engine's own.
fn place(frame: &str) -> Option<(u32, u32)> {
    let inside = frame.trim_end().strip_suffix(')')?;
    let (_, inside) = inside.rsplit_once('(')?;
    if inside.starts_with("native") {
        return None;
    }
    let (rest, column) = inside.rsplit_once(':')?;
    let (_, line) = rest.rsplit_once(':')?;
    Some((line.parse().ok()?, column.parse().ok()?))
}
