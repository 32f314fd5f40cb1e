//! How an event is written for a target.

use super::{Toml, world};
use crate::signed;
use serde_json::json;
use tenterhook::Event;
use tenterhook_tests::{Given, Got, Target, World};

const DATA: &str = r#"{"z":1.10,"a":[1E5,12345678901234567890],"$serde_json::private::RawValue":"{"}"#;

const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

async fn formatted(target: &Target, properties: &str) -> World {
    let url = target.url();
    let toml = Toml { properties, ..Toml::of(&url) };
    Given::new().toml("a", &toml.text()).start().await.without_problems()
}

/// Asks about an event that has everything, and gives what the target got.
async fn asked(world: &World, target: &Target) -> Got {
    let ask = world.create().id("e 1").subject("vdc-\u{e9}").tenant("t1").data(DATA);
    let ask = ask.attribute("traceparent", TRACE).attribute("tracestate", "a=b");
    ask.attribute("user", "Jo \"x\" 100%").await.accepted();
    target.last()
}

#[tokio::test]
async fn an_event_is_a_cloudevent_and_its_data_is_as_it_came() {
    let target = Target::new(Target::ACCEPTS);
    let world = world(&target).await;
    let got = asked(&world, &target).await;
    assert!(got.head.starts_with("POST /hooks?x=1 HTTP/1.1\r\n"), "{}", got.head);
    assert_eq!(got.has("content-type"), "application/cloudevents+json; charset=utf-8");
    assert_eq!((got.has("accept"), got.has("host")), ("application/json", &*target.authority()));
    assert!(got.body.ends_with(&format!("\"data\":{DATA}}}")), "{}", got.body);
    let event = got.json();
    for (name, value) in [
        ("specversion", "1.0"),
        ("id", "e 1"),
        ("source", "tests"),
        ("type", "cloud.pre_create"),
        ("subject", "vdc-\u{e9}"),
        ("option", "SERVER"),
        ("tenant", "t1"),
        ("user", "Jo \"x\" 100%"),
        ("datacontenttype", "application/json"),
    ] {
        assert_eq!(event[name], value, "{name}");
    }
    assert_eq!(got.has("tenterhook-hook"), "a");
    assert_eq!((got.has("tenterhook-event"), got.has("tenterhook-source")), ("e%201", "tests"));
    assert_eq!((got.has("tenterhook-mode"), got.has("tenterhook-attempt")), ("ask", "1"));
    assert_eq!((got.has("traceparent"), got.has("tracestate")), (TRACE, "a=b"));
    assert_eq!(got.has("tenterhook-tenant"), "t1");
    let left: u64 = got.has("tenterhook-deadline-ms").parse().unwrap();
    assert!(left > 10_000 && left <= 20_000, "{left}");
    // Nothing that nobody asked for.
    for name in ["authorization", "webhook-signature", "tenterhook-cause"] {
        assert_eq!(got.header(name), None);
    }
}

#[tokio::test]
async fn in_binary_mode_the_attributes_are_headers_and_the_body_is_the_data() {
    let target = Target::new(Target::ACCEPTS);
    let world = formatted(&target, "format = 'cloudevents-binary'").await;
    let got = asked(&world, &target).await;
    assert_eq!((got.has("content-type"), &*got.body), ("application/json", DATA));
    for (name, value) in [
        ("ce-specversion", "1.0"),
        ("ce-id", "e%201"),
        ("ce-source", "tests"),
        ("ce-type", "cloud.pre_create"),
        ("ce-subject", "vdc-%C3%A9"),
        ("ce-option", "SERVER"),
        ("ce-tenant", "t1"),
        ("ce-user", "Jo%20%22x%22%20100%25"),
    ] {
        assert_eq!(got.has(name), value, "{name}");
    }
    assert!(got.header("ce-time").is_some());
}

#[tokio::test]
async fn a_billing_hook_posts_jerasofts_envelope_to_a_task_of_their_form() {
    // R34–R42, R69, R78, F20
    let target = Target::new(Target::ACCEPTS);
    let toml = |target: &str| {
        format!(
            "class = 'http'\nname = 'Notify'\ntype = 'billing'\npriority = 1\nlimits = {{ deadline = '20s' }}\n\
             grants = {{ networks = ['127.0.0.0/8'] }}\nproperties = {{ target = '{target}' }}\n\
             [[on]]\nevent = 'billing.*'\n"
        )
    };
    let task = format!("127.0.0.1:{}/api", target.port());
    let world = Given::new().toml("a", &toml(&task)).start().await.without_problems();
    let dt = "2022-01-24T15:44:47.216756+00:00";
    let event = |name: &str, object: &str| {
        let event = Event::new(name, "billing").time(dt).subject(object.trim_matches('"'));
        event.attribute("objectid", object)
    };
    let tell = async |event: Event| {
        world.tell(&event.name.clone()).event(event).await.accepted().trail(&["a accept"]);
        target.last()
    };
    let data = tenterhook::data::Data::parse(r#"{"id":12,"balance":-1.10}"#, 1000).unwrap();
    let got = tell(event("billing.clients.create", "12").with_data(data)).await;
    assert!(got.head.starts_with("POST /api HTTP/1.1\r\n"), "{}", got.head);
    assert_eq!(got.has("content-type"), "application/json");
    assert_eq!(
        got.body,
        format!(
            r#"{{"event":{{"dt":"{dt}","events_id":"clients.create","object_id":12}},"data":{{"id":12,"balance":-1.10}}}}"#
        )
    );
    // R40: without data.
    let got = tell(event("billing.clients.delete", "\"77798\"")).await;
    let envelope = json!({"dt": dt, "events_id": "clients.delete", "object_id": "77798"});
    assert_eq!(got.json(), json!({"event": envelope, "data": {}}));
    // The lost Before events: the same, and the answer counts.
    target.answers(|_| {
        let veto = r#"{"veto":{"code":"limit","reason":"too many"}}"#;
        Target::answer("200 OK", "application/json", veto)
    });
    let asked = event("billing.before.clients.create", "12");
    world.ask("billing.before.clients.create").event(asked).await.vetoed_by("a", "limit");
    assert_eq!(target.last().json()["event"]["events_id"], "before.clients.create");
}

#[tokio::test]
async fn a_request_is_signed_as_standard_webhooks_are() {
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let target = Target::new(Target::ACCEPTS);
    let url = target.url();
    let toml = Toml { properties: "signing = { secret = 'crm' }", ..Toml::of(&url) };
    let given = Given::new().toml("a", &toml.text()).toml("b", &toml.text()).secret("crm", SECRET);
    let world = given.start().await.without_problems();
    asked(&world, &target).await;
    let ids: Vec<String> = target.got().iter().map(|got| got.has("webhook-id").to_owned()).collect();
    assert!(ids.len() == 2 && ids[0] != ids[1], "one for each hook: {ids:?}");
    for got in target.got() {
        let (id, timestamp) = (got.has("webhook-id"), got.has("webhook-timestamp"));
        assert_eq!(got.has("webhook-signature"), signed::webhook(SECRET, id, timestamp, &got.body));
        assert!(timestamp.parse::<u64>().unwrap() > 1_700_000_000);
        assert!(id.starts_with("msg_") && !id.contains('.'), "{id}");
    }
    // The same event is the same message, another source's is another.
    asked(&world, &target).await;
    assert_eq!(target.got()[2].has("webhook-id"), ids[0]);
    let other = Event::new("cloud.pre_create", "elsewhere").id("e 1").facet("option", "SERVER");
    world.create().event(other.attribute("tenant", "t1")).await.accepted();
    assert!(!ids.contains(&target.last().has("webhook-id").to_owned()));
}
