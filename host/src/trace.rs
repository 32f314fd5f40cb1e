//! Where an event stands in a distributed trace: W3C trace context, and the spans that the host adds to it.
//!
//! Knows no exporter: a span goes to whoever takes spans, and where nobody does none is made.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// The attribute of an event, and the header of a request, that names the span it comes from.
pub const TRACEPARENT: &str = "traceparent";

/// A place in a trace, as [W3C Trace Context](https://www.w3.org/TR/trace-context/) writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct TraceContext {
    /// The trace's id.
    pub trace: u128,
    /// The span's id.
    pub span: u64,
    /// Whether spans of this trace are recorded.
    pub sampled: bool,
}

impl TraceContext {
    /// Reads a `traceparent`. One that does not follow the standard counts as none.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(5, '-');
        let version = hex(parts.next()?, 2)?;
        let trace = hex(parts.next()?, 32)?;
        let span = hex(parts.next()?, 16)?;
        let flags = hex(parts.next()?, 2)?;
        let more = parts.next();
        // Only a later version may say more than the first one does; 255 is never one.
        let is_known = version != 255 && (version > 0 || more.is_none());
        let span = u64::try_from(span).ok()?;
        let context = Self { trace, span, sampled: flags & 1 == 1 };
        (is_known && trace != 0 && span != 0).then_some(context)
    }

    /// The beginning of a trace of its own, which is recorded.
    pub(crate) fn begin() -> Self {
        let random = random();
        Self { trace: random.0 | 1, span: random.1 | 1, sampled: true }
    }

    /// A place below this one.
    pub(crate) fn child(self) -> Self {
        Self { span: random().1 | 1, ..self }
    }
}

impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{:032x}-{:016x}-{:02x}", self.trace, self.span, u8::from(self.sampled))
    }
}

/// A number of exactly so many lower-case hexadecimal digits.
fn hex(text: &str, digits: usize) -> Option<u128> {
    let is_hex = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if text.len() == digits && is_hex { u128::from_str_radix(text, 16).ok() } else { None }
}

/// Ids that no other host takes too.
fn random() -> (u128, u64) {
    let id = uuid::Uuid::new_v4().as_u128();
    // A version 4 id has six bits that are the same in all; both halves together are random enough for a span.
    let (high, low) = ((id >> 64) as u64, id as u64);
    (id, high.rotate_left(32) ^ low)
}

/// Something that took time: an event, or a hook's turn.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Span {
    /// Where it stands.
    pub context: TraceContext,
    /// The span that it is part of.
    pub parent: Option<TraceContext>,
    /// Whether that one is the caller's, not the host's.
    pub is_entry: bool,
    /// What it is called: the event's name, or the hook's id.
    pub name: String,
    /// When it began.
    pub began: SystemTime,
    /// How long it took.
    pub took: Duration,
    /// What is known of it.
    pub attributes: Vec<(&'static str, String)>,
    /// What went wrong.
    pub error: Option<String>,
}

/// Takes the spans of sampled traces as they end; called on the thread that ran the hook, so it must not block.
pub type SpanSink = Arc<dyn Fn(Span) + Send + Sync>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_traceparent_is_read_and_written_as_the_standard_has_it() {
        let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let context = TraceContext::parse(text).expect("it follows the standard");
        assert_eq!(context.to_string(), text);
        assert!(context.sampled && !TraceContext::parse(&text.replace("-01", "-00")).expect("too").sampled);
        assert!(TraceContext::parse(&format!("01{}-more", &text[2..])).is_some(), "a later version");
        let child = context.child();
        assert!(child.trace == context.trace && child.span != context.span && child.span != 0);
    }

    #[test]
    fn what_does_not_follow_the_standard_counts_as_none() {
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let bad = [
            String::new(),
            good.to_uppercase(),
            format!("{good}-more"),
            good.replace("00-4b", "ff-4b"),
            good.replace("4bf92f3577b34da6a3ce929d0e0e4736", &"0".repeat(32)),
            good.replace("00f067aa0ba902b7", &"0".repeat(16)),
            good.replace("-01", "-1"),
            good.replace("4bf92f", "4bf92g"),
            "00-é".into(),
        ];
        for text in bad {
            assert_eq!(TraceContext::parse(&text), None, "{text:?}");
        }
    }
}
