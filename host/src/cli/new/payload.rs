//! What events carry, as far as it is known: examples, from which cases and types are made.

use crate::catalogue::EventKind;
use serde::Deserialize;
use std::collections::BTreeMap;

/// An example of what some events carry.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Payload {
    /// What it is, as the name of a type.
    pub(super) name: String,
    events: Vec<String>,
    /// The facets of an event that carries it.
    facets: BTreeMap<String, String>,
    /// Whether a hook of it listens to events with these facets only.
    pub(super) narrow: bool,
    /// The object that the event happens to.
    pub(super) subject: Option<String>,
    /// Fields that may be missing.
    pub(super) optional: Vec<String>,
    pub(super) limit: Option<Limit>,
    /// JSON.
    pub(super) data: String,
}

/// A number that a hook can bound.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Limit {
    pub(super) field: String,
    pub(super) max: i64,
    /// More than that.
    pub(super) over: i64,
}

#[derive(Deserialize)]
struct Known {
    payload: Vec<Payload>,
}

impl Payload {
    /// All that are known.
    pub(super) fn known() -> Vec<Self> {
        let known: Known = toml::from_str(include_str!("../../../payloads.toml")).expect("a test reads them");
        known.payload
    }

    /// What an event carries, if that is known.
    pub(super) fn of(event: &str) -> Option<Self> {
        Self::known().into_iter().find(|payload| payload.events.iter().any(|name| name == event))
    }

    /// The facets of an example of an event: those of its payload, else a legal value of each.
    pub(super) fn facets(payload: Option<&Self>, kind: &EventKind) -> Vec<(String, String)> {
        let known = |name: &str| payload.and_then(|payload| payload.facets.get(name).cloned());
        let needed = kind.facets.iter().filter(|facet| !facet.optional || known(&facet.name).is_some());
        let value = |facet: &crate::catalogue::Facet| known(&facet.name).or(facet.values.first().cloned());
        needed.filter_map(|facet| Some((facet.name.clone(), value(facet)?))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;
    use crate::event::Event;

    #[test]
    fn every_example_is_an_event_of_the_catalogue() {
        let catalogue = Catalogue::built_in();
        for payload in Payload::known() {
            let data: serde_json::Map<String, serde_json::Value> =
                serde_json::from_str(&payload.data).expect(&payload.name);
            for field in &payload.optional {
                assert!(data.contains_key(field), "{}: {field}", payload.name);
            }
            if let Some(Limit { field, .. }) = &payload.limit {
                assert!(payload.optional.contains(field), "the template takes it for optional: {field}");
            }
            for name in &payload.events {
                let kind = catalogue.get(name).expect(name);
                let mut event = Event::new(name, "test").data(&data).expect("it is JSON");
                event.facets = Payload::facets(Some(&payload), kind).into_iter().collect();
                assert!(catalogue.admit(event, 1 << 20).is_ok(), "{name}");
            }
        }
    }
}
