//! The demo's events: what is in the name of the file comes out, and exactly what stands in `cases/demo.txt`.

use super::{audited, plugins, read};
use std::fs;
use tenterhook::Outcome;
use tenterhook::envelope::Reader;
use tenterhook::event::Mode;
use tenterhook::outcome::TrailVerdict;
use tenterhook_tests::{Given, World};

async fn stock() -> World {
    let names = ["client-normaliser", "credit-floor", "purchase-guard", "response-redactor", "server-quota"];
    let given = names
        .iter()
        .fold(Given::new(), |given, name| given.plugin(name, &read(&format!("{name}/hook.toml"))));
    audited(given).start().await.without_problems()
}

fn files() -> Vec<String> {
    let folder = fs::read_dir(plugins().join("demo/events")).expect("the demo has events");
    let names = folder.flatten().filter_map(|file| file.file_name().into_string().ok());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

#[tokio::test]
async fn every_event_of_the_demo_ends_as_its_name_says() {
    let world = stock().await;
    let mut ends = String::new();
    for file in files() {
        let reader = Reader::new(&file, "demo", 1 << 18);
        let mut events = reader.read(&read(&format!("demo/events/{file}")));
        let event = events.remove(0).unwrap_or_else(|problems| panic!("{problems:?}"));
        assert!(events.is_empty(), "{file} holds one event");
        let outcome = world.host.fire(event).await.expect("the event is taken in");
        let end = end(&outcome);
        assert!(file.ends_with(&format!("-{end}.json")), "{file}: {end}: {outcome:#?}");
        ends += &format!("{}: {}\n", file.trim_end_matches(".json"), told(&outcome));
    }
    assert_eq!(ends, include_str!("../../cases/demo.txt"));
}

fn end(outcome: &Outcome) -> &'static str {
    match (outcome.mode, outcome.data()) {
        (Mode::Tell, _) => "told",
        (Mode::Ask, Err(_)) => "vetoed",
        (Mode::Ask, Ok(_)) if outcome.amended => "amended",
        (Mode::Ask, Ok(_)) => "accepted",
    }
}

/// The hooks that ran, and the refusal or the amended data.
fn told(outcome: &Outcome) -> String {
    assert!(!outcome.failed(), "{outcome:#?}");
    let ran = outcome.trail.iter().filter(|line| line.verdict != TrailVerdict::Skipped);
    let hooks: Vec<&str> = ran.map(|line| &*line.hook).collect();
    let hooks = hooks.join(" ");
    match outcome.data() {
        Err(veto) => format!("{hooks}; {veto}"),
        Ok(data) if outcome.amended => format!("{hooks}; {data}"),
        Ok(_) => hooks,
    }
}
