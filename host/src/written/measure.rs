//! Durations and sizes as people write them: `"50ms"`, `"16MiB"`.

use super::{Node, Value};
use crate::problem::Problem;
use std::time::Duration;

impl Node {
    /// A duration such as `"50ms"` within a range.
    pub(crate) fn duration(
        &self,
        name: &str,
        (min, max): (Duration, Duration),
        problems: &mut Vec<Problem>,
    ) -> Option<Duration> {
        let text = self.text(name, problems)?;
        let days = jiff::SpanRelativeTo::days_are_24_hours();
        let duration = text.parse::<jiff::Span>().ok().and_then(|span| span.to_duration(days).ok());
        let Some(duration) = duration.and_then(|duration| Duration::try_from(duration).ok()) else {
            let message = format!("{name} = {text:?} is no duration");
            let hint = "write it as in \"50ms\" or \"2s\"";
            problems.push(Problem::error(self.place.clone(), message).hint(hint));
            return None;
        };
        if !(min..=max).contains(&duration) {
            let message = format!("{name} = {text:?} is not between {} and {}", written(min), written(max));
            problems.push(Problem::error(self.place.clone(), message));
            return None;
        }
        Some(duration)
    }

    /// A size in bytes, as a number or as `"16MiB"`, within a range.
    pub(crate) fn size(
        &self,
        name: &str,
        (min, max): (usize, usize),
        problems: &mut Vec<Problem>,
    ) -> Option<usize> {
        let bytes = match &self.value {
            Value::Integer(bytes) => usize::try_from(*bytes).ok(),
            Value::Text(text) => {
                text.parse::<bytesize::ByteSize>().ok().and_then(|size| usize::try_from(size.as_u64()).ok())
            }
            _ => None,
        };
        let written = self.json();
        let Some(bytes) = bytes else {
            let problem = Problem::error(self.place.clone(), format!("{name} = {written} is no size"));
            problems.push(problem.hint("write it as in \"16MiB\""));
            return None;
        };
        if !(min..=max).contains(&bytes) {
            let display = |bytes: usize| bytesize::ByteSize::b(bytes as u64);
            let message = format!("{name} = {written} is not between {} and {}", display(min), display(max));
            problems.push(Problem::error(self.place.clone(), message));
            return None;
        }
        Some(bytes)
    }
}

/// Seconds of a day.
const DAY: u64 = 24 * 3600;

/// A bound as it is written: in days or seconds where it is some, else in milliseconds.
fn written(duration: Duration) -> String {
    match duration.subsec_nanos() {
        0 if duration.as_secs() > 0 && duration.as_secs().is_multiple_of(DAY) => {
            format!("{}d", duration.as_secs() / DAY)
        }
        0 => format!("{}s", duration.as_secs()),
        _ => format!("{}ms", duration.as_millis()),
    }
}
