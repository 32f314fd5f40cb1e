//! Cases of a hook: an event and its expected outcome side by side, one a file, `cases/<name>.json`.
//!
//! ```json
//! { "event": { … }, "outcome": { "decision": "veto", "code": "quota.cpu" }, "fuel_max": 200000 }
//! ```
//!
//! What an outcome leaves out is not compared, but for the decision and whether the hook failed.

mod expected;
mod text;
mod written;

pub(crate) use expected::{Decision, Expected};

use super::build::put;
use super::exit::Bad;
use super::print::{self, GREEN, RED, paint, safe};
use crate::data::Members;
use crate::event::Event;
use crate::host::{FireError, Host};
use crate::limits::{HostLimits, MIB};
use crate::outcome::Outcome;
use crate::problem::{Place, Problem};
use serde_json::value::RawValue;
use similar::{ChangeTag, TextDiff};
use std::io;
use std::path::{Path, PathBuf};
use written::Written;

/// The folder of a project's cases.
pub(crate) const CASES: &str = "cases";

/// One case.
pub(crate) struct Case {
    pub(crate) file: PathBuf,
    /// The file's stem.
    pub(crate) name: String,
    pub(crate) event: Event,
    pub(crate) expected: Option<Expected>,
    pub(crate) fuel_max: Option<u64>,
    text: String,
}

/// What came of a case.
pub(crate) struct Judged {
    pub(crate) found: Expected,
    pub(crate) fuel: u64,
    pub(crate) micros: u64,
    /// The hook wanted the event.
    pub(crate) matched: bool,
    /// Why the hook failed.
    pub(crate) message: Option<String>,
    /// How the outcome differs from the expected one: the sign and the text of each line. Empty where it does not.
    pub(crate) diff: Vec<(char, String)>,
    /// There is no expected outcome yet.
    pub(crate) unwritten: bool,
    /// More fuel than the case allows: how much that is.
    pub(crate) over: Option<u64>,
}

/// What came of a case, or what is wrong with its event.
pub(crate) type Judgement = Result<Judged, Vec<Problem>>;

/// Every case of a folder, of which there are some, or everything that is wrong with them.
pub(crate) fn all(folder: &Path) -> Result<Vec<Case>, Bad> {
    let (cases, problems) = read(folder);
    if !problems.is_empty() {
        return Err(Bad(problems));
    }
    if cases.is_empty() {
        let message = if folder.is_dir() { "it has no cases" } else { "there is no folder with cases" };
        let hint =
            "a case is a file NAME.json with {\"event\": …}; `tenterhook test --update` adds its outcome";
        return Err(Problem::error(Place::file(folder.display().to_string()), message).hint(hint).into());
    }
    Ok(cases)
}

/// The cases of a folder by their names, and what is wrong with the others. Where there is no folder there are none.
pub(crate) fn read(folder: &Path) -> (Vec<Case>, Vec<Problem>) {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return (Vec::new(), Vec::new()),
        Err(error) => {
            let place = Place::file(folder.display().to_string());
            return (Vec::new(), vec![Problem::error(place, format!("the cases cannot be read: {error}"))]);
        }
    };
    let is_case = |path: &PathBuf| {
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        !hidden && path.extension().is_some_and(|extension| extension == "json")
    };
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(is_case).collect();
    files.sort();
    let (mut cases, mut problems) = (Vec::new(), Vec::new());
    for file in files {
        match Case::read(file) {
            Ok(case) => cases.push(case),
            Err(found) => problems.extend(found),
        }
    }
    (cases, problems)
}

/// Has a host decide every case for a hook, each by itself.
pub(crate) async fn judge(host: &Host, hook: &str, cases: &[Case]) -> Result<Vec<Judgement>, FireError> {
    let mut judged = Vec::with_capacity(cases.len());
    for case in cases {
        judged.push(match host.dry_run(case.event.clone()).await {
            Ok(outcome) => Ok(case.judge(&outcome, hook)),
            Err(FireError::Refused(problems)) => {
                let at_home = |problem| Problem { place: case.place(), ..problem };
                Err(problems.into_iter().map(at_home).collect())
            }
            Err(error) => return Err(error),
        });
    }
    Ok(judged)
}

/// What came of every case, or all that is wrong with their events.
pub(crate) fn sound(judged: Vec<Judgement>) -> Result<Vec<Judged>, Bad> {
    let (mut sound, mut problems) = (Vec::new(), Vec::new());
    for one in judged {
        match one {
            Ok(judged) => sound.push(judged),
            Err(found) => problems.extend(found),
        }
    }
    if problems.is_empty() { Ok(sound) } else { Err(Bad(problems)) }
}

impl Case {
    fn read(file: PathBuf) -> Result<Self, Vec<Problem>> {
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let place = file.display().to_string();
        let text = text_of(&file).map_err(|message| vec![Problem::error(Place::file(&place), message)])?;
        let mut written = Written { file: place, text: &text, problems: Vec::new() };
        match (written.read(), written.problems) {
            (Some((event, expected, fuel_max)), problems) if problems.is_empty() => {
                Ok(Self { file, name, event, expected, fuel_max, text })
            }
            (_, problems) => Err(problems),
        }
    }

    /// Where its problems are.
    pub(crate) fn place(&self) -> Place {
        Place::file(self.file.display().to_string())
    }

    /// Compares what came of its event with what was expected of a hook.
    pub(crate) fn judge(&self, outcome: &Outcome, hook: &str) -> Judged {
        let line = outcome.trail.iter().find(|line| &*line.hook == hook);
        let found = Expected::of(outcome, line.and_then(|line| line.failure));
        let diff = self.expected.as_ref().map(|expected| expected.diff(&found)).unwrap_or_default();
        let fuel = line.map_or(0, |line| line.fuel);
        Judged {
            fuel,
            micros: line.map_or(0, |line| line.time.as_micros() as u64),
            matched: line.is_some(),
            message: line.filter(|line| line.failure.is_some()).and_then(|line| line.message.clone()),
            diff,
            unwritten: self.expected.is_none(),
            over: self.fuel_max.filter(|max| fuel > *max),
            found,
        }
    }

    /// Writes the outcome that was found into its file and leaves everything else as it is written.
    pub(crate) fn update(&self, found: &Expected) -> io::Result<()> {
        put(&self.file, self.updated(found).as_bytes())
    }

    fn updated(&self, found: &Expected) -> String {
        let text = &self.text;
        let outcome = text::indented(&found.json());
        let members = Members::of(text).map(|members| members.0).unwrap_or_default();
        let range = |raw: &RawValue| {
            let start = text::offset(text, raw);
            start..start + raw.get().len()
        };
        match members.iter().find(|(name, _)| name == "outcome") {
            Some((_, raw)) => {
                let range = range(raw);
                format!("{}{outcome}{}", &text[..range.start], &text[range.end..])
            }
            None => {
                let end = members.iter().map(|(_, raw)| range(raw).end).max().unwrap_or(1);
                format!("{},\n  \"outcome\": {outcome}{}", &text[..end], &text[end..])
            }
        }
    }
}

impl Judged {
    /// Whether all is as it should be.
    pub(crate) fn passed(&self) -> bool {
        self.is_as_expected() && !self.unwritten
    }

    /// Whether nothing is other than its case says, if it says anything.
    pub(crate) fn is_as_expected(&self) -> bool {
        self.diff.is_empty() && self.over.is_none()
    }

    /// What is wrong, a line each.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if self.unwritten {
            lines.push("no outcome is expected yet: `tenterhook test --update` writes this one".to_owned());
            lines.extend(self.found.json().lines().map(|line| format!("+ {line}")));
        }
        if !self.diff.is_empty() && !self.matched {
            lines.push("the hook does not want this event".to_owned());
        }
        lines.extend(self.diff.iter().map(|(sign, line)| format!("{sign} {line}")));
        lines.extend(self.message.iter().map(|message| format!("it failed: {message}")));
        let over = self.over.map(|max| format!("it used {} fuel, the case allows {max}", self.fuel));
        lines.extend(over);
        lines
    }

    /// The same for a terminal.
    pub(crate) fn painted(&self) -> Vec<String> {
        let paint_line = |line: String| match line.as_bytes() {
            [b'+', b' ', ..] => paint(GREEN, &safe(&line)),
            [b'-', b' ', ..] => paint(RED, &safe(&line)),
            _ => safe(&line),
        };
        self.complaints().into_iter().map(|line| format!("    {}", paint_line(line))).collect()
    }
}

/// The lines in which two texts differ, with those around them.
fn diff(expected: &str, found: &str) -> Vec<(char, String)> {
    let diff = TextDiff::from_lines(expected, found);
    let sign = |tag| match tag {
        ChangeTag::Equal => ' ',
        ChangeTag::Delete => '-',
        ChangeTag::Insert => '+',
    };
    diff.iter_all_changes().map(|change| (sign(change.tag()), change.value().trim_end().to_owned())).collect()
}

fn text_of(file: &Path) -> Result<String, String> {
    let bytes_max = HostLimits::default().data_bytes as u64 * 2 + MIB as u64;
    let too_large = std::fs::metadata(file).is_ok_and(|metadata| metadata.len() > bytes_max);
    if too_large {
        return Err(format!("is larger than {}", print::size(bytes_max)));
    }
    let bytes = std::fs::read(file).map_err(|error| format!("cannot be read: {error}"))?;
    String::from_utf8(bytes).map_err(|error| format!("is not UTF-8: {}", error.utf8_error()))
}

#[cfg(test)]
mod tests;
