//! Which hooks an event runs.

use tenterhook_tests::Given;

fn on(events: &[&str]) -> String {
    let events: Vec<String> = events.iter().map(|event| format!("{{ event = {event:?} }}")).collect();
    format!("on = [{}]\n", events.join(", "))
}

#[tokio::test]
async fn several_hooks_on_one_event_all_run_and_one_hook_may_have_several_events() {
    // R9, R99
    let given = Given::new().hook("a", "accept", &on(&["cloud.pre_create", "cloud.pre_delete"]));
    let world = given.hook("b", "accept", &on(&["cloud.pre_create"])).start().await;
    world.create().await.trail(&["a accept", "b accept"]);
    world.ask("cloud.pre_delete").facet("option", "DISK").await.trail(&["a accept"]);
    world.ask("cloud.pre_modify").facet("option", "DISK").await.trail(&[]);
}

#[tokio::test]
async fn a_filter_is_checked_by_the_host_before_a_hook_is_started() {
    // R1, R3, R4, R5
    let only = |option: &str| format!("on = [{{ event = 'cloud.pre_create', option = {option} }}]");
    let world = Given::new()
        .hook("any", "see", &only("'ANY'"))
        .hook("disk", "see", &only("'DISK'"))
        .hook("two", "see", &only("['SERVER', 'DISK']"))
        .start()
        .await;
    world.create().await.trail(&["any accept", "two accept"]);
    assert_eq!(world.log_of("disk"), [""; 0]);
}

#[tokio::test]
async fn of_a_thousand_hooks_the_one_that_matches_runs() {
    // R122
    let other =
        "name = 'h'\ncomponent = 'shared.wasm'\non = [{ event = 'cloud.pre_create', option = 'DISK' }]";
    let mut given = Given::new().component("shared", &tenterhook_tests::guest("accept"));
    for n in 0..999 {
        given = given.toml(&format!("h{n}"), other);
    }
    let world = given.toml("x", &other.replace("DISK", "SERVER")).start().await.without_problems();
    assert_eq!(world.roster.hooks().count(), 1000);
    let answer = world.create().await;
    assert_eq!(answer.outcome.trail.len(), 1);
    assert_eq!(&*answer.line("x").hook, "x");
}

#[tokio::test]
async fn disabled_and_archived_hooks_do_not_run_until_they_are_enabled() {
    // R79–R82
    let status = |status: &str| format!("status = '{status}'");
    let given = Given::new().hook("a", "accept", &status("enabled"));
    let given = given.hook("b", "veto", &status("disabled")).hook("c", "veto", &status("archived"));
    let world = given.start().await.without_problems();
    world.create().await.accepted().trail(&["a accept"]);
    assert_eq!(world.roster.hooks().count(), 3, "all are kept");
    let given = world.stop().hook("a", "accept", &status("archived"));
    let world = given.hook("b", "veto", &status("enabled")).start().await;
    world.create().await.vetoed_by("b", "no").trail(&["b veto"]);
}

#[tokio::test]
async fn a_tenants_hook_sees_its_tenants_events_alone() {
    let given = Given::new().hook("all", "see", "priority = 1");
    let world = given.hook("one", "see", "priority = 2\ntenant = 't1'").start().await;
    world.create().tenant("t1").await.trail(&["all accept", "one accept"]);
    world.create().tenant("t2").await.trail(&["all accept"]);
    world.create().await.trail(&["all accept"]);
    assert_eq!(world.log_of("one").len(), 1);
    assert_eq!(world.log_of("all").len(), 3);
}

#[tokio::test]
async fn events_of_one_name_in_two_systems_are_two_events() {
    // R113
    let hook = "type = 'charging.engine'\non = [{ event = 'charging.engine.post_credit_success' }]";
    let world = Given::new().hook("a", "accept", hook).start().await.without_problems();
    let api = world.tell("charging.api.post_credit_success");
    api.facet("resource", "Account").facet("action", "Insert").await.trail(&[]);
    let engine = world.tell("charging.engine.post_credit_success");
    engine.facet("action", "Credit").await.trail(&["a accept"]);
}
