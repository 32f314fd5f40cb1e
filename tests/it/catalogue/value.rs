//! Every legal value of every facet: it matches a hook that is filtered on it, and no hook that is filtered on others.
//!
//! There are over two thousand values, so each has a number, and hook *n* of a facet is filtered on the values
//! whose number has the bit *n*: which hooks run spells the value, and would spell another for any other.

use super::{first_of, on, raise, ran};
use std::collections::BTreeMap;
use std::sync::Arc;
use tenterhook::Event;
use tenterhook::catalogue::{Catalogue, EventKind, Facet};
use tenterhook_tests::Given;

#[tokio::test]
async fn every_value_matches_the_hooks_filtered_on_it_and_on_any_and_no_others() {
    // R4, R5, R19–R27, R103–R106, R109, R110, R124
    let catalogue = Catalogue::built_in();
    let world = hooks(&catalogue).start().await.without_problems();
    let mut given = Vec::new();
    let kinds: Vec<_> = catalogue.kinds().map(Arc::clone).collect();
    for kind in &kinds {
        for event in each_value(kind) {
            let expected = spelled(kind, &event);
            given.push(in_order(kind, &event));
            let answer = raise(&world, kind, event).await;
            assert_eq!(ran(&answer), expected, "{:#?}", answer.outcome.event);
        }
    }
    assert_eq!(given.len(), 2257, "1067 options of cloud, 51 API and 10 engine values per event");
    let log = world.log();
    let seen = log.iter().map(|line| facets_of(&line.message)).filter(|facets| facets != "[]");
    assert_eq!(seen.collect::<Vec<_>>(), given);
}

/// The facets of an event as JSON, in the catalogue's order (R124).
fn in_order(kind: &EventKind, event: &Event) -> String {
    let facets = kind.facets.iter().map(|facet| [&facet.name, &event.facets[&facet.name]]);
    serde_json::json!(facets.collect::<Vec<_>>()).to_string()
}

/// The facets in a record that a guest was given.
fn facets_of(record: &str) -> String {
    let record: serde_json::Value = serde_json::from_str(record).expect("it is JSON");
    record["facets"].to_string()
}

/// One event for each value of each facet, the other facets at their first value.
fn each_value(kind: &EventKind) -> impl Iterator<Item = Event> {
    kind.facets.iter().flat_map(move |facet| {
        let values = facet.values.iter();
        values.map(move |value| first_of(kind).facet(&facet.name, value))
    })
}

fn numbered(facet: &Facet) -> impl Iterator<Item = (usize, &String)> {
    (1..).zip(&facet.values)
}

fn bits(number: usize) -> impl Iterator<Item = u32> {
    (0..usize::BITS).filter(move |bit| number >> bit & 1 == 1)
}

fn id(kind: &EventKind, facet: &str, bit: u32) -> String {
    format!("{}-{facet}-{bit}", kind.area.replace('.', "-"))
}

/// The hooks that an event must run, in the order of their ids.
fn spelled(kind: &EventKind, event: &Event) -> Vec<String> {
    let mut ids = vec![id(kind, "all", 0), id(kind, "any", 0)];
    for facet in &kind.facets {
        let mut known = numbered(facet);
        let number = known.find(|(_, value)| event.facets.get(&facet.name) == Some(value));
        let (number, _) = number.expect("it has a legal value");
        ids.extend(bits(number).map(|bit| id(kind, &facet.name, bit)));
    }
    ids.sort();
    ids
}

/// The hooks: per bit of each facet, one of ANY, and one that names no facet at all.
fn hooks(catalogue: &Catalogue) -> Given {
    let mut tomls = BTreeMap::<String, String>::new();
    for kind in catalogue.kinds().filter(|kind| !kind.facets.is_empty()) {
        let mut add = |id: String, facets: &[(&str, &[&str])]| {
            let head = || format!("type = {:?}\npriority = 1\nisolation = \"warm\"\n", kind.area);
            *tomls.entry(id).or_insert_with(head) += &on(&kind.name, facets);
        };
        let any: Vec<(&str, &[&str])> = kind.facets.iter().map(|f| (&*f.name, &["ANY"][..])).collect();
        add(id(kind, "any", 0), &any);
        add(id(kind, "all", 0), &[]);
        for facet in &kind.facets {
            for bit in 0..bit_count(facet) {
                let with = numbered(facet).filter(|(number, _)| bits(*number).any(|b| b == bit));
                let with: Vec<&str> = with.map(|(_, value)| value.as_str()).collect();
                add(id(kind, &facet.name, bit), &[(&facet.name, &with)]);
            }
        }
    }
    let given = |given: Given, (id, toml): (&String, &String)| {
        let guest = if id.ends_with("-all-0") { "record" } else { "accept" };
        given.hook(id, guest, toml)
    };
    tomls.iter().fold(Given::new(), given)
}

fn bit_count(facet: &Facet) -> u32 {
    usize::BITS - facet.values.len().leading_zeros()
}
