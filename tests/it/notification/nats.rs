//! Subjects of NATS, where the server or a stream has to take what is sent.

use super::{given, toml};
use crate::serve::tls::{AUTHORITY, OLD, folder};
use std::time::Duration;
use tenterhook::outcome::Failure::{Deadline, Error, Unavailable};
use tenterhook_tests::{Given, Ledger, NatsServer, Stands, World, until};

const SUBJECT: &str = "nats://cloud.servers";
const STREAM: &str = "properties.jetstream = true";

fn at_once(given: Given) -> Given {
    given.journal(|rules| rules.retries = vec![Duration::from_millis(50); 500])
}

async fn until_delivered(world: &World, event: &str) {
    let delivery = ("a".to_owned(), event.to_owned());
    until(format!("{event} is delivered"), || {
        let ledger = Ledger::live(&world.given().data());
        ledger.deliveries.get(&delivery).is_some_and(|(stands, _)| *stands == Stands::Delivered)
    })
    .await;
}

/// How many attempts at an event are on record.
fn attempts(world: &World, event: &str) -> u32 {
    let ledger = Ledger::live(&world.given().data());
    ledger.deliveries.get(&("a".to_owned(), event.to_owned())).map_or(0, |(_, attempts)| *attempts)
}

#[tokio::test]
async fn an_event_is_one_message_in_the_form_that_is_wanted() {
    let Some(server) = NatsServer::start("") else { return };
    let mut subscriber = server.subscribe("cloud.servers", "");
    let data = r#"{"name":"ä","n":1.50}"#;
    let world =
        given(&server.address(), |_| {}).toml("a", &toml(SUBJECT, "")).start().await.without_problems();
    let answer = world.created().id("e-1").subject("vdc 7").data(data).await;
    answer.accepted().trail(&["a accept"]).says("a", "the server has taken it");
    let message = subscriber.receives();
    assert_eq!(message.header("Content-Type"), Some("application/cloudevents+json; charset=utf-8"));
    assert!(message.header("Nats-Msg-Id").unwrap().starts_with("msg_"), "{message:?}");
    let event: serde_json::Value = serde_json::from_str(&message.payload).unwrap();
    for (name, value) in
        [("id", "e-1"), ("type", "cloud.post_create"), ("option", "SERVER"), ("subject", "vdc 7")]
    {
        assert_eq!(event[name], value, "{name}");
    }
    assert!(message.payload.ends_with(&format!("\"data\":{data}}}")), "{message:?}");
    assert!(subscriber.is_empty());
    // The attributes beside the data.
    let binary =
        world.stop().toml("a", &toml(SUBJECT, "properties.format = 'cloudevents-binary'")).start().await;
    binary.created().id("e-2").subject("vdc 7 \"ä\"").data(data).await.accepted();
    let message = subscriber.receives();
    assert_eq!(message.payload, data);
    for (name, value) in [
        ("ce-specversion", "1.0"),
        ("ce-id", "e-2"),
        ("ce-type", "cloud.post_create"),
        ("ce-option", "SERVER"),
        ("ce-subject", "vdc%207%20%22%C3%A4%22"),
        ("ce-datacontenttype", "application/json"),
    ] {
        assert_eq!(message.header(name), Some(value), "{name}");
    }
    // And the envelope of another system.
    let envelope = binary.stop().toml("a", &toml(SUBJECT, "properties.format = 'jerasoft'")).start().await;
    envelope.created().data(data).await.accepted();
    assert!(subscriber.receives().payload.ends_with(&format!("\"data\":{data}}}")));
}

#[tokio::test]
async fn on_what_is_asked_it_can_only_accept_and_a_dry_run_sends_nothing() {
    let Some(server) = NatsServer::start("") else { return };
    let mut subscriber = server.subscribe("cloud.servers", "");
    let world = given(&server.address(), |_| {}).toml("a", &toml(SUBJECT, "")).start().await;
    let event = tenterhook::Event::new("cloud.pre_create", "test").facet("option", "SERVER");
    let dry = world.host.dry_run(event).await.unwrap();
    assert!(dry.trail[0].message.as_ref().unwrap().contains("dry run"), "{:?}", dry.trail);
    world.create().id("real").await.accepted();
    assert!(subscriber.receives().payload.contains("\"id\":\"real\""));
    assert!(subscriber.is_empty());
}

#[tokio::test]
async fn a_stream_keeps_it_once_however_often_it_is_sent() {
    let Some(server) = NatsServer::start("") else { return };
    server.stream("S", "cloud.*", "");
    let world =
        given(&server.address(), |_| {}).toml("a", &toml(SUBJECT, STREAM)).start().await.without_problems();
    for _ in 0..3 {
        let answer = world.created().id("e-1").await;
        answer.accepted().trail(&["a accept"]).says("a", "a stream has kept it");
    }
    assert_eq!(server.kept("S"), 1);
    world.created().id("e-2").await.accepted();
    // The same id of another tenant is another event.
    world.created().id("e-2").tenant("t1").await.accepted();
    assert_eq!(server.kept("S"), 3);
}

#[tokio::test]
async fn what_no_stream_takes_has_failed_and_is_sent_again() {
    let Some(server) = NatsServer::start("") else { return };
    let given = at_once(given(&server.address(), |_| {}));
    let world = given.toml("a", &toml(SUBJECT, STREAM)).start().await;
    world.create().await.failed("a", Error, "no stream takes \"cloud.servers\"");
    world.created().id("e-1").await;
    until("it has failed", || attempts(&world, "e-1") > 1).await;
    server.stream("S", "cloud.*", "");
    until_delivered(&world, "e-1").await;
    assert_eq!(server.kept("S"), 1);
    // A stream may refuse as well.
    server.stream("F", "full", r#","max_msgs":1,"discard":"new""#);
    let full = world.stop().toml("a", &toml("nats://full", STREAM)).start().await;
    full.create().await.accepted();
    full.create().await.failed("a", Error, "the stream does not take it: maximum messages exceeded");
}

#[tokio::test]
async fn what_answers_and_is_no_stream_keeps_nothing() {
    let Some(server) = NatsServer::start("") else { return };
    let _listener = server.subscribe("cloud.servers", "");
    let late = "properties.jetstream = true\nlimits.deadline = '500ms'";
    let world = given(&server.address(), |_| {}).toml("a", &toml(SUBJECT, late)).start().await;
    world.create().await.failed("a", Deadline, "not acknowledged in time");
}

#[tokio::test]
async fn while_the_server_is_away_nothing_piles_up_and_then_each_event_comes_once() {
    let Some(mut server) = NatsServer::start("") else { return };
    server.stream("S", "cloud.*", "");
    let given = at_once(given(&server.address(), |_| {}));
    let world = given.toml("a", &toml(SUBJECT, STREAM)).start().await.without_problems();
    world.created().id("e-0").await;
    until_delivered(&world, "e-0").await;
    server.stop();
    world.create().await.failed("a", Error, "");
    world.create().await.failed("a", Error, "no server of NATS can be reached");
    for n in 1..=5 {
        world.created().id(&format!("e-{n}")).await;
    }
    until("each has failed", || (1..=5).all(|n| attempts(&world, &format!("e-{n}")) > 1)).await;
    server.again();
    for n in 1..=5 {
        until_delivered(&world, &format!("e-{n}")).await;
    }
    assert_eq!(server.kept("S"), 6);
}

#[tokio::test]
async fn a_server_that_says_nothing_is_waited_for_until_the_deadline() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("nats://{}", silent.local_addr().unwrap());
    let given = given(&address, |_| {}).toml("a", &toml(SUBJECT, "limits.deadline = '300ms'"));
    given.start().await.create().await.failed("a", Deadline, "not acknowledged in time");
}

#[tokio::test]
async fn who_is_not_let_in_or_may_not_publish_has_failed() {
    let users = "authorization { users = [ { user: host, password: geheim, permissions: \
                 { publish: [\"cloud.>\"], subscribe: [\"_INBOX.>\"] } }, { user: all, password: all } ] }";
    let Some(server) = NatsServer::start(users) else { return };
    let mut subscriber = server.subscribe(">", r#""user":"all","pass":"all""#);
    let user = |servers: &mut tenterhook::nats::NatsServers| {
        servers.user = Some("host".into());
        servers.password = Some("nats".into());
    };
    let given =
        given(&server.address(), user).toml("a", &toml(SUBJECT, "")).toml("b", &toml("nats://other", ""));
    let wrong = given.secret("nats", "falsch").start().await;
    let answer = wrong.create().await;
    answer.failed("a", Error, "no server of NATS can be reached");
    assert!(!answer.line("a").message.as_ref().unwrap().contains("falsch"));
    // Read again whenever a connection is made.
    let world = wrong.stop().secret("nats", "geheim").start().await;
    let answer = world.created().id("e-1").await;
    answer.trail(&["a accept", "b failed:error"]).says("b", "the server refuses it");
    assert!(subscriber.receives().payload.contains("\"id\":\"e-1\""));
    assert!(subscriber.is_empty());
    let unset = world.stop();
    std::fs::remove_file(unset.secrets().join("nats")).unwrap();
    unset.start().await.create().await.failed("a", Error, "the secret \"nats\" is not set");
}

#[tokio::test]
async fn a_token_lets_it_in_over_tls_of_an_authority_that_is_named() {
    let files = folder(OLD);
    std::fs::write(files.path().join("authority.pem"), AUTHORITY).unwrap();
    let path = |name: &str| files.path().join(name).display().to_string();
    let more = format!(
        "authorization {{ token: geheim }}\ntls {{ cert_file: \"{}\", key_file: \"{}\" }}",
        path("c.pem"),
        path("k.pem")
    );
    let Some(server) = NatsServer::start(&more) else { return };
    let address = server.address().replace("nats://127.0.0.1", "tls://localhost");
    let (ca, token) = (files.path().join("authority.pem"), |servers: &mut tenterhook::nats::NatsServers| {
        servers.token = Some("nats".into());
    });
    let known = given(&address, move |servers| {
        token(servers);
        servers.ca = Some(ca.clone());
    });
    let world = known.secret("nats", "geheim").toml("a", &toml(SUBJECT, "")).start().await;
    world.create().await.accepted().trail(&["a accept"]);
    let unknown = given(&address, token).secret("nats", "geheim").toml("a", &toml(SUBJECT, "")).start().await;
    unknown.create().await.failed("a", Error, "no server of NATS can be reached");
}

#[tokio::test]
async fn what_is_larger_than_the_server_takes_has_failed() {
    let Some(server) = NatsServer::start("max_payload: 1024") else { return };
    let world = given(&server.address(), |_| {}).toml("a", &toml(SUBJECT, "")).start().await;
    let data = format!("{{\"a\":\"{}\"}}", "x".repeat(2000));
    world.create().data(&data).await.failed("a", Error, "payload");
    world.create().await.accepted();
}

#[tokio::test]
async fn everything_wrong_with_a_subject_is_said_at_load() {
    let toml =
        |target: &str| toml(target, "properties.signing = { secret = 'x' }\nproperties.jetstream = 'yes'");
    let world =
        given("nats://127.0.0.1:1", |_| {}).secret("x", "y").toml("a", &toml("nats://a.*.b")).start().await;
    let problems = world.problems().join("\n");
    for said in [
        "a.toml:6: target: it names no subject to publish to, name parts with dots between them",
        "a.toml:8: the property \"signing\" means nothing to this target, leave it out",
        "a.toml:9: ",
    ] {
        assert!(problems.contains(said), "{said} in\n{problems}");
    }
    for subject in
        ["nats://", "nats://a..b", "nats://a b", "nats://a.>", "nats://$JS.API.X", "nats://host:4222/a"]
    {
        let world = given("nats://127.0.0.1:1", |_| {}).toml("a", &super::toml(subject, "")).start().await;
        world.create().await.failed("a", Unavailable, "target: it");
    }
    let none = Given::new().toml("a", &super::toml(SUBJECT, "")).start().await;
    none.create().await.failed("a", Unavailable, "no server of NATS is known to this host");
    assert!(none.problems()[0].contains("nats.servers"), "{:?}", none.problems());
}
