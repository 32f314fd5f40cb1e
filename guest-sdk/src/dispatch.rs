//! What the macros' expansions call; not for authors.

use serde::de::DeserializeOwned;

use crate::bindings::tenterhook::hook::types;
use crate::event::{Event, value};
use crate::verdict::IntoAnswer;

pub use crate::bindings::exports::tenterhook::hook::handler::Guest;
pub use crate::bindings::tenterhook::hook::types::{Event as WireEvent, Verdict as WireVerdict};

/// Reads the data, runs the handler, says what it answered.
pub fn answer<T, A>(event: types::Event, handler: fn(Event<T>) -> A) -> Result<types::Verdict, String>
where
    T: DeserializeOwned,
    A: IntoAnswer,
{
    let event = Event::read(event).map_err(|error| error.message().to_owned())?;
    handler(event).into_answer()
}

/// Whether a handler takes this event: one of its events, and of every facet it names one of the values.
pub fn takes(event: &types::Event, events: &[&str], facets: &[(&str, &[&str])]) -> bool {
    events.iter().any(|pattern| is_named(&event.name, pattern))
        && facets.iter().all(|(facet, values)| *values == ["ANY"] || has(event, facet, values))
}

/// What a hook of several handlers fails with when the operator gave it an event that none of them takes.
pub fn untaken(event: &types::Event) -> Result<types::Verdict, String> {
    Err(format!("no handler of this hook takes {} with {:?}", event.name, event.facets))
}

fn is_named(name: &str, pattern: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(area) => name.starts_with(area),
        None => name == pattern,
    }
}

/// An event's table counts as its resource where it names none.
fn has(event: &types::Event, facet: &str, values: &[&str]) -> bool {
    let fallback = if facet == "resource" { value(&event.facets, "table") } else { None };
    value(&event.facets, facet).or(fallback).is_some_and(|value| values.contains(&value))
}
