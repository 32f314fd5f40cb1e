//! `events`: which events exist, and every value that hooks may filter on (R8).

use super::tenterhook;
use serde_json::Value;
use tenterhook_tests::{Ended, Given};

fn events(args: &[&str]) -> Ended {
    tenterhook(["events"]).args(args).ends()
}

fn all() -> Vec<Value> {
    let listed = events(&["--json"]);
    listed.exits(0).complains("").json().as_array().unwrap().clone()
}

fn text<'a>(json: &'a Value, key: &str) -> &'a str {
    json[key].as_str().unwrap()
}

#[test]
fn every_event_is_listed() {
    // R123: 85 events of the three systems, and one asked event before each of billing's 21.
    let all = all();
    assert_eq!(all.len(), 106);
    let of = |area: &str| all.iter().filter(|event| event["area"] == area).count();
    assert_eq!(["cloud", "billing", "charging.api", "charging.engine"].map(of), [27, 42, 20, 17]);
    let listed = events(&[]);
    let listed: Vec<&str> = listed.exits(0).complains("").out.lines().collect();
    let names = listed.iter().filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next());
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    let mut expected: Vec<&str> = all.iter().map(|event| text(event, "name")).collect();
    expected.sort_unstable();
    assert_eq!(names, expected);
    for heading in ["cloud  ", "billing  ", "charging.api  ", "charging.engine  "] {
        assert!(listed.iter().any(|line| line.starts_with(heading)), "{heading}");
    }
    assert!(listed[0].ends_with(" (42 events)"), "{}", listed[0]);
}

#[test]
fn a_line_says_mode_powers_and_facets() {
    let listed = events(&[]);
    let line = |name: &str| {
        let mut cells = listed.out.lines().map(|line| line.split("  ").filter(|cell| !cell.is_empty()));
        let found = cells.find_map(|mut line| (line.next() == Some(name)).then(|| line.collect::<Vec<_>>()));
        found.unwrap().iter().take(3).map(|cell| cell.trim().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(line("cloud.pre_create"), ["ask", "veto, amend", "option"]);
    assert_eq!(line("cloud.tax_calculation")[..2], ["ask", "amend"]);
    assert_eq!(line("billing.clients.create"), ["tell", "-", "-"]);
    assert_eq!(line("billing.before.clients.create"), ["ask", "veto, amend", "-"]);
    assert_eq!(line("charging.engine.pre_return_response"), ["ask", "amend", "action"]);
}

#[test]
fn every_event_is_described_with_every_legal_value() {
    // R5, R8
    for event in all() {
        let name = text(&event, "name");
        let described = events(&[name]);
        described.exits(0).complains("").shows(text(&event, "summary")).shows(text(&event, "native"));
        described.shows(&format!("tenterhook fire --event {name}"));
        let words: Vec<&str> = described.out.split("  ").map(str::trim).collect();
        for facet in event["facets"].as_array().unwrap() {
            described.shows(&format!("\n  facet {}", text(facet, "name")));
            for value in facet["values"].as_array().unwrap() {
                assert!(words.contains(&value.as_str().unwrap()), "{value}: {described}");
            }
        }
    }
}

#[test]
fn the_options_of_an_event_are_the_words_of_its_system() {
    // R6, R8, R124
    let states = events(&["cloud.pre_server_state_change"]);
    states.exits(0).shows("facet option  11 values\n    ANY  in a hook's filter: any of them\n");
    states.shows("BUILDING  RECOVERY  STARTING  REBOOTING  INSTALLING  RUNNING  STOPPED  ERROR  STOPPING");
    states.shows("MIGRATING  DELETING");
    events(&["cloud.post_job_state_change"]).exits(0).shows("facet option  7 values").shows("IN_PROGRESS");
    let payment = events(&["cloud.pre_payment"]);
    payment.exits(0).shows("\n  facet option\n    ANY  the only value: events are filled with it\n");
    let calls = events(&["cloud.pre_user_api_call"]);
    calls.exits(0).shows("open: other values are taken with a warning").shows("createServer");
    let document = events(&["charging.api.pre_validate"]);
    document.exits(0).shows("facet table  13 values").shows("facet resource  33 values").shows("Lifecycle");
}

#[test]
fn the_example_of_an_event_can_be_fired_as_it_stands() {
    let given = Given::new();
    for name in [
        "cloud.pre_create",
        "cloud.pre_payment",
        "charging.engine.pre_return_response",
        "charging.api.pre_validate",
    ] {
        let described = events(&[name]);
        let example = described.out.lines().last().unwrap().trim().strip_prefix("tenterhook ").unwrap();
        let args = example.split('\'').enumerate().flat_map(|(n, part)| match n % 2 {
            0 => part.split(' ').map(str::to_owned).collect::<Vec<_>>(),
            _ => vec![format!("\u{0}{part}")],
        });
        let mut joined: Vec<String> = Vec::new();
        for arg in args {
            match arg.strip_prefix('\u{0}') {
                Some(quoted) => joined.last_mut().unwrap().push_str(quoted),
                None => joined.push(arg),
            }
        }
        joined.retain(|arg| !arg.is_empty());
        tenterhook([]).args(joined).hooks(&given).ends().exits(0).shows("no hook listens");
    }
}

#[test]
fn one_event_as_json_is_one_object() {
    let one = events(&["cloud.pre_create", "--json"]);
    let one = one.exits(0).json();
    let keys: Vec<&String> = one.as_object().unwrap().keys().collect();
    let expected =
        ["aliases", "area", "facets", "initial", "mode", "name", "native", "powers", "scheduled", "summary"];
    assert_eq!(keys, expected);
    assert_eq!(one["powers"], serde_json::json!({"veto": true, "amend": true}));
    assert_eq!((text(&one, "native"), text(&one, "mode")), ("PRE_CREATE", "ask"));
    let facet = &one["facets"][0];
    assert_eq!(
        (text(facet, "name"), &facet["open"], &facet["optional"]),
        ("option", &false.into(), &false.into())
    );
    assert_eq!(facet["values"].as_array().map(Vec::len), Some(54));
    assert_eq!(all().iter().find(|event| event["name"] == "cloud.pre_create"), Some(&one));
}

#[test]
fn an_area_lists_its_events_alone() {
    for (area, count) in [("cloud", 27), ("charging.api", 20), ("charging", 37), ("billing.*", 42)] {
        let listed = events(&[area, "--json"]);
        assert_eq!(listed.exits(0).json().as_array().map(Vec::len), Some(count), "{area}");
    }
    events(&["charging.engine"]).exits(0).shows("charging.engine.pre_return_response").hides("charging.api.");
}

#[test]
fn an_old_name_leads_to_its_event() {
    events(&["billing.clients.alance_notzero"]).exits(0).shows("billing.clients.balance_notzero  ");
}

#[test]
fn a_name_that_is_not_known_is_refused_with_the_one_that_is_meant() {
    let meant = |name: &str, hint: &str| {
        let ended = events(&[name]);
        ended.exits(2).prints("").complains(&format!("error: unknown event {name:?}, {hint}\n"));
    };
    meant("cloud.pre_creat", "did you mean \"cloud.pre_create\"?");
    meant("pre_create", "did you mean \"cloud.pre_create\"?");
    meant("Pre Return Response", "did you mean \"charging.engine.pre_return_response\"?");
    meant("clod", "did you mean \"cloud\"?");
    meant("zebra", "`tenterhook events` lists them");
}

const SHOP: &str = "\
[[area]]
name = \"shop\"
summary = \"A shop\"

[[enum]]
name = \"shop.Size\"
values = [\"SMALL\", \"LARGE\"]

[[event]]
name = \"shop.sold\"
native = \"SOLD\"
mode = \"tell\"
facets = { size = [\"shop.Size\"] }
summary = \"Something was sold\"
";

#[test]
fn an_operators_own_events_are_listed_too() {
    let given = Given::new().catalogue(SHOP);
    let list = |args: &[&str]| tenterhook(["events"]).args(args).hooks(&given).ends();
    list(&[]).exits(0).complains("").shows("shop  A shop (1 event)\n  shop.sold").shows("cloud.pre_create");
    assert_eq!(list(&["--json"]).json().as_array().map(Vec::len), Some(107));
    list(&["shop.sold"]).exits(0).shows("facet size  2 values").shows("SMALL  LARGE");
    list(&["shop.sld"]).exits(2).says("did you mean \"shop.sold\"?");
    let here = tenterhook(["events", "shop"]).file("hooks/catalogue/shop.toml", SHOP).ends();
    here.exits(0).shows("shop.sold");
    events(&["shop"]).exits(2);
}

#[test]
fn what_is_wrong_with_an_operators_catalogue_is_said_beside_the_events() {
    let given = Given::new().catalogue(&SHOP.replace("mode = \"tell\"", "mode = \"shout\""));
    let listed = tenterhook(["events"]).hooks(&given).ends();
    listed
        .says("hooks/catalogue/own.toml:")
        .says("error: unknown mode \"shout\", write \"ask\" or \"tell\"\n");
    listed.exits(0).shows("cloud.pre_create").hides("shop.sold");
}
