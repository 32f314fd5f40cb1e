//! Which events there are, and that each of them reaches the hooks that listen to it and no others.

mod billing;
mod charging;
mod cloud;
mod every;
mod listing;
mod own;
mod refused;
mod value;

use tenterhook::Event;
use tenterhook::catalogue::{Catalogue, EventKind};
use tenterhook::event::Mode;
use tenterhook_tests::{Answer, World};

/// An event of a kind, each facet with its first value.
fn first_of(kind: &EventKind) -> Event {
    let event = Event::new(&kind.name, "tests");
    kind.facets.iter().fold(event, |event, facet| {
        let first = facet.values.first().map_or("ANY", String::as_str);
        event.facet(&facet.name, first)
    })
}

/// Raises an event as its kind has it.
async fn raise(world: &World, kind: &EventKind, event: Event) -> Answer {
    match kind.mode {
        Mode::Ask => world.ask(&kind.name).event(event).await,
        Mode::Tell => world.tell(&kind.name).event(event).await,
    }
}

/// The ids of the hooks that ran, all of them without a fault.
#[track_caller]
fn ran(answer: &Answer) -> Vec<String> {
    assert!(!answer.accepted().outcome.failed(), "{:#?}", answer.outcome);
    let lines = answer.outcome.trail.iter();
    lines.map(|line| line.hook.to_string()).collect()
}

/// A hook's `[[on]]`, for one event with a value of each facet.
fn on(event: &str, facets: &[(&str, &[&str])]) -> String {
    let facets = facets.iter().map(|(facet, values)| format!("{facet} = {values:?}\n"));
    format!("[[on]]\nevent = {event:?}\n{}", facets.collect::<String>())
}

/// Counts how often each hook runs over some events.
async fn runs(world: &World, events: impl IntoIterator<Item = Event>) -> Vec<(String, usize)> {
    let catalogue = Catalogue::built_in();
    let mut runs = std::collections::BTreeMap::new();
    for event in events {
        let kind = catalogue.get(&event.name).expect("the event is listed");
        let kind = std::sync::Arc::clone(kind);
        for hook in ran(&raise(world, &kind, event).await) {
            *runs.entry(hook).or_insert(0) += 1;
        }
    }
    runs.into_iter().collect()
}
