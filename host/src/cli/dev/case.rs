//! Cases: files with an event each, and the outcome that it should have.

use crate::cli::print::safe;
use crate::envelope::Reader;
use crate::event::Event;
use crate::limits::HostLimits;
use crate::problem::{Place, Problem};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::io::ErrorKind;
use std::path::Path;

/// An event and what is expected of it.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) name: String,
    pub(super) place: Place,
    pub(super) event: Event,
    pub(super) expected: Option<Expected>,
    pub(super) fuel_max: Option<u64>,
}

/// What an outcome should be, as far as the case says it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Expected {
    /// `accept`, `amend` or `veto`.
    pub(super) decision: Decision,
    pub(super) data: Option<Value>,
    pub(super) code: Option<String>,
    pub(super) reason: Option<String>,
    /// The kind of failure.
    pub(super) failed: Option<String>,
}

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Decision {
    Accept,
    Amend,
    Veto,
}

impl Decision {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Amend => "amend",
            Self::Veto => "veto",
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written<'a> {
    #[serde(borrow)]
    event: &'a RawValue,
    outcome: Option<Expected>,
    fuel_max: Option<u64>,
}

/// Reads every case of a folder, sorted by name, and says what is wrong with the others. Without the folder there are
/// none.
pub(super) fn read(folder: &Path) -> (Vec<Case>, Vec<Problem>) {
    let mut files: Vec<_> = match std::fs::read_dir(folder) {
        Ok(files) => files.flatten().map(|file| file.path()).collect(),
        Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
        Err(error) => {
            let place = Place::file(folder.display().to_string());
            return (Vec::new(), vec![Problem::error(place, format!("the cases cannot be read: {error}"))]);
        }
    };
    files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    let (mut cases, mut problems) = (Vec::new(), Vec::new());
    for file in files {
        match one(&file) {
            Ok(case) => cases.push(case),
            Err(wrong) => problems.extend(wrong),
        }
    }
    (cases, problems)
}

fn one(path: &Path) -> Result<Case, Vec<Problem>> {
    let file = path.display().to_string();
    let place = Place::file(&file);
    let text = std::fs::read_to_string(path)
        .map_err(|error| vec![Problem::error(place.clone(), format!("it cannot be read: {error}"))])?;
    let written: Written<'_> = serde_json::from_str(&text).map_err(|error| {
        let place = Place { line: Some(error.line()).filter(|line| *line > 0), ..place.clone() };
        let hint = "a case is {\"event\": …, \"outcome\": {\"decision\": \"accept\"}}";
        vec![Problem::error(place, format!("this is no case: {}", safe(&error.to_string()))).hint(hint)]
    })?;
    let reader = Reader::new(&file, "case", HostLimits::default().data_bytes);
    let mut events = reader.read(written.event.get());
    match (events.pop(), events.is_empty()) {
        (Some(event), true) => Ok(Case {
            name: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
            place,
            event: event?,
            expected: written.outcome,
            fuel_max: written.fuel_max,
        }),
        _ => Err(vec![Problem::error(place, "a case has one event")]),
    }
}
