//! An action stands between its pre event and exactly one post event (R102, R120, R121).

use std::sync::atomic::{AtomicUsize, Ordering};
use tenterhook::host::Finished;
use tenterhook::{Event, Host};
use tenterhook_tests::{Given, World};

fn create() -> Event {
    Event::new("cloud.pre_create", "tests").facet("option", "SERVER")
}

fn post(name: &str, data: &str) -> Event {
    let event = Event::new(name, "tests").facet("option", "SERVER");
    event.with_data(tenterhook::data::Data::parse(data, 1000).unwrap())
}

/// Runs an action that gives back the data it ran on, or fails with it.
async fn act(host: &Host, fails: bool, ran: &AtomicUsize) -> Finished<String, String> {
    let action = async |data: tenterhook::data::Data| {
        ran.fetch_add(1, Ordering::Relaxed);
        let data = data.to_string();
        if fails { Err(data) } else { Ok(data) }
    };
    let success = |data: &String| post("cloud.post_create", data);
    let failure = |data: &String| post("cloud.post_delete", data);
    host.around(create(), action).post(success, failure).await.unwrap()
}

/// The names and data of the events that the hook `a` saw, in their order.
fn seen(world: &World) -> Vec<(String, String)> {
    let words = |line: String| -> Vec<String> { line.split(' ').map(str::to_owned).collect() };
    let names = world.log_of("a").into_iter().map(words);
    names.map(|words| (words[2].clone(), words[words.len() - 1].clone())).collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, data)| (name.to_string(), data.to_string())).collect()
}

#[tokio::test]
async fn the_action_runs_on_the_amended_data_and_then_its_post_event_is_told() {
    // R102, R120
    let amend = "priority = 1\non = [{ event = 'cloud.pre_create' }]\n[properties]\npatch = '{\"cpu\":2}'";
    let given = Given::new().hook("a", "see", "").hook("b", "amend", amend);
    let (world, ran) = (given.start().await, AtomicUsize::new(0));
    for (fails, told) in [(false, "cloud.post_create"), (true, "cloud.post_delete")] {
        let Finished::Ran { result, post, .. } = act(&world.host, fails, &ran).await else {
            panic!("it was vetoed");
        };
        assert_eq!(result, if fails { Err(r#"{"cpu":2}"#.into()) } else { Ok(r#"{"cpu":2}"#.into()) });
        assert_eq!(post.unwrap().unwrap().event, told);
    }
    let expected = [
        ("cloud.pre_create", "{}"),
        ("cloud.post_create", r#"{"cpu":2}"#),
        ("cloud.pre_create", "{}"),
        ("cloud.post_delete", r#"{"cpu":2}"#),
    ];
    assert_eq!(seen(&world), pairs(&expected));
}

#[tokio::test]
async fn a_vetoed_action_does_not_run_and_has_no_post_event() {
    // R22, R121
    let veto = "priority = 1\non = [{ event = 'cloud.pre_create' }]";
    let given = Given::new().hook("a", "see", "").hook("b", "veto", veto);
    let (world, ran) = (given.start().await, AtomicUsize::new(0));
    let Finished::Vetoed { veto, .. } = act(&world.host, false, &ran).await else {
        panic!("it ran");
    };
    assert_eq!((&*veto.hook, ran.load(Ordering::Relaxed)), ("b", 0));
    assert_eq!(seen(&world), pairs(&[("cloud.pre_create", "{}")]));
}

#[tokio::test]
async fn what_happened_has_happened_whatever_its_hooks_do() {
    // R87
    let panic = "on = [{ event = 'cloud.post_create' }]";
    let (world, ran) = (Given::new().hook("a", "panic", panic).start().await, AtomicUsize::new(0));
    let Finished::Ran { result, post, .. } = act(&world.host, false, &ran).await else {
        panic!("it was vetoed");
    };
    assert_eq!(result, Ok("{}".into()));
    assert!(post.unwrap().unwrap().failed());
}
