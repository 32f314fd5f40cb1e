//! Every event once, through a guest that hands back the record it was given.

use super::{on, raise, ran};
use serde_json::json;
use std::sync::Arc;
use tenterhook::Event;
use tenterhook::catalogue::{Catalogue, EventKind};
use tenterhook::data::Data;
use tenterhook::event::Mode;
use tenterhook_tests::{Given, World};

/// Numbers, order and escapes that a re-written JSON text would lose.
const DATA: &str = r#"{ "z": 1.0, "a": [1E5, 12345678901234567890.10, "\u00fc ü\n"], "": null }"#;

#[tokio::test]
async fn every_event_reaches_its_own_hook_as_it_was_raised_and_no_other_hook() {
    // R1, R2, R10–R27, R44–R63, R101, R108, R113, R123, R124; the neighbours of each event are all others
    let catalogue = Catalogue::built_in();
    let world = one_hook_for_each(&catalogue).start().await.without_problems();
    let mut lines = initialised(&world, &catalogue);
    let kinds: Vec<_> = catalogue.kinds().map(Arc::clone).collect();
    for kind in &kinds {
        let event = full(kind);
        let expected = record(kind, &event);
        let answer = raise(&world, kind, event).await;
        assert_eq!(ran(&answer), [id(kind)]);
        lines += 1;
        let log = world.log();
        assert_eq!(log.len(), lines, "exactly one hook ran for {}", kind.name);
        let last = &log[lines - 1];
        assert_eq!((&*last.hook, &last.message), (&*id(kind), &expected));
        match kind.mode {
            Mode::Ask => answer.data_is(expected),
            Mode::Tell => answer.data_is(DATA),
        };
    }
    assert_eq!(kinds.len(), 106);
}

fn one_hook_for_each(catalogue: &Catalogue) -> Given {
    catalogue.kinds().fold(Given::new(), |given, kind| {
        let toml = format!("type = {:?}\npriority = 1\n{}", kind.area, on(&kind.name, &[]));
        given.hook(&id(kind), "record", &toml)
    })
}

fn id(kind: &EventKind) -> String {
    kind.name.replace('.', "-")
}

/// The hooks of the initial events have run when the host has started, and no others (R114).
fn initialised(world: &World, catalogue: &Catalogue) -> usize {
    let initial = catalogue.kinds().filter(|kind| kind.initial);
    let initial: Vec<String> = initial.map(|kind| id(kind)).collect();
    let started: Vec<String> = world.log().iter().map(|line| line.hook.to_string()).collect();
    assert_eq!(started, initial);
    assert_eq!(started.len(), 2);
    started.len()
}

/// An event with everything that an event can have; the facets' values differ from each other.
fn full(kind: &EventKind) -> Event {
    let event = Event::new(&kind.name, "/tests/catalogue")
        .id(format!("id of {}", kind.name))
        .time("2022-01-24T15:44:47.216756+00:00")
        .subject("77798")
        .attribute("tenant", "t1")
        .attribute("objectid", "\"77798\"")
        .with_data(Data::parse(DATA, 1000).expect("it is JSON"));
    let mut place = 0;
    kind.facets.iter().fold(event, |event, facet| {
        place += 1;
        match facet.values.get(place) {
            Some(value) => event.facet(&facet.name, value),
            None => event,
        }
    })
}

/// What the guest must have seen of it: facets in the catalogue's order, attributes sorted.
fn record(kind: &EventKind, event: &Event) -> String {
    let facet = |name: &String| event.facets.get(name).map_or("ANY", String::as_str);
    let facets: Vec<_> = kind.facets.iter().map(|known| json!([known.name, facet(&known.name)])).collect();
    let mode = match kind.mode {
        Mode::Ask => "Mode::Ask",
        Mode::Tell => "Mode::Tell",
    };
    json!({
        "id": event.id, "name": kind.name, "mode": mode, "time": "2022-01-24T15:44:47.216756+00:00",
        "source": "/tests/catalogue", "subject": "77798", "facets": facets, "attempt": 1, "data": DATA,
        "attributes": [["objectid", "\"77798\""], ["tenant", "t1"]],
    })
    .to_string()
}
