//! A hook is told that it starts, before anything else (R113, R114).

use tenterhook_tests::{Given, World};

fn hook(extra: &str) -> String {
    format!(
        "type = 'charging.engine'\non = [{{ event = 'charging.engine.*' }}]\n{extra}\n[properties]\nfail = false\n"
    )
}

async fn look_up(world: &World) -> tenterhook_tests::Answer {
    world.ask("charging.engine.pre_account_get").facet("action", "Debit").await
}

#[tokio::test]
async fn initialisation_comes_first_and_once_per_start() {
    // R114
    let given = Given::new().hook("a", "start", &hook("")).hook("b", "start", &hook("status = 'disabled'"));
    let world = given.start().await.without_problems();
    assert_eq!(world.log_of("a"), ["info: charging.engine.initialisation Mode::Tell"]);
    look_up(&world).await.trail(&["a accept"]);
    look_up(&world).await.trail(&["a accept"]);
    let asked = "info: charging.engine.pre_account_get Mode::Ask";
    assert_eq!(world.log_of("a"), ["info: charging.engine.initialisation Mode::Tell", asked, asked]);
    assert_eq!(world.log_of("b"), [""; 0], "what is not enabled does not start");
    let again = world.stop().start().await;
    assert_eq!(again.log_of("a"), ["info: charging.engine.initialisation Mode::Tell"]);
}

#[tokio::test]
async fn a_hook_of_one_type_hears_nothing_of_the_others_initialisation() {
    // R113
    let api = "type = 'charging.api'\non = [{ event = 'charging.api.pre_validate' }]";
    let world = Given::new().hook("a", "start", &hook("")).hook("b", "start", api).start().await;
    assert_eq!((world.log_of("a").len(), world.log_of("b").len()), (1, 0));
}

#[tokio::test]
async fn a_hook_that_fails_to_initialise_is_unavailable_and_the_others_run() {
    let failing = hook("priority = 1").replace("false", "true");
    let given = Given::new().hook("a", "start", &format!("on_failure = 'accept'\n{failing}"));
    let world = given.hook("b", "start", &hook("priority = 2")).start().await;
    let answer = look_up(&world).await;
    answer.accepted().trail(&["a failed:unavailable", "b accept"]);
    answer.says("a", "failed to initialise: error: nothing to start with");
    let closed = world.stop().hook("a", "start", &failing).start().await;
    look_up(&closed).await.vetoed_by("a", "hook_failed");
}

#[tokio::test]
async fn the_warm_sandbox_that_was_initialised_is_the_one_that_runs() {
    let warm = "isolation = 'warm'\ntype = 'charging.engine'\non = [{ event = 'charging.engine.*' }]";
    let world = Given::new().hook("a", "count", warm).start().await;
    look_up(&world).await.data_is("2");
}
