//! Hooks of type API and of type Engine: tables, resources, actions.

use super::{on, ran, runs};
use tenterhook::Event;
use tenterhook_tests::{Given, World};

async fn hooks(hooks: &[(&str, &str, String)]) -> World {
    let given = hooks.iter().fold(Given::new(), |given, (id, area, on)| {
        let toml = format!("type = {area:?}\npriority = 1\n{on}");
        given.hook(id, "accept", &toml)
    });
    given.start().await.without_problems()
}

/// An event of the API on a table or a resource.
fn api(name: &str, (facet, value): (&str, &str), action: &str) -> Event {
    let event = Event::new(format!("charging.api.{name}"), "tests");
    event.facet(facet, value).facet("action", action)
}

async fn which(world: &World, event: Event) -> Vec<String> {
    let ran = runs(world, [event]).await;
    ran.into_iter().map(|(id, _)| id).collect()
}

#[tokio::test]
async fn a_hook_fires_only_for_its_tables_its_actions_and_both_together() {
    // R103, R105, R106; Q7: none attached, none restricted
    let event = "charging.api.pre_database_submit";
    let tables: (&str, &[&str]) = ("table", &["Account", "Voucher"]);
    let world = hooks(&[
        ("all", "charging.api", on(event, &[])),
        ("both", "charging.api", on(event, &[("table", &["Account"]), ("action", &["Insert"])])),
        ("insert", "charging.api", on(event, &[("action", &["Insert"])])),
        ("none", "charging.api", on(event, &[("table", &[]), ("resource", &[]), ("action", &[])])),
        ("tables", "charging.api", on(event, &[tables])),
    ])
    .await;
    let submit = |table, action| api("pre_database_submit", ("table", table), action);
    let insert = which(&world, submit("Account", "Insert")).await;
    assert_eq!(insert, ["all", "both", "insert", "none", "tables"]);
    let voucher = which(&world, submit("Voucher", "Insert")).await;
    assert_eq!(voucher, ["all", "insert", "none", "tables"]);
    let update = which(&world, submit("Account", "Update")).await;
    assert_eq!(update, ["all", "none", "tables"]);
    let policy = which(&world, submit("Policy", "Update")).await;
    assert_eq!(policy, ["all", "none"]);
}

#[tokio::test]
async fn a_table_is_a_resource_too() {
    // R104
    let event = "charging.api.pre_database_get";
    let world = hooks(&[
        ("account", "charging.api", on(event, &[("resource", &["Account"])])),
        ("bucket", "charging.api", on(event, &[("resource", &["Bucket"])])),
        ("table", "charging.api", on(event, &[("table", &["Account"])])),
    ])
    .await;
    let get = |facet| api("pre_database_get", facet, "Get");
    assert_eq!(which(&world, get(("resource", "Bucket"))).await, ["bucket"]);
    assert_eq!(which(&world, get(("table", "Account"))).await, ["account", "table"]);
    assert_eq!(which(&world, get(("resource", "Account"))).await, ["account"]);
    let both = get(("table", "Account")).facet("resource", "Bucket");
    assert_eq!(which(&world, both).await, ["bucket", "table"]);
}

#[tokio::test]
async fn managing_hooks_is_an_event_of_the_table_hook() {
    // R107, as far as the application raises it
    let event = "charging.api.post_database_submit_success";
    let toml = on(event, &[("table", &["Hook"])]);
    let world = hooks(&[("hooks", "charging.api", toml)]).await;
    let submit = |table| api("post_database_submit_success", ("table", table), "Insert");
    assert_eq!(which(&world, submit("Hook")).await, ["hooks"]);
    assert_eq!(which(&world, submit("Account")).await, [""; 0]);
}

#[tokio::test]
async fn an_engine_hook_fires_only_for_its_actions() {
    // R98, R109, R110
    let event = "charging.engine.pre_return_response";
    let two: (&str, &[&str]) = ("action", &["Debit", "Create Session"]);
    let world =
        hooks(&[("all", "charging.engine", on(event, &[])), ("two", "charging.engine", on(event, &[two]))])
            .await;
    let respond = |action| Event::new(event, "tests").facet("action", action);
    assert_eq!(which(&world, respond("Debit")).await, ["all", "two"]);
    assert_eq!(which(&world, respond("Create Session")).await, ["all", "two"]);
    assert_eq!(which(&world, respond("Credit")).await, ["all"]);
}

#[tokio::test]
async fn a_name_that_both_types_have_is_two_events() {
    // R98, R113
    let world = hooks(&[
        ("api", "charging.api", on("charging.api.post_credit_success", &[])),
        ("engine", "charging.engine", on("charging.engine.post_credit_success", &[])),
    ])
    .await;
    let credit = api("post_credit_success", ("table", "Account"), "Insert");
    assert_eq!(which(&world, credit).await, ["api"]);
    let credit = Event::new("charging.engine.post_credit_success", "tests").facet("action", "Credit");
    assert_eq!(which(&world, credit).await, ["engine"]);
}

#[tokio::test]
async fn an_event_of_the_api_must_name_its_resource_and_action() {
    // R104, R105: else a hook attached to one would silently miss it
    let world = hooks(&[]).await;
    let problems = world.ask("charging.api.pre_validate").refused().await;
    assert_eq!(
        problems,
        [
            "charging.api.pre_validate needs the facet \"resource\", such as resource=Annotation Class",
            "charging.api.pre_validate needs the facet \"action\", such as action=Query",
        ]
    );
    let answer = world.ask("charging.api.pre_validate").facet("table", "Account");
    let answer = answer.facet("action", "Get").await;
    assert_eq!(ran(&answer), [""; 0]);
}
