//! The catalogue as an author of hooks reads it, against lists that were made from the systems' own documents.

use std::collections::BTreeSet;
use tenterhook::catalogue::{Catalogue, EventKind};
use tenterhook::event::Mode;

const EVENTS: &str = include_str!("../../cases/events.txt");
const ENUMS: &str = include_str!("../../cases/enums.txt");

#[test]
fn every_event_of_the_three_systems_is_listed_with_its_mode_powers_and_facets() {
    // R1, R101, R108, R123, R124
    let catalogue = Catalogue::built_in();
    let listed: Vec<String> = catalogue.kinds().map(|kind| line(kind)).collect();
    let expected: Vec<&str> = EVENTS.lines().collect();
    assert_eq!(listed, expected);
}

/// `cloud.pre_create | PRE_CREATE | ask veto,amend | option=54`
fn line(kind: &EventKind) -> String {
    let powers = [(kind.powers.veto, "veto"), (kind.powers.amend, "amend")];
    let powers: Vec<&str> = powers.iter().filter(|(has, _)| *has).map(|p| p.1).collect();
    let facets = kind.facets.iter();
    let facets: Vec<String> = facets.map(|facet| format!("{}={}", facet.name, facet.values.len())).collect();
    let mode = format!("{} {}", kind.mode, powers.join(","));
    let line = [&kind.name, &kind.native, mode.trim_end(), &facets.join(" ")].join(" | ");
    line.trim_end_matches([' ', '|']).to_owned()
}

#[test]
fn each_area_has_the_number_of_events_of_its_documents() {
    // R5: 25 triggers and two found later; R76; R101; R108
    let catalogue = Catalogue::built_in();
    let areas: Vec<(&str, usize)> =
        catalogue.areas().map(|(area, _)| (area, catalogue.of_area(area).count())).collect();
    let expected = [("billing", 42), ("charging.api", 20), ("charging.engine", 17), ("cloud", 27)];
    assert_eq!(areas, expected);
}

#[test]
fn the_values_behind_every_option_can_be_listed() {
    // R8: ResourceType, ServerStatus, JobStatus, the four error enums, the API methods; R103–R105, R109
    let catalogue = Catalogue::built_in();
    let listed: Vec<String> = catalogue
        .enums()
        .map(|name| {
            let values = catalogue.values(name).unwrap_or_default();
            let ends = values.first().zip(values.last());
            let ends = ends.map_or(String::new(), |(first, last)| format!(" {first} .. {last}"));
            format!("{name} {}{ends}", values.len())
        })
        .collect();
    assert_eq!(listed, ENUMS.lines().collect::<Vec<_>>());
}

#[test]
fn no_value_stands_twice_and_none_is_the_wildcard() {
    // R5, R25: the values of several enums behind one option stay apart
    for kind in Catalogue::built_in().kinds() {
        for facet in &kind.facets {
            let distinct: BTreeSet<&String> = facet.values.iter().collect();
            assert_eq!(distinct.len(), facet.values.len(), "{}", kind.name);
            assert!(!facet.knows("ANY"), "{}", kind.name);
        }
    }
}

#[test]
fn every_billing_event_has_an_asked_event_before_it() {
    // R86: the Before events that JeraSoft took away
    let catalogue = Catalogue::built_in();
    let told = catalogue.of_area("billing").filter(|kind| kind.mode == Mode::Tell);
    let before: Vec<String> = told.map(|kind| kind.name.replacen("billing.", "billing.before.", 1)).collect();
    assert_eq!(before.len(), 21);
    for name in before {
        let kind = catalogue.get(&name).expect("it has one");
        assert!(kind.mode == Mode::Ask && kind.powers.amend, "{name}");
    }
}
