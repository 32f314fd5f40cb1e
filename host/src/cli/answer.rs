//! What came of one event: as an exit code, as JSON, and told to people.

use super::exit::Exit;
use super::print::{self, BOLD, Cell, DIM, GREEN, PLAIN, RED, Table, YELLOW, cell, number, paint, safe};
use crate::data::Data;
use crate::event::{Event, Mode};
use crate::host::{FireError, Host};
use crate::log::harmless;
use crate::outcome::{Origin, Outcome, TrailLine, TrailVerdict};
use crate::problem::{Place, Problem};
use anstyle::Style;
use serde::{Serialize, Serializer, ser::SerializeMap};
use std::time::Duration;

/// What came of one event.
#[expect(clippy::large_enum_variant, reason = "there is one at a time")]
pub(crate) enum Answer {
    /// Its hooks have run.
    Ran {
        /// What was decided.
        outcome: Outcome,
        /// The object it happened to.
        subject: Option<String>,
    },
    /// It cannot be taken in.
    Refused {
        /// What is wrong with it.
        problems: Vec<Problem>,
        /// Its name, if its text could be read.
        event: Option<String>,
    },
    /// All sandboxes were in use.
    Busy,
}

impl Answer {
    /// Fires an event; problems with it stand at `place`.
    pub(crate) async fn to(host: &Host, event: Event, place: &Place) -> Self {
        let (name, subject) = (event.name.clone(), event.subject.clone());
        let at_place = |mut problem: Problem| {
            if problem.place == Place::default() {
                problem.place = place.clone();
            }
            problem
        };
        match host.fire(event).await {
            Ok(mut outcome) => {
                outcome.warnings = outcome.warnings.into_iter().map(at_place).collect();
                Self::Ran { outcome, subject }
            }
            Err(FireError::Refused(problems)) => {
                Self::Refused { problems: problems.into_iter().map(at_place).collect(), event: Some(name) }
            }
            // What the command line fires is not written down, so nothing else can happen.
            Err(FireError::Busy | FireError::Conflict | FireError::Full | FireError::Journal(_)) => {
                Self::Busy
            }
        }
    }

    /// How a command ends that fired this one event.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Ran { outcome, .. } if outcome.veto().is_some() => Exit::Vetoed,
            Self::Ran { outcome, .. } if outcome.mode == Mode::Tell && outcome.failed() => Exit::Other,
            Self::Ran { .. } => Exit::Accepted,
            Self::Busy => Exit::Other,
            Self::Refused { .. } => Exit::Bad,
        }
    }

    /// The word for it, in its colour.
    pub(crate) fn word(&self) -> (&'static str, Style) {
        match self {
            Self::Ran { outcome, .. } if outcome.veto().is_some() => ("vetoed", RED),
            Self::Ran { outcome, .. } if outcome.amended => ("amended", GREEN),
            Self::Ran { outcome, .. } if outcome.mode == Mode::Tell && outcome.failed() => ("told", YELLOW),
            Self::Ran { outcome, .. } if outcome.mode == Mode::Tell => ("told", GREEN),
            Self::Ran { .. } => ("accepted", GREEN),
            Self::Refused { .. } => ("refused", RED),
            Self::Busy => ("busy", YELLOW),
        }
    }

    /// The story for people: a headline, a line per hook, and the data if a hook amended it. What
    /// is wrong with an event is not in it: that goes to standard error.
    pub(crate) fn story(&self) -> Vec<String> {
        let mut lines = self.brief();
        if let Self::Ran { outcome, .. } = self {
            lines.extend(amended(outcome).map(|data| format!("  {} {data}", paint(DIM, "data"))));
        }
        lines
    }

    /// The story without the data.
    pub(crate) fn brief(&self) -> Vec<String> {
        let (word, style) = self.word();
        let word = paint(style, &format!("{word:8}"));
        match self {
            Self::Ran { outcome, subject } => {
                let mut lines = vec![format!("{word}  {}", headline(outcome, subject.as_deref()))];
                lines.extend(outcome.suppressed.iter().map(suppressed));
                lines.extend(trail(&outcome.trail).into_iter().map(|line| format!("  {line}")));
                lines
            }
            Self::Refused { problems, event } => {
                let event = event.as_ref().map(|event| paint(BOLD, &safe(event)));
                let place = problems.first().map(|problem| safe(&problem.place.to_string()));
                let known = event.into_iter().chain(place).filter(|text| !text.is_empty());
                vec![format!("{word}  {}", known.collect::<Vec<_>>().join("  "))]
            }
            Self::Busy => vec![format!("{word}  all sandboxes are in use: nothing was decided, try again")],
        }
    }
}

/// An outcome as it is, `{"problems":[…]}`, or `{"busy":true}`.
impl Serialize for Answer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (key, problems) = match self {
            Self::Ran { outcome, .. } => return outcome.serialize(serializer),
            Self::Refused { problems, .. } => ("problems", Some(problems)),
            Self::Busy => ("busy", None),
        };
        let mut json = serializer.serialize_map(Some(1))?;
        match problems {
            Some(problems) => json.serialize_entry(key, problems)?,
            None => json.serialize_entry(key, &true)?,
        }
        json.end()
    }
}

fn headline(outcome: &Outcome, subject: Option<&str>) -> String {
    let subject = subject.map(|subject| format!("  {}", harmless(subject, 100))).unwrap_or_default();
    let rest = match outcome.veto() {
        Some(veto) => {
            let by = paint(RED, &format!("by {}:", safe(&veto.hook)));
            format!("  {by} {} {}", safe(&veto.reason), paint(DIM, &format!("({})", safe(&veto.code))))
        }
        None if outcome.trail.is_empty() && outcome.suppressed.is_none() => paint(DIM, "  no hook listens"),
        None => String::new(),
    };
    format!("{}{subject}{rest}", paint(BOLD, &safe(&outcome.event)))
}

fn suppressed(origin: &Origin) -> String {
    let by = format!(
        "caused by {} on the event {}, so that no other hook runs",
        safe(&origin.hook),
        safe(&origin.event)
    );
    format!("  {}", paint(DIM, &by))
}

/// The whole data of an amended event. It stays text: numbers and key order are what hooks made
/// of them.
fn amended(outcome: &Outcome) -> Option<String> {
    let data = outcome.data().ok().filter(|_| outcome.amended);
    data.map(Data::as_str).map(print::one_line)
}

fn trail(trail: &[TrailLine]) -> Vec<String> {
    let mut table = Table::default();
    for line in trail {
        table.row(row(line));
    }
    table.lines()
}

fn row(line: &TrailLine) -> Vec<Cell> {
    let (word, style) = match (line.verdict, line.failure) {
        (TrailVerdict::Accept, _) => ("accept".into(), PLAIN),
        (TrailVerdict::Amend, _) => ("amend".into(), GREEN),
        (TrailVerdict::Veto, _) => ("veto".into(), RED),
        (TrailVerdict::Skipped, _) => ("skipped".into(), DIM),
        (TrailVerdict::Failed, Some(failure)) => (format!("failed: {failure}"), YELLOW),
        (TrailVerdict::Failed, None) => ("failed".into(), YELLOW),
    };
    let ran = line.fuel > 0 || line.memory_bytes > 0;
    let used = |text: String| number(if ran { text } else { String::new() });
    vec![
        cell(PLAIN, safe(&line.hook)),
        cell(DIM, safe(line.version.as_deref().unwrap_or("-"))),
        cell(style, word),
        used(format!("fuel {}", fuel(line.fuel))),
        used(print::size(line.memory_bytes)),
        used(time(line.time)),
        cell(PLAIN, safe(line.message.as_deref().unwrap_or_default())),
    ]
}

/// Fuel for people.
pub(crate) fn fuel(fuel: u64) -> String {
    match fuel {
        0..10_000 => fuel.to_string(),
        10_000..1_000_000 => format!("{} k", fuel / 1_000),
        _ => format!("{}.{} M", fuel / 1_000_000, fuel / 100_000 % 10),
    }
}

/// A time for people.
pub(crate) fn time(time: Duration) -> String {
    match time.as_micros() {
        micros @ 0..1_000 => format!("{micros} µs"),
        micros @ 1_000..1_000_000 => format!("{}.{} ms", micros / 1_000, micros / 100 % 10),
        micros => format!("{}.{} s", micros / 1_000_000, micros / 100_000 % 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        assert_eq!([fuel(9_999), fuel(10_000), fuel(42_190_000)], ["9999", "10 k", "42.1 M"]);
        let times = [999, 1_250, 2_000_000].map(|micros| time(Duration::from_micros(micros)));
        assert_eq!(times, ["999 µs", "1.2 ms", "2.0 s"]);
    }

    #[test]
    fn a_refused_and_a_busy_event_have_their_own_json() {
        let json = |answer: &Answer| serde_json::to_string(answer).unwrap_or_default();
        let problem = Problem::error(Place::file("in.json"), "no");
        let refused = r#"{"problems":[{"severity":"error","file":"in.json","message":"no"}]}"#;
        assert_eq!(json(&Answer::Refused { problems: vec![problem], event: None }), refused);
        assert_eq!(json(&Answer::Busy), r#"{"busy":true}"#);
    }
}
