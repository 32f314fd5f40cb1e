//! What is no event, no facet or no value: refused with the legal ones named, in a hook and in an event.

use super::on;
use tenterhook::Event;
use tenterhook_tests::{Given, World};

async fn problems_of(ons: &[String]) -> Vec<String> {
    let toml = format!("priority = 1\n{}", ons.concat());
    Given::new().hook("a", "accept", &toml).start().await.problems()
}

async fn refused(world: &World, event: Event) -> Vec<String> {
    let name = event.name.clone();
    world.ask(&name).event(event).refused().await
}

#[tokio::test]
async fn a_hook_with_an_unknown_option_is_told_the_legal_ones() {
    // R6, R7
    let option = |event: &str, value: &str| on(event, &[("option", &[value])]);
    let problems = problems_of(&[
        option("cloud.post_server_state_change", "RUNING"),
        option("cloud.post_job_state_change", "GONE"),
        option("cloud.pre_create", "CHAIR"),
        option("cloud.pre_payment", "SERVER"),
        on("cloud.post_auth", &[("option", &["SUCCESS", "ANY"])]),
        on("cloud.post_auth", &[("table", &["Account"])]),
        on("cloud.post_autj", &[]),
    ])
    .await;
    assert_eq!(
        problems,
        [
            "a.toml:4: \"RUNING\" is no option of cloud.post_server_state_change, did you mean \"RUNNING\"?",
            "a.toml:7: \"GONE\" is no option of cloud.post_job_state_change, it is one of SUCCESSFUL, NOT_STARTED, \
             FAILED, WAITING, SUSPENDED, CANCELLED, IN_PROGRESS",
            "a.toml:10: \"CHAIR\" is no option of cloud.pre_create, `tenterhook events cloud.pre_create` lists its 54 values",
            "a.toml:13: \"SERVER\" is no option of cloud.pre_payment, it only ever has \"ANY\"",
            "a.toml:16: \"ANY\" stands alone: it matches every option",
            "a.toml:19: cloud.post_auth has no facet \"table\"; it has: option",
            "a.toml:21: unknown event \"cloud.post_autj\", did you mean \"cloud.post_auth\"?",
        ]
    );
}

#[tokio::test]
async fn an_event_with_an_unknown_option_is_told_the_legal_ones() {
    // R6, R7, R102: neither is guessed
    let world = Given::new().start().await;
    let option = |event: &str, value: &str| Event::new(event, "tests").facet("option", value);
    for (event, expected) in [
        (
            option("cloud.pre_server_state_change", "RUNING"),
            "\"RUNING\" is no option of cloud.pre_server_state_change, did you mean \"RUNNING\"?",
        ),
        (
            option("cloud.pre_server_state_change", "ANY"),
            "cloud.pre_server_state_change happens with one option, so \"ANY\" is none",
        ),
        (
            option("cloud.pre_payment", "SERVER"),
            "\"SERVER\" is no option of cloud.pre_payment, it only ever has \"ANY\"",
        ),
        (
            Event::new("cloud.pre_create", "tests"),
            "cloud.pre_create needs the facet \"option\", such as option=FIREWALL_TEMPLATE",
        ),
        (
            option("cloud.pre_create", "SERVER").facet("table", "Account"),
            "cloud.pre_create has no facet \"table\"; it has: option",
        ),
        (
            option("cloud.pre_creat", "SERVER"),
            "unknown event \"cloud.pre_creat\", did you mean \"cloud.pre_create\"?",
        ),
    ] {
        assert_eq!(refused(&world, event).await, [expected]);
    }
}

#[tokio::test]
async fn an_enum_that_is_known_in_part_takes_others_with_a_warning() {
    // R7, R21: the list of methods is known to lack some
    let method = on("cloud.pre_user_api_call", &[("option", &["setSessionUser"])]);
    let toml = format!("priority = 1\n{method}");
    let world = Given::new().hook("a", "accept", &toml).start().await;
    let doubt = "\"setSessionUser\" is no option of cloud.pre_user_api_call that the catalogue lists";
    assert_eq!(world.problems(), [format!("a.toml:4: warning: {doubt}")]);
    let call = world.ask("cloud.pre_user_api_call").facet("option", "setSessionUser");
    let answer = call.await;
    answer.accepted().trail(&["a accept"]);
    let warnings: Vec<String> = answer.outcome.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(warnings, [format!("warning: {doubt}")]);
}

#[tokio::test]
async fn an_asked_event_is_not_told_and_a_told_one_not_asked() {
    let world = Given::new().start().await;
    let create = Event::new("cloud.pre_create", "tests").facet("option", "SERVER");
    let told = world.tell("cloud.pre_create").event(create).refused().await;
    assert_eq!(told, ["cloud.pre_create is asked, use Host::ask"]);
    let asked = world.ask("cloud.post_billing").refused().await;
    assert_eq!(asked, ["cloud.post_billing is told, use Host::tell"]);
}
