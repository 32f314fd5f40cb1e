//! Catalogue files, right and wrong.

use super::*;

#[test]
fn an_operator_adds_an_area_by_file() {
    // R64
    let mut catalogue = Catalogue::built_in();
    let text = "[[area]]\nname = 'shop'\n[[enum]]\nname = 'shop.Channel'\nvalues = ['WEB', 'TILL']\n\
                [[event]]\nname = 'shop.pre_order'\nmode = 'ask'\npowers = ['veto']\nfacets = { channel = ['shop.Channel'] }";
    assert_eq!(catalogue.add("shop.toml", text), []);
    let kind = catalogue.get("shop.pre_order").unwrap();
    assert_eq!((kind.area.as_str(), kind.native.as_str()), ("shop", "shop.pre_order"));
    assert!(kind.facet("channel").unwrap().knows("TILL"));
}

#[test]
fn every_mistake_is_reported_with_its_line() {
    let mut catalogue = Catalogue::built_in();
    let text = "colour = 1\n[[area]]\nname = 'cloud'\n[[event]]\nname = 'shop.x'\nmode = 'ask'\n\
                [[event]]\nname = 'cloud.new'\nmode = 'asks'\npowers = ['vet']\nfacets = { type = ['cloud.JobStatuss'] }\n\
                [[event]]\nname = 'cloud.pre_create'\nmode = 'tell'\npowers = ['veto']\n";
    let problems: Vec<String> = catalogue.add("x.toml", text).iter().map(ToString::to_string).collect();
    assert_eq!(
        problems,
        [
            "x.toml:1: unknown key \"colour\", a catalogue has [[area]], [[enum]] and [[event]]",
            "x.toml:2: the area \"cloud\" exists already",
            "x.toml:4: \"shop.x\" is of no known area, add an [[area]] that its name begins with",
            "x.toml:7: unknown mode \"asks\", write \"ask\" or \"tell\"",
            "x.toml:10: unknown power \"vet\", write \"veto\" or \"amend\"",
            "x.toml:11: \"type\" is no name for a facet, use 1 to 20 of a-z and 0-9, and no attribute that every event has",
            "x.toml:11: unknown enum \"cloud.JobStatuss\", did you mean \"cloud.JobStatus\"?",
            "x.toml:12: \"cloud.pre_create\" is told, so hooks have no powers over it",
            "x.toml:12: the event \"cloud.pre_create\" exists already",
        ]
    );
}
