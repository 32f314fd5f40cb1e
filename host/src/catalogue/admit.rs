//! Checks a raised event against the catalogue: the one gate between a door and the hooks.

use super::{Catalogue, EventKind, Facet};
use crate::cause::Cause;
use crate::event::Event;
use crate::filter::Filter;
use crate::limits::KIB;
use crate::problem::{Place, Problem};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Bytes of everything about an event but its data.
const CONTEXT_BYTES_MAX: usize = 64 * KIB;

/// An event that the catalogue admitted: nobody needs to check it again.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Admitted<'c> {
    /// The event under its catalogue name, with every facet it has.
    pub event: Box<Event>,
    /// Its kind.
    pub kind: &'c EventKind,
    /// What was taken with a doubt: an old name, a value that an open enum does not list.
    pub warnings: Vec<Problem>,
    /// The one hook that it is for, whoever else listens.
    pub(crate) only: Option<Arc<str>>,
    /// What caused it, once that was verified.
    pub(crate) cause: Option<Box<Cause>>,
}

impl Admitted<'_> {
    /// Every facet it has, in the catalogue's order.
    pub fn facets(&self) -> impl Iterator<Item = (&str, &str)> {
        let given = |facet: &Facet| self.event.facets.get_key_value(&facet.name);
        self.kind.facets.iter().filter_map(given).map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl Catalogue {
    /// Admits an event whose data has at most `data_bytes_max` bytes, or says everything that is
    /// wrong with it.
    pub fn admit(&self, event: Event, data_bytes_max: usize) -> Result<Admitted<'_>, Vec<Problem>> {
        // In a box, since it goes through many hands from here on.
        let mut event = Box::new(event);
        let Some(kind) = self.get(&event.name) else {
            return Err(vec![self.unknown(&event.name)]);
        };
        let mut problems = Vec::new();
        let mut admission = Admission { kind, problems: &mut problems };
        admission.name(&mut event);
        admission.context(&event, data_bytes_max);
        admission.undeclared(&event);
        admission.facets(&mut event);
        let (errors, warnings) = problems.into_iter().partition::<Vec<_>, _>(Problem::is_error);
        if errors.is_empty() {
            Ok(Admitted { event, kind, warnings, only: None, cause: None })
        } else {
            Err(errors)
        }
    }
}

struct Admission<'a> {
    kind: &'a EventKind,
    problems: &'a mut Vec<Problem>,
}

impl Admission<'_> {
    fn error(&mut self, message: String) {
        self.problems.push(Problem::error(Place::default(), message));
    }

    fn name(&mut self, event: &mut Event) {
        if event.name != self.kind.name {
            let message = format!("{:?} is called {:?}", event.name, self.kind.name);
            self.problems.push(Problem::warning(Place::default(), message));
            event.name.clone_from(&self.kind.name);
        }
    }

    fn context(&mut self, event: &Event, data_bytes_max: usize) {
        for (what, value) in [("id", &event.id), ("source", &event.source)] {
            if value.is_empty() {
                self.error(format!("the {what} is empty"));
            }
        }
        if event.time.parse::<jiff::Timestamp>().is_err() {
            let problem = Problem::error(Place::default(), format!("{:?} is no time", event.time));
            self.problems.push(problem.hint("write it as in 2026-01-31T12:00:00Z (RFC 3339)"));
        }
        for name in event.attributes.keys() {
            if !is_attribute_name(name) {
                self.error(format!("{name:?} is no name for an attribute: use a-z and 0-9"));
            }
        }
        let (data, context) = (event.data.as_str().len(), context_bytes(event));
        if data > data_bytes_max {
            self.error(format!("the data has {data} bytes, at most {data_bytes_max} are allowed"));
        }
        if context > CONTEXT_BYTES_MAX {
            self.error(format!("id, source, subject, facets and attributes have {context} bytes, at most {CONTEXT_BYTES_MAX} are allowed"));
        }
    }

    fn undeclared(&mut self, event: &Event) {
        for name in event.facets.keys().filter(|name| self.kind.facet(name).is_none()) {
            let known: Vec<&str> = self.kind.facets.iter().map(|facet| facet.name.as_str()).collect();
            let has = if known.is_empty() { "none".into() } else { known.join(", ") };
            let message = format!("{} has no facet {name:?}; it has: {has}", self.kind.name);
            let problem = Problem::error(Place::default(), message).did_you_mean(name, known);
            self.problems.push(problem);
        }
    }

    /// Fills the event's facets and checks them.
    fn facets(&mut self, event: &mut Event) {
        let Event { facets, attributes, .. } = event;
        for facet in &self.kind.facets {
            if let Some(value) = attributes.remove(&facet.name) {
                facets.entry(facet.name.clone()).or_insert(value);
            }
        }
        count_table_as_resource(self.kind, facets);
        for facet in &self.kind.facets {
            match facets.get(&facet.name) {
                None if facet.is_optionless() => {
                    facets.insert(facet.name.clone(), Filter::ANY.to_owned());
                }
                given => self.facet(facet, given.map(String::as_str)),
            }
        }
    }

    fn facet(&mut self, facet: &Facet, given: Option<&str>) {
        let name = &facet.name;
        let event = &self.kind.name;
        match given {
            None if facet.optional => {}
            None => {
                let first = facet.values.first().map_or("", String::as_str);
                let problem = Problem::error(Place::default(), format!("{event} needs the facet {name:?}"));
                self.problems.push(problem.hint(format!("such as {name}={first}")));
            }
            Some(value) if facet.knows(value) => {}
            Some(Filter::ANY) if facet.is_optionless() => {}
            Some(Filter::ANY) => {
                self.error(format!("{event} happens with one {name}, so \"ANY\" is none"));
            }
            Some(value) => self.problems.push(no_value(facet, event, value)),
        }
    }
}

/// A facet's value that its enum does not list: a warning where the enum is open (R7).
pub(crate) fn no_value(facet: &Facet, event: &str, value: &str) -> Problem {
    let message = format!("{value:?} is no {} of {event}", facet.name);
    let known = facet.values.iter().map(String::as_str);
    if facet.open {
        return Problem::warning(Place::default(), format!("{message} that the catalogue lists"))
            .did_you_mean(value, known);
    }
    let problem = Problem::error(Place::default(), message).did_you_mean(value, known);
    match (&problem.hint, facet.values.as_slice()) {
        (Some(_), _) => problem,
        (None, []) => problem.hint("it only ever has \"ANY\""),
        (None, values) if values.len() <= 40 => problem.hint(format!("it is one of {}", values.join(", "))),
        (None, values) => {
            problem.hint(format!("`tenterhook events {event}` lists its {} values", values.len()))
        }
    }
}

/// Every table is a resource too, so an event that names only its table has that resource (R104).
fn count_table_as_resource(kind: &EventKind, given: &mut BTreeMap<String, String>) {
    if kind.facet("resource").is_some()
        && !given.contains_key("resource")
        && let Some(table) = given.get("table").cloned()
    {
        given.insert("resource".into(), table);
    }
}

fn is_attribute_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

fn context_bytes(event: &Event) -> usize {
    let pairs = event.facets.iter().chain(&event.attributes);
    let pairs: usize = pairs.map(|(name, value)| name.len() + value.len()).sum();
    let subject = event.subject.as_ref().map_or(0, String::len);
    pairs + subject + event.id.len() + event.source.len() + event.time.len()
}

#[cfg(test)]
mod tests;
