//! Where a target may be, and how connections to it are kept.

use super::{Toml, world};
use crate::access::{serve, tenterhook};
use tenterhook::outcome::Failure;
use tenterhook_tests::{Given, Request, Target};

#[tokio::test]
async fn connections_are_kept() {
    let target = Target::new(Target::ACCEPTS);
    let world = world(&target).await;
    for _ in 0..20 {
        world.create().await.accepted();
    }
    assert_eq!((target.got().len(), target.connections()), (20, 1));
    // One that the target closes is made anew.
    target.answers(|_| "HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n".into());
    for _ in 0..3 {
        world.create().await.accepted();
    }
    assert_eq!(target.connections(), 3);
}

#[tokio::test]
async fn an_address_that_is_not_public_takes_a_grant() {
    let target = Target::new(Target::ACCEPTS);
    let port = target.port();
    // A name shows where it leads only when it is resolved; odd spellings of addresses are names.
    for host in ["localhost", "0x7f.1", "2130706433", "0177.0.0.1"] {
        let url = format!("http://{host}:{port}/");
        let toml = Toml { grants: "networks = ['10.0.0.0/8']", ..Toml::of(&url) };
        let world = Given::new().toml("a", &toml.text()).start().await.without_problems();
        let answer = world.create().await;
        answer.failed("a", Failure::Ungranted, "a loopback address: it takes [grants] networks = [");
        answer.vetoed_by("a", "hook_failed");
        let toml = Toml { grants: "networks = ['127.0.0.0/8']", ..toml };
        let world = Given::new().toml("a", &toml.text()).start().await.without_problems();
        world.create().await.accepted();
    }
    assert_eq!(target.got().len(), 4);
    // An address shows it at once.
    for (host, what) in [
        ("127.0.0.1", "127.0.0.1 is a loopback"),
        ("169.254.169.254", "169.254.169.254 is a link-local"),
        ("192.168.1.1", "192.168.1.1 is a private"),
        ("[::ffff:127.0.0.1]", "::ffff:127.0.0.1 is a loopback"),
        ("[fd00::1]", "fd00::1 is a private"),
    ] {
        let url = format!("http://{host}:{port}/");
        let toml = Toml { grants: "", ..Toml::of(&url) };
        let world = Given::new().toml("a", &toml.text()).start().await;
        let problems = world.problems();
        assert!(problems[0].contains(&format!("target: {what} address: it takes [grants]")), "{problems:?}");
        world.create().await.failed("a", Failure::Unavailable, what);
    }
    assert_eq!(target.got().len(), 4);
}

#[tokio::test]
async fn a_connection_that_was_granted_to_one_hook_is_not_used_by_another() {
    let target = Target::new(Target::ACCEPTS);
    let url = format!("http://localhost:{}/", target.port());
    let granted = Toml { grants: "networks = ['127.0.0.0/8']", ..Toml::of(&url) };
    let other = Toml { top: "priority = 2", grants: "", ..Toml::of(&url) };
    let world = Given::new().toml("a", &granted.text()).toml("b", &other.text()).start().await;
    for _ in 0..3 {
        world.create().await.trail(&["a accept", "b failed:ungranted"]);
    }
    assert_eq!((target.got().len(), target.connections()), (3, 1));
}

#[test]
fn proxies_of_the_environment_are_not_asked() {
    let (target, proxy) = (Target::new(Target::ACCEPTS), Target::new(Target::ACCEPTS));
    let given = Given::new().toml("a", &Toml::of(&target.url()).text());
    let url = format!("http://{}", proxy.authority());
    let run = tenterhook(&given, &["serve", "--listen", "127.0.0.1:0"]);
    let run = run.env("TENTERHOOK_HOOKS", given.hooks());
    let served =
        ["HTTP_PROXY", "http_proxy", "ALL_PROXY"].iter().fold(run, |run, name| run.env(name, &url)).serves();
    let event =
        r#"{"specversion":"1.0","id":"1","type":"cloud.pre_create","source":"s","option":"DISK","data":{}}"#;
    let outcome = Request::post("/v1/events", event).to(&served).is(200).json();
    assert_eq!(outcome["decision"], "accept", "{outcome}");
    assert_eq!((target.got().len(), proxy.connections()), (1, 0));
}

#[test]
fn what_is_granted_is_shown() {
    let given = Given::new().toml("a", &Toml::of("127.0.0.1:5000/api").text());
    let served = serve(&given, &[]);
    let hook = Request::get("/v1/hooks/a").to(&served).is(200).json();
    assert_eq!(hook["grants"]["networks"], serde_json::json!(["127.0.0.1/32"]), "{hook}");
    assert_eq!((&hook["class"], &hook["component"]), (&"http".into(), &serde_json::Value::Null));
    assert_eq!(hook["properties"]["target"], "127.0.0.1:5000/api");
    let listed = tenterhook(&given, &["hooks", "--hooks"]).args(&[given.hooks()]).ends();
    listed.exits(0).shows("http 127.0.0.1:5000/api");
}
