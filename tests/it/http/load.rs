//! What a TOML says of a target, and what becomes of it when that changes.

use super::{Toml, world};
use std::fs;
use tenterhook::outcome::Failure;
use tenterhook_tests::{Given, Target, World, until};

/// What is wrong with a hook of these properties and grants.
async fn problems(properties: &str, more: &str) -> Vec<String> {
    let toml = format!(
        "class = 'http'\nname = 'A'\ntype = 'cloud'\npriority = 1\non = [{{ event = 'cloud.post_create' }}]\n\
         {more}\n[properties]\n{properties}\n"
    );
    let given = Given::new().toml("a", &toml).secret("crm", "geheim\n\u{1}").secret("url", "ftp://x");
    given.start().await.problems()
}

#[tokio::test]
async fn every_wrong_property_is_named_with_its_line_and_what_to_do() {
    // R69, R78
    let wrong = problems(
        "targt = 'crm.example.com'\nformat = 'cloudevent'\nsigning = 'whsec_x'\nauthorization = 7\nretries = 3",
        "",
    );
    assert_eq!(
        wrong.await,
        [
            "a.toml:8: an http hook has no property \"targt\", did you mean \"target\"?",
            "a.toml:9: unknown format \"cloudevent\", did you mean \"cloudevents\"?",
            "a.toml:10: the property \"signing\" is a secret, write signing = { secret = \"crm-token\" }",
            "a.toml:11: the property \"authorization\" is a secret, write authorization = { secret = \"crm-token\" }",
            "a.toml:12: an http hook has no property \"retries\", it has target, format, signing, authorization",
            "a.toml:7: an http hook needs the property \"target\", \
             put target = \"https://crm.example.com/hook\" under [properties]",
        ]
    );
    let hint = "write it as in \"https://crm.example.com/hook\" or \"120.0.0.1:5000/api\"";
    for (target, message) in [
        ("ftp://a", "it is neither http nor https"),
        ("a:99999/api", "its port is no number between 1 and 65535"),
        ("a b", "it is no address: invalid uri character"),
    ] {
        let expected = format!("a.toml:8: target: {message}, {hint}");
        assert_eq!(problems(&format!("target = '{target}'"), "").await, [expected]);
    }
    let user = problems("target = 'https://me:geheim@a/'", "").await;
    assert!(user[0].contains("a user or a password") && !user[0].contains("geheim"), "{user:?}");
    // What only shows when secrets are read.
    let secrets =
        "target = { secret = 'url' }\nsigning = { secret = 'crm' }\nauthorization = { secret = 'crm' }";
    let wrong = problems(secrets, "").await;
    assert_eq!(wrong.len(), 3, "{wrong:?}");
    assert!(wrong[0].starts_with("a.toml:8: target: it is neither http nor https"), "{wrong:?}");
    assert!(wrong[1].starts_with("a.toml:9: signing: it is no signing secret, make one"), "{wrong:?}");
    assert!(wrong[2].starts_with("a.toml:10: authorization: it is no value of a header"), "{wrong:?}");
    assert!(!format!("{wrong:?}").contains("geheim"), "{wrong:?}");
}

#[tokio::test]
async fn what_means_nothing_for_a_target_is_said_to() {
    let more = "component = 'a.wasm'\n[limits]\nfuel = 1\nmemory = '1MiB'\n[grants]\nkeyvalue = true";
    let found = problems("target = 'crm.example.com'", more).await;
    for key in ["component", "limits.fuel", "limits.memory", "grants.keyvalue"] {
        let text = format!("warning: {key} has no effect: an http hook runs elsewhere");
        assert!(found.iter().any(|problem| problem.ends_with(&text)), "{key}: {found:?}");
    }
}

#[tokio::test]
async fn networks_are_addresses_and_ranges() {
    let more = "[grants]\nnetworks = ['10.0.0.0/8', '127.0.0.1', 'fd00::/8', '::1']";
    assert_eq!(problems("target = 'http://[::1]:1'", more).await, [""; 0]);
    let more = "[grants]\nnetworks = ['localhost', '10.0.0.1/8', 7, '10.0.0.0/33']";
    let hint = "write an address or a network, such as \"127.0.0.1\", \"10.0.0.0/8\" or \"fd00::/8\"";
    assert_eq!(
        problems("target = 'a'", more).await,
        [
            format!("a.toml:7: grants.networks: \"localhost\" is no network, {hint}"),
            "a.toml:7: grants.networks: \"10.0.0.1/8\" is an address in a network, \
             write \"10.0.0.1\" for the one, or \"10.0.0.0/8\" for all of the other"
                .into(),
            "a.toml:7: \"grants.networks\" must be a string, not an integer".into(),
            format!("a.toml:7: grants.networks: \"10.0.0.0/33\" is no network, {hint}"),
        ]
    );
    let typo = problems("target = 'a'", "[grants]\nnetwork = []").await;
    assert_eq!(typo, ["a.toml:7: unknown key \"grants.network\", did you mean \"networks\"?"]);
}

fn put(world: &World, toml: Toml<'_>) {
    fs::write(world.given().hooks().join("a.toml"), toml.text()).unwrap();
}

#[tokio::test]
async fn another_target_is_live_with_the_next_reload_and_a_bad_one_never() {
    let (one, other) = (Target::new(Target::ACCEPTS), Target::new(Target::ACCEPTS));
    let world = world(&one).await;
    let before = world.create().await.line("a").version.clone();
    put(&world, Toml::of(&other.url()));
    world.host.reload().await.unwrap();
    let after = world.create().await.line("a").version.clone();
    assert!((one.got().len(), other.got().len()) == (1, 1) && before != after);
    put(&world, Toml::of("ftp://a"));
    world.host.reload().await.unwrap();
    assert_eq!(world.create().await.accepted().line("a").version, after);
    // Nor after a restart: then the last one runs that is known to be good, and the second one had yet to prove itself.
    let world = world.stop().start().await;
    assert_eq!(world.create().await.accepted().line("a").version, before);
    assert_eq!((one.got().len(), other.got().len()), (2, 2));
}

#[tokio::test]
async fn a_new_target_that_fails_is_answered_for_by_the_one_before_and_taken_back() {
    let (good, bad) = (Target::new(Target::ACCEPTS), Target::new(Target::answer("500 Oh", "text/plain", "")));
    let world = world(&good).await;
    put(&world, Toml::of(&bad.url()));
    world.host.reload().await.unwrap();
    for _ in 0..3 {
        let answer = world.create().await;
        answer.accepted().trail(&["a accept"]).says("a", "so the one before it answered");
    }
    until("it is taken back", || world.host.roster().held_back("a").is_some()).await;
    world.create().await.accepted();
    assert_eq!((good.got().len(), bad.got().len()), (4, 3));
}

#[tokio::test]
async fn a_rotated_secret_is_used_with_the_next_reload() {
    let target = Target::new(Target::ACCEPTS);
    let url = target.url();
    let toml = Toml { properties: "authorization = { secret = 'crm' }", ..Toml::of(&url) };
    let given = Given::new().toml("a", &toml.text()).secret("crm", "Bearer one");
    let world = given.start().await.without_problems();
    world.create().await.accepted();
    fs::write(world.given().secrets().join("crm"), "Bearer two").unwrap();
    world.host.reload().await.unwrap();
    world.create().await.accepted();
    let sent: Vec<String> = target.got().iter().map(|got| got.has("authorization").to_owned()).collect();
    assert_eq!(sent, ["Bearer one", "Bearer two"]);
}

#[tokio::test]
async fn a_target_whose_secret_is_missing_does_not_fail_open() {
    let target = Target::new(Target::ACCEPTS);
    let url = target.url();
    let toml = Toml { properties: "signing = { secret = 'crm' }", ..Toml::of(&url) };
    let world = Given::new().toml("a", &toml.text()).start().await;
    world.create().await.failed("a", Failure::Unavailable, "the secret").vetoed_by("a", "hook_failed");
    assert!(target.got().is_empty(), "nothing goes out unsigned");
}
