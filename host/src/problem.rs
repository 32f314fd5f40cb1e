//! What a person wrote wrong: where, what, and what to do about it.
//!
//! Problems are collected, never thrown one at a time: whoever reads a file or an event reports
//! all of them at once.

use serde::Serialize;
use std::fmt;

/// How much a [`Problem`] hinders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// What was written is used all the same.
    Warning,
    /// What was written cannot be used.
    Error,
}

/// Where something was written.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
pub struct Place {
    /// The file, or what stands in for one (`event 3`, `component quota.wasm`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The line in it, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
}

impl Place {
    /// A whole file.
    pub fn file(name: impl Into<String>) -> Self {
        Self { file: Some(name.into()), line: None }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.file, self.line) {
            (Some(file), Some(line)) => write!(f, "{file}:{line}"),
            (Some(file), None) => write!(f, "{file}"),
            (None, Some(line)) => write!(f, "line {line}"),
            (None, None) => Ok(()),
        }
    }
}

/// One thing that is wrong, told to the person who can mend it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct Problem {
    /// Whether it hinders.
    pub severity: Severity,
    /// What is wrong, in a word that stays the same over versions; for components that are refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<&'static str>,
    /// Where it was written.
    #[serde(flatten)]
    pub place: Place,
    /// What is wrong, naming the value.
    pub message: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Problem {
    /// Something that cannot be used.
    pub fn error(place: Place, message: impl Into<String>) -> Self {
        Self { severity: Severity::Error, kind: None, place, message: message.into(), hint: None }
    }

    /// Something that is used all the same.
    pub fn warning(place: Place, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(place, message) }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds what is wrong in a word.
    #[must_use]
    pub(crate) fn kind(mut self, kind: &'static str) -> Self {
        self.kind = Some(kind);
        self
    }

    /// Adds `did you mean "…"?` when one of `known` is close to `value`.
    #[must_use]
    pub fn did_you_mean<'a>(self, value: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        match nearest(value, known) {
            Some(close) => self.hint(format!("did you mean {close:?}?")),
            None => self,
        }
    }

    /// Adds a hint where there is none.
    #[must_use]
    pub(crate) fn or_hint(mut self, hint: impl FnOnce() -> String) -> Self {
        self.hint.get_or_insert_with(hint);
        self
    }

    /// Whether it hinders.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.place.to_string();
        if !place.is_empty() {
            write!(f, "{place}: ")?;
        }
        if self.severity == Severity::Warning {
            write!(f, "warning: ")?;
        }
        write!(f, "{}", self.message)?;
        match &self.hint {
            Some(hint) => write!(f, ", {hint}"),
            None => Ok(()),
        }
    }
}

/// The candidate that differs from `value` by a slip of the finger, if there is one.
pub fn nearest<'a>(value: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = value.to_lowercase();
    let letters = lower.chars().count();
    let reach = (value.chars().count() / 3).clamp(1, 4);
    known
        .into_iter()
        .map(|name| (name.to_lowercase(), name))
        // The distance takes memory for every pair of letters, and a value may have millions.
        .filter(|(known, _)| known.chars().count().abs_diff(letters) <= reach)
        .map(|(known, name)| (strsim::damerau_levenshtein(&lower, &known), name))
        .filter(|(distance, _)| *distance <= reach)
        .min()
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_a_stranger_is_not() {
        assert_eq!(nearest("SERVR", ["DISK", "SERVER"]), Some("SERVER"));
        assert_eq!(nearest("server", ["DISK", "SERVER"]), Some("SERVER"));
        assert_eq!(nearest("banana", ["DISK", "SERVER"]), None);
    }

    #[test]
    fn a_value_of_many_megabytes_is_compared_with_nothing() {
        let long = "cloud.pre_create".repeat(1 << 21);
        assert_eq!(nearest(&long, ["cloud.pre_create"; 1000]), None);
    }

    #[test]
    fn reads_as_place_what_hint() {
        let place = Place { file: Some("hooks/a.toml".into()), line: Some(3) };
        let problem = Problem::error(place, "unknown status \"enbled\"").did_you_mean("enbled", ["enabled"]);
        assert_eq!(
            problem.to_string(),
            "hooks/a.toml:3: unknown status \"enbled\", did you mean \"enabled\"?"
        );
    }
}
