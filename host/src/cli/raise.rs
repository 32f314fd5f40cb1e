//! The events to fire: from a file, from standard input, or put together from options.

use crate::data::Data;
use crate::envelope::{Parsed, Reader};
use crate::event::Event;
use crate::limits::HostLimits;
use crate::problem::{Place, Problem};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Options that say which events there are.
#[derive(clap::Args)]
#[group(skip)]
#[command(group = clap::ArgGroup::new("events").args(["file", "event"]).required(true))]
pub(crate) struct Raise {
    /// File with events, `-` for standard input: CloudEvents or JeraSoft envelopes; one, a JSON
    /// array, or one a line
    file: Option<PathBuf>,

    /// Fire one event of this name, as `tenterhook events` lists them
    #[arg(long, value_name = "NAME", help_heading = "One event")]
    event: Option<String>,

    /// A facet of it, such as option=SERVER; may be repeated
    #[arg(long = "facet", value_name = "NAME=VALUE", value_parser = pair)]
    #[arg(conflicts_with = "file", help_heading = "One event")]
    facets: Vec<(String, String)>,

    /// The object it happens to
    #[arg(long, conflicts_with = "file", help_heading = "One event")]
    subject: Option<String>,

    /// What it carries: JSON, or @FILE with JSON, @- from standard input [default: {}]
    #[arg(
        long,
        value_name = "JSON|@FILE",
        conflicts_with = "file",
        allow_hyphen_values = true,
        help_heading = "One event"
    )]
    data: Option<String>,

    /// Another attribute of it, such as tenant=t1; may be repeated
    #[arg(long = "attribute", value_name = "NAME=VALUE", value_parser = pair)]
    #[arg(conflicts_with = "file", help_heading = "One event")]
    attributes: Vec<(String, String)>,

    /// Its id [default: a new UUID]
    #[arg(long, conflicts_with = "file", help_heading = "One event")]
    id: Option<String>,

    /// When it happens, in RFC 3339 [default: now]
    #[arg(long, conflicts_with = "file", help_heading = "One event")]
    time: Option<String>,

    /// Who raises it; of a file's events, those whose envelope does not say so (JeraSoft's)
    #[arg(long, default_value = "cli")]
    source: String,
}

/// One event, or what is wrong with it, and where it stands.
pub(crate) struct Raised {
    pub(crate) place: Place,
    pub(crate) event: Parsed,
}

/// All events in their order.
pub(crate) struct Batch {
    pub(crate) events: Vec<Raised>,
    /// Whether they came in one JSON array.
    pub(crate) is_array: bool,
}

impl Raise {
    /// The name of the one event that is put together.
    pub(crate) fn name(&self) -> Option<String> {
        self.event.clone()
    }

    pub(crate) fn batch(&self) -> Batch {
        match (&self.file, &self.event) {
            (Some(file), _) => read(file, &self.source),
            (None, name) => {
                let event = self.put_together(name.as_deref().unwrap_or_default());
                Batch { events: vec![Raised { place: Place::default(), event }], is_array: false }
            }
        }
    }

    fn put_together(&self, name: &str) -> Parsed {
        let mut problems = Vec::new();
        let mut event = Event::new(name, &self.source);
        event.facets = unique("facet", &self.facets, &mut problems);
        event.attributes = unique("attribute", &self.attributes, &mut problems);
        event.subject.clone_from(&self.subject);
        event.id = self.id.clone().unwrap_or(event.id);
        event.time = self.time.clone().unwrap_or(event.time);
        match self.data.as_deref().map(data).transpose() {
            Ok(data) => event.data = data.unwrap_or(event.data),
            Err(problem) => problems.push(problem),
        }
        if problems.is_empty() { Ok(event) } else { Err(problems) }
    }
}

/// Reads every event of a file, `-` for standard input.
pub(crate) fn read(file: &Path, source: &str) -> Batch {
    let (name, text) = text(file);
    let text = match text {
        Ok(text) => text,
        Err(problem) => {
            let place = problem.place.clone();
            return Batch { events: vec![Raised { place, event: Err(vec![problem]) }], is_array: false };
        }
    };
    let events = Reader::new(&name, source, HostLimits::default().data_bytes).read(&text);
    let is_one = events.len() == 1;
    let place = |n| Place::file(if is_one { name.clone() } else { format!("{name}, event {n}") });
    let events = (1..).zip(events).map(|(n, event)| Raised { place: place(n), event }).collect();
    Batch { events, is_array: text.trim_start_matches('\u{feff}').trim_start().starts_with('[') }
}

/// A file's text, and how the file is called in problems.
fn text(file: &Path) -> (String, Result<String, Problem>) {
    let is_stdin = file.as_os_str() == "-";
    let name = if is_stdin { "standard input".into() } else { file.display().to_string() };
    let mut bytes = Vec::new();
    let read = if is_stdin {
        std::io::stdin().read_to_end(&mut bytes).map(drop)
    } else {
        std::fs::read(file).map(|read| bytes = read)
    };
    let text = match read {
        Err(error) => Err(format!("cannot be read: {error}")),
        Ok(()) => String::from_utf8(bytes).map_err(|error| format!("is not UTF-8: {}", error.utf8_error())),
    };
    let text = match text {
        Ok(text) if text.trim().is_empty() => Err("is empty".into()),
        text => text,
    };
    let text = text.map_err(|message| Problem::error(Place::file(&name), message));
    (name, text)
}

fn data(written: &str) -> Result<Data, Problem> {
    let (place, text) = match written.strip_prefix('@') {
        Some(file) => {
            let (name, text) = text(Path::new(file));
            (Place::file(name), text?)
        }
        None => (Place::file("--data"), written.to_owned()),
    };
    let data = Data::parse(&text, HostLimits::default().data_bytes);
    data.map_err(|error| Problem::error(place, error.to_string()))
}

fn unique(what: &str, pairs: &[(String, String)], problems: &mut Vec<Problem>) -> BTreeMap<String, String> {
    let mut map = BTreeMap::new();
    for (name, value) in pairs {
        if map.insert(name.clone(), value.clone()).is_some() {
            let message = format!("the {what} {name:?} is given twice");
            problems.push(Problem::error(Place::default(), message).hint("an event has one value of each"));
        }
    }
    map
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write it as NAME=VALUE".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_split_at_the_first_equals_sign() {
        let owned = |name: &str, value: &str| Ok((name.to_owned(), value.to_owned()));
        assert_eq!(pair("option=SERVER"), owned("option", "SERVER"));
        assert_eq!(pair("note=a=b"), owned("note", "a=b"));
        assert_eq!(pair("note="), owned("note", ""));
        assert!(pair("option").is_err() && pair("=SERVER").is_err());
    }

    #[test]
    fn a_facet_given_twice_is_refused() {
        let mut problems = Vec::new();
        let pairs = ["A", "B"].map(|value| ("option".to_owned(), value.to_owned()));
        unique("facet", &pairs, &mut problems);
        assert_eq!(problems.len(), 1);
    }

    #[test]
    fn data_that_is_no_json_says_where_it_stood() {
        let place = |written| data(written).map_err(|problem| problem.place);
        assert_eq!(place("{\"a\":1.10}").as_ref().map(Data::as_str), Ok("{\"a\":1.10}"));
        assert_eq!(place("{"), Err(Place::file("--data")));
        assert_eq!(place("@no-such-file"), Err(Place::file("no-such-file")));
    }
}
