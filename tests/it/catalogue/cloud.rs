//! Triggers and their options, as the cloud orchestrator's documents promise them.

use super::{on, raise, ran, runs};
use tenterhook::Event;
use tenterhook::catalogue::Catalogue;
use tenterhook_tests::{Given, World};

/// The types that have no options and always invoke with ANY.
const OPTIONLESS: [&str; 9] = [
    "cloud.pre_payment",
    "cloud.pre_purchase",
    "cloud.post_purchase",
    "cloud.pre_auth",
    "cloud.post_unit_transaction",
    "cloud.post_billing",
    "cloud.post_collection",
    "cloud.scheduled",
    "cloud.pre_server_metadata_update",
];

/// A world of `accept` hooks, each with its `[[on]]`.
async fn hooks(hooks: &[(&str, String)]) -> World {
    let given = hooks
        .iter()
        .fold(Given::new(), |given, (id, on)| given.hook(id, "accept", &format!("priority = 1\n{on}")));
    given.start().await.without_problems()
}

fn option(event: &str, value: &str) -> Event {
    Event::new(event, "tests").facet("option", value)
}

fn counted(runs: &[(String, usize)]) -> Vec<(&str, usize)> {
    runs.iter().map(|(id, count)| (id.as_str(), *count)).collect()
}

#[tokio::test]
async fn a_type_is_one_event_and_several_options_are_a_list() {
    // R2, R3, R4, R9, R19
    let world = hooks(&[
        ("server", on("cloud.post_create", &[("option", &["SERVER"])])),
        ("also", on("cloud.post_create", &[("option", &["SERVER"])])),
        ("two", on("cloud.post_create", &[("option", &["SERVER", "DISK"])])),
        ("deleted", on("cloud.post_delete", &[])),
    ])
    .await;
    let created = ["SERVER", "DISK", "NIC"].map(|resource| option("cloud.post_create", resource));
    let expected = [("also", 1), ("server", 1), ("two", 2)];
    assert_eq!(counted(&runs(&world, created).await), expected);
    let deleted = runs(&world, [option("cloud.post_delete", "SERVER")]).await;
    assert_eq!(counted(&deleted), [("deleted", 1)]);
}

#[tokio::test]
async fn one_hook_may_listen_to_several_events_and_runs_once_for_each() {
    // R1, R99; an event that two of its entries match is still one event
    let both = on("cloud.post_auth", &[]) + &on("cloud.post_modify", &[]);
    let twice = on("cloud.post_auth", &[]) + &on("cloud.*", &[]);
    let world = hooks(&[("both", both), ("twice", twice)]).await;
    let events = [option("cloud.post_auth", "SUCCESS"), option("cloud.post_modify", "DISK")];
    assert_eq!(counted(&runs(&world, events).await), [("both", 2), ("twice", 2)]);
}

#[tokio::test]
async fn the_nine_types_without_options_invoke_with_any() {
    // R6
    let hook = OPTIONLESS.map(|name| on(name, &[("option", &["ANY"])])).concat();
    let toml = format!("priority = 1\n{hook}");
    let given = Given::new().hook("optionless", "record", &toml);
    let world = given.start().await.without_problems();
    let catalogue = Catalogue::built_in();
    for (name, said) in OPTIONLESS.iter().flat_map(|name| [(name, false), (name, true)]) {
        let kind = catalogue.get(name).expect("it is listed");
        let event = Event::new(*name, "tests");
        let event = if said { event.facet("option", "ANY") } else { event };
        assert_eq!(ran(&raise(&world, kind, event).await), ["optionless"]);
        let log = world.log_of("optionless");
        let record = log.last().expect("it logged");
        assert!(record.contains(r#""facets":[["option","ANY"]]"#), "{record}");
    }
    let with_option: Vec<_> =
        catalogue.of_area("cloud").filter(|kind| !kind.facets[0].is_optionless()).collect();
    assert_eq!(with_option.len(), 25 + 2 - 9 - 1, "and the tax calculation, whose options nobody knows");
}

#[tokio::test]
async fn a_change_of_state_has_the_new_state_as_its_option() {
    // R20, R24
    let world = hooks(&[
        ("running", on("cloud.pre_server_state_change", &[("option", &["RUNNING"])])),
        ("stopped", on("cloud.pre_server_state_change", &[("option", &["STOPPED"])])),
        ("successful", on("cloud.post_job_state_change", &[("option", &["SUCCESSFUL"])])),
        ("failed", on("cloud.post_job_state_change", &[("option", &["FAILED"])])),
    ])
    .await;
    let events = [
        option("cloud.pre_server_state_change", "RUNNING"),
        option("cloud.post_job_state_change", "SUCCESSFUL"),
    ];
    let expected = [("running", 1), ("successful", 1)];
    assert_eq!(counted(&runs(&world, events).await), expected);
}

#[tokio::test]
async fn the_methods_of_the_two_apis_are_two_namespaces() {
    // R21, R23: listResources is a method of both
    let method: (&str, &[&str]) = ("option", &["listResources"]);
    let world = hooks(&[
        ("admin", on("cloud.pre_admin_api_call", &[method])),
        ("create", on("cloud.pre_user_api_call", &[("option", &["createServer"])])),
        ("user", on("cloud.pre_user_api_call", &[method])),
    ])
    .await;
    for (event, value, hook) in [
        ("cloud.pre_admin_api_call", "listResources", "admin"),
        ("cloud.pre_user_api_call", "listResources", "user"),
        ("cloud.pre_user_api_call", "createServer", "create"),
    ] {
        let runs = runs(&world, [option(event, value)]).await;
        assert_eq!(counted(&runs), [(hook, 1)]);
    }
}

#[tokio::test]
async fn the_options_of_an_exception_are_the_values_of_four_enums() {
    // R25
    let errors: (&str, &[&str]) = ("option", &["NO_SERVER_FOUND", "FUNCTION_FAILED"]);
    let world = hooks(&[("two-enums", on("cloud.post_exception", &[errors]))]).await;
    let thrown = ["NO_SERVER_FOUND", "FUNCTION_FAILED", "INSUFFICIENT_UNITS", "REQUIRED_FIELD_NOT_SET"];
    let runs = runs(&world, thrown.map(|error| option("cloud.post_exception", error))).await;
    assert_eq!(counted(&runs), [("two-enums", 2)]);
}

#[tokio::test]
async fn the_ways_in_which_something_ended_add_up_to_any() {
    // R5, R26, R27
    let mut all = Vec::new();
    for (event, end) in [("auth", "SUCCESS"), ("auth", "FAILURE"), ("auth", "ANY")] {
        let id = format!("{event}-{end}").to_lowercase();
        all.push((id, on("cloud.post_auth", &[("option", &[end])])));
    }
    for end in ["SUCCESS", "FAILURE", "CANCELLED", "ANY"] {
        let id = format!("payment-{end}").to_lowercase();
        all.push((id, on("cloud.post_payment", &[("option", &[end])])));
    }
    let all: Vec<_> = all.iter().map(|(id, on)| (id.as_str(), on.clone())).collect();
    let world = hooks(&all).await;
    let logins = ["SUCCESS", "FAILURE"].map(|end| option("cloud.post_auth", end));
    let logins = runs(&world, logins).await;
    assert_eq!(counted(&logins), [("auth-any", 2), ("auth-failure", 1), ("auth-success", 1)]);
    let payments = ["SUCCESS", "FAILURE", "CANCELLED"].map(|end| option("cloud.post_payment", end));
    let payments = runs(&world, payments).await;
    let expected =
        [("payment-any", 3), ("payment-cancelled", 1), ("payment-failure", 1), ("payment-success", 1)];
    assert_eq!(counted(&payments), expected);
}
