//! Billing's events: names, old names, empty data.

use super::{on, ran, runs};
use tenterhook::Event;
use tenterhook::catalogue::Catalogue;
use tenterhook::envelope::{self, Reader};
use tenterhook_tests::{Given, World};

const EMPTY: [&str; 5] = [
    "clients.accounts.delete",
    "clients.archive",
    "clients.balance_notzero",
    "clients.balance_zero",
    "clients.delete",
];

async fn recorder() -> World {
    let toml = "type = 'billing'\npriority = 1\n[[on]]\nevent = 'billing.*'";
    let given = Given::new().hook("a", "record", toml);
    given.start().await.without_problems()
}

#[tokio::test]
async fn data_that_is_empty_is_an_empty_object() {
    // R35, R40; F17: these events never have any
    let world = recorder().await;
    for id in EMPTY {
        let head =
            format!(r#""event":{{"dt":"2000-01-01T00:00:00+00:00","events_id":"{id}","object_id":12}}"#);
        let whole = format!(r#"{{{head},"data":{{}}}}"#);
        for text in [whole.clone(), format!("{{{head}}}")] {
            let event = Reader::new("test", "jerasoft", 1000).read(&text).remove(0);
            let event = event.expect("it is an event");
            assert_eq!(envelope::to_jerasoft(&event), whole);
            let answer = world.tell("").event(event).await;
            answer.trail(&["a accept"]).data_is("{}");
            let record = world.log_of("a").pop().expect("it logged");
            assert!(record.contains(r#""data":"{}""#), "{record}");
            assert!(record.contains(&format!(r#""name":"billing.{id}""#)), "{record}");
        }
    }
}

#[tokio::test]
async fn archiving_and_deleting_are_two_events() {
    // R37, R43
    let world = recorder().await;
    for name in ["billing.clients.archive", "billing.clients.delete"] {
        world.tell(name).subject("12").await.trail(&["a accept"]);
    }
    let log = world.log_of("a");
    let names: Vec<_> = log.iter().map(|line| line.contains(r#""name":"billing.clients.archive""#)).collect();
    assert_eq!(names, [true, false]);
    assert!(log[1].contains(r#""name":"billing.clients.delete""#), "{log:?}");
}

#[tokio::test]
async fn old_names_are_taken_for_the_new_with_a_warning() {
    // R49, R50; F18: the names that the documents misspell or had before
    let names = [
        ("billing.clients.alance_notzero", "billing.clients.balance_notzero"),
        ("billing.clients.custom_fields_update", "billing.clients.custom_fields.update"),
    ];
    let ons = names.map(|(old, _)| on(old, &[])).concat();
    let toml = format!("type = 'billing'\npriority = 1\n{ons}");
    let world = Given::new().hook("a", "record", &toml).start().await;
    let called = names.map(|(old, new)| format!("warning: {old:?} is called {new:?}"));
    let lines = [4, 6];
    let expected: Vec<_> =
        lines.iter().zip(&called).map(|(line, text)| format!("a.toml:{line}: {text}")).collect();
    assert_eq!(world.problems(), expected);
    for ((old, new), warning) in names.iter().zip(&called) {
        for name in [old, new] {
            let answer = world.tell(name).await;
            answer.trail(&["a accept"]);
            assert_eq!(answer.outcome.event, **new);
            let warnings = answer.outcome.warnings.iter().map(ToString::to_string);
            let expected: &[String] = if name == old { std::slice::from_ref(warning) } else { &[] };
            assert_eq!(warnings.collect::<Vec<_>>(), expected);
            let record = world.log_of("a").pop().expect("it logged");
            assert!(record.contains(&format!("\"name\":\"{new}\"")), "{record}");
        }
    }
}

#[tokio::test]
async fn a_before_event_is_another_than_its_event() {
    // R44–R63, R86
    let before = "type = 'billing'\npriority = 1\n[[on]]\nevent = 'billing.before.clients.create'";
    let after = "type = 'billing'\npriority = 1\n[[on]]\nevent = 'billing.clients.create'";
    let given = Given::new().hook("before", "accept", before).hook("after", "accept", after);
    let world = given.start().await.without_problems();
    let event = |name: &str| [Event::new(name, "tests")];
    let asked = runs(&world, event("billing.before.clients.create")).await;
    assert_eq!(asked, [("before".to_owned(), 1)]);
    let told = runs(&world, event("billing.clients.create")).await;
    assert_eq!(told, [("after".to_owned(), 1)]);
}

#[tokio::test]
async fn a_fact_can_be_amended_before_it_is_announced_but_not_refused() {
    // R48, R86
    let toml = "type = 'billing'\npriority = 1\non_failure = 'accept'\n[[on]]\nevent = 'billing.*'";
    let world = Given::new().hook("a", "veto", toml).start().await.without_problems();
    let answer = world.ask("billing.before.clients.delete").await;
    answer.vetoed_by("a", "no");
    let answer = world.ask("billing.before.clients.balance_zero").await;
    answer.trail(&["a failed:power"]).says("a", "no hook may veto");
    let none = world.ask("billing.before.importd.process_failed").data("{\"a\":1}").await;
    assert!(none.data_is("{\"a\":1}").outcome.failed());
    assert_eq!(ran(&recorder().await.ask("billing.before.clients.balance_zero").await), ["a"]);
}

#[test]
fn balance_events_are_about_crossing_zero_in_the_words_of_the_seeds() {
    // R85
    let catalogue = Catalogue::built_in();
    for (id, words) in [
        ("balance_zero", "balance of a client became <=0"),
        ("balance_notzero", "balance of a client became >=0"),
    ] {
        for name in [format!("billing.clients.{id}"), format!("billing.before.clients.{id}")] {
            let summary = &catalogue.get(&name).expect("it exists").summary;
            assert!(summary.contains(words) && summary.contains("cross"), "{name}: {summary}");
        }
    }
}
