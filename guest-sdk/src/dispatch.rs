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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test::event;

    #[track_caller]
    fn check(taken: bool, name: &str, facets: &[(&str, &str)], on: &[&str], filter: &[(&str, &[&str])]) {
        let wire = facets.iter().fold(event(name), |event, (facet, value)| event.facet(facet, value)).0;
        assert_eq!(takes(&wire, on, filter), taken);
    }

    #[test]
    fn a_handler_takes_its_events_alone() {
        check(true, "cloud.pre_create", &[], &["cloud.pre_delete", "cloud.pre_create"], &[]);
        check(false, "cloud.pre_create", &[], &["cloud.pre_delete"], &[]);
        check(true, "cloud.pre_create", &[], &["cloud.*"], &[]);
        check(false, "clouds.pre_create", &[], &["cloud.*"], &[]);
    }

    #[test]
    fn facets_narrow_together() {
        let event = [("table", "Account"), ("action", "Insert")];
        let takes =
            |taken, filter| check(taken, "charging.api.pre_validate", &event, &["charging.api.*"], filter);
        takes(true, &[("action", &["Insert", "Update"])]);
        takes(true, &[("action", &["Insert"]), ("table", &["Account"])]);
        takes(false, &[("action", &["Insert"]), ("table", &["Voucher"])]);
        takes(true, &[("resource", &["Account"])]);
        takes(true, &[("option", &["ANY"])]);
        takes(false, &[("option", &["SERVER"])]);
    }
}
