//! Admission (F8): code is inert until whoever may write the TOMLs vouches for it by its digest.

use std::fs;
use tenterhook::Host;
use tenterhook::admission::Admission;
use tenterhook_tests::{Ended, Given, Request, Run, Served};

const EVENT: &str =
    r#"{"specversion":"1.0","id":"1","type":"cloud.pre_create","source":"shop","option":"SERVER","data":{}}"#;

fn tenterhook<'given>(given: &'given Given, args: &[&str]) -> Run<'given> {
    let run = Run::of(env!("CARGO_BIN_EXE_tenterhook-under-test")).args(args);
    run.env("TENTERHOOK_DATA", given.data())
}

fn check(given: &Given) -> Ended {
    tenterhook(given, &["check", "--admission", "listed"]).directory(given).ends()
}

/// The digest that the problem about a hook names.
fn digest(given: &Given) -> String {
    check(given).out.split("sha256 = \"").nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned()
}

fn serve(given: &Given, args: &[&str]) -> Served {
    let few = ["--set", "limits.concurrency=4", "--set", "limits.prepared=0", "--set", "limits.budget=20s"];
    let run = tenterhook(given, &["serve", "--listen", "127.0.0.1:0"]).args(few).args(args);
    run.env("TENTERHOOK_HOOKS", given.hooks()).serves()
}

fn token(given: &Given) -> String {
    let ended = tenterhook(given, &["token", "new", "--scope", "admin"]).ends();
    ended.exits(0);
    ended.out.trim().to_owned()
}

#[tokio::test]
async fn a_component_without_a_listed_digest_is_no_code_that_runs() {
    let given = Given::new().hook("a", "accept", "priority = 1").hook("b", "accept", "status = 'disabled'");
    let world = given.admission(Admission::Listed).start().await;
    let found = world.problems();
    assert!(found.len() == 1, "of what is at rest nothing is said: {found:?}");
    let hint = "whoever vouches for it writes sha256 = \"";
    let expected = format!("a.wasm: a.toml does not list its sha256, and only listed components run, {hint}");
    assert!(found[0].starts_with(&expected) && found[0].ends_with("\" into a.toml"), "{found:?}");
    assert_eq!(world.roster.problems[0].kind, Some("admission"));
    let answer = world.create().await;
    answer.vetoed_by("a", "hook_failed").trail(&["a failed:unavailable"]);
    answer.says("a", "a.toml does not list its sha256");
}

#[tokio::test]
async fn the_digest_that_is_named_makes_it_run_and_another_does_not() {
    let given = Given::new().hook("a", "accept", "");
    let listed = format!("sha256 = '{}'\n[limits]\ndeadline = '20s'\n", digest(&given));
    let world = given.toml("a", &listed).admission(Admission::Listed).start().await.without_problems();
    world.create().await.accepted().trail(&["a accept"]);
    // Another component comes: the one that is listed stays at work, over a restart too.
    fs::copy(tenterhook_tests::guest("veto"), world.given().hooks().join("a.wasm")).unwrap();
    let roster = world.host.reload().await.unwrap();
    assert!(roster.held_back("a").unwrap().contains("not the one that a.toml lists"));
    world.create().await.accepted();
    let world = world.stop().start().await;
    world.create().await.accepted();
}

#[tokio::test]
async fn what_ran_before_it_had_to_be_listed_does_not_come_back() {
    let given = Given::new().hook("a", "accept", "").start().await.stop();
    let world = given.admission(Admission::Listed).start().await;
    world.create().await.vetoed_by("a", "hook_failed");
}

#[tokio::test]
async fn one_component_is_vouched_for_hook_by_hook() {
    let toml = "name = 'S'\ncomponent = 'shared.wasm'\n[limits]\ndeadline = '20s'\n";
    let given = Given::new().component("shared", &tenterhook_tests::guest("accept")).toml("a", toml);
    let listed = format!("sha256 = '{}'\n{toml}", digest(&given));
    let world = given.toml("a", &listed).toml("b", toml).admission(Admission::Listed).start().await;
    let answer = world.create().await;
    answer.vetoed_by("b", "hook_failed").trail(&["a accept", "b failed:unavailable"]);
}

#[tokio::test]
async fn an_embedding_application_runs_any_unless_it_says_otherwise() {
    let given = Given::new().hook("a", "accept", "");
    let host = |admission: Option<Admission>| {
        let host = Host::builder().hooks(given.hooks());
        let host = admission.map_or_else(|| host.clone(), |admission| host.clone().admission(admission));
        async { host.start().await.unwrap().roster().hook("a").unwrap().unavailable().is_some() }
    };
    assert!(!host(None).await);
    assert!(host(Some(Admission::Listed)).await);
}

#[test]
fn the_commands_run_any_unless_they_are_told() {
    let given = Given::new().hook("a", "accept", "");
    let fire = || tenterhook(&given, &["fire", "cloud.json"]).file("cloud.json", EVENT).hooks(&given);
    fire().ends().exits(0);
    fire().env("TENTERHOOK_ADMISSION", "listed").ends().exits(10).says("does not list its sha256");
    fire().args(["--admission", "listed"]).ends().exits(10);
    fire().args(["--admission", "lisetd"]).ends().exits(2).says("it is any or listed");
    tenterhook(&given, &["check"]).directory(&given).ends().exits(0);
    check(&given).exits(2).shows("hooks/a.wasm: error: a.toml does not list its sha256");
    let listed = tenterhook(&given, &["hooks", "--admission", "listed"]).hooks(&given).ends();
    listed.exits(0).shows("unavailable");
}

#[test]
fn the_service_runs_any_until_there_are_tokens() {
    let given = Given::new().hook("a", "accept", "");
    let decides = |served: &Served, token: &str, decision: &str| {
        let request = Request::post("/v1/events", EVENT).bearer(token);
        let reply = request.to(served).is(200);
        assert_eq!(reply.json()["decision"], decision, "{reply:?}");
    };
    let open = Request::post("/v1/events", EVENT).to(&serve(&given, &[])).is(200);
    assert_eq!(open.json()["decision"], "accept");
    let token = token(&given);
    let served = serve(&given, &[]);
    served.says("a.toml does not list its sha256, and only listed components run");
    decides(&served, &token, "veto");
    decides(&serve(&given, &["--set", "admission=any"]), &token, "accept");
}

#[test]
fn the_configuration_says_what_is_in_force_and_why() {
    let given = Given::new();
    let said = |args: &[&str]| {
        let json = tenterhook(&given, &["config", "--json"]).args(args).ends().exits(0).json();
        let settings = json.as_array().unwrap().clone();
        let setting = settings.into_iter().find(|setting| setting["key"] == "admission").unwrap();
        format!("{} from {}", setting["value"].as_str().unwrap(), setting["from"].as_str().unwrap())
    };
    assert_eq!(said(&[]), "any from default");
    assert_eq!(said(&["--set", "admission=listed"]), "listed from --set");
    token(&given);
    assert_eq!(said(&[]), "listed from default, as there are tokens");
    assert_eq!(said(&["--set", "admission=any"]), "any from --set");
    let wrong = tenterhook(&given, &["config", "--set", "admission=lisetd"]).ends();
    wrong.exits(2).says("unknown admission \"lisetd\", did you mean \"listed\"?");
}
