//! Who may say through the HTTP door that a hook caused an event, and what an application does with a call's cause.

use crate::access::{serve, token};
use serde_json::{Value, json};
use tenterhook_tests::{Given, Reply, Request, Served};

/// A guard, and a service for it with the tokens of a shop's platform and of a shop's customer.
struct Door {
    given: Given,
    served: Served,
    platform: String,
    customer: String,
}

fn door() -> Door {
    let given = Given::new().hook("g", "veto", "");
    let platform = token(&given, &["--scope", "fire,cause"]);
    let customer = token(&given, &["--scope", "fire"]);
    let served = serve(&given, &["--set", "admission=any"]);
    Door { given, served, platform, customer }
}

fn body(name: &str, source: &str, cause: Option<&str>) -> Value {
    let mut event = json!({
        "specversion": "1.0", "id": "e1", "type": name, "source": source, "option": "SERVER", "data": {},
    });
    if let Some(cause) = cause {
        event["cause"] = cause.into();
    }
    event
}

impl Door {
    fn raise(&self, token: &str, name: &str, source: &str, cause: Option<&str>) -> Reply {
        let event = body(name, source, cause).to_string();
        Request::post("/v1/events", &event).bearer(token).to(&self.served)
    }

    /// The cause of what the guard's refusal raises.
    fn cause(&self) -> String {
        let refused = self.raise(&self.customer, "cloud.pre_create", "shop", None).is(200).json();
        assert_eq!(refused["decision"], "veto");
        refused["cause"].as_str().unwrap().to_owned()
    }
}

#[test]
fn the_platform_may_say_what_caused_an_event_and_then_no_hook_runs() {
    // R28, R30
    let door = door();
    let cause = door.cause();
    for (name, status) in [("cloud.pre_create", 200), ("cloud.post_create", 202)] {
        let caused = door.raise(&door.platform, name, "shop", Some(&cause)).is(status).json();
        assert_eq!(caused["suppressed"], json!({"hook": "g", "event": "e1"}), "{caused}");
        assert_eq!((caused["trail"].as_array().unwrap().len(), &caused["decision"]), (0, &json!("accept")));
        assert_eq!(caused.get("cause"), None);
    }
    // R32: the same without the cause.
    let other = door.raise(&door.platform, "cloud.pre_create", "shop", None).is(200).json();
    assert_eq!((&other["decision"], other.get("suppressed")), (&json!("veto"), None));
}

#[test]
fn whoever_holds_a_cause_without_the_scope_switches_no_guard_off() {
    // A customer, or its http target, that was sent one.
    let door = door();
    let cause = door.cause();
    let admin = token(&door.given, &["--scope", "admin"]);
    for token in [&door.customer, &admin] {
        let refused = door.raise(token, "cloud.pre_create", "shop", Some(&cause)).is(403);
        refused.problem("to say what caused an event takes the scope cause");
        let refused = door.raise(token, "cloud.pre_create", "shop", Some("forged")).is(403);
        refused.problem("takes the scope cause");
        let dry =
            Request::post("/v1/events?dry=true", &body("cloud.pre_create", "shop", Some(&cause)).to_string());
        dry.bearer(token).to(&door.served).is(403);
        let header = Request::post("/v1/events", &body("cloud.pre_create", "shop", None).to_string());
        header.header("tenterhook-cause", &cause).bearer(token).to(&door.served).is(403);
    }
    let alone = token(&door.given, &["--scope", "cause"]);
    door.raise(&alone, "cloud.pre_create", "shop", Some(&cause)).is(403).problem("the scope fire");
}

#[test]
fn on_a_service_without_tokens_nobody_but_its_owner_says_what_caused_an_event() {
    let given = Given::new().hook("g", "veto", "");
    let served = serve(&given, &[]);
    let raise =
        |cause| Request::post("/v1/events", &body("cloud.pre_create", "shop", cause).to_string()).to(&served);
    let cause = raise(None).is(200).json()["cause"].as_str().unwrap().to_owned();
    raise(Some(&cause)).is(403).problem("takes the scope cause");
    drop(served);
    let served = serve(&given, &["--listen", "unix:hooks.sock"]);
    let event = body("cloud.pre_create", "shop", Some(&cause)).to_string();
    let caused = Request::post("/v1/events", &event).to(&served).is(200).json();
    assert_eq!(caused["suppressed"]["hook"], "g", "the key outlives the service");
}

#[test]
fn a_forged_and_a_foreign_cause_are_refused_also_from_the_platform() {
    let door = door();
    let cause = door.cause();
    let raise =
        |source: &str, cause: &str| door.raise(&door.platform, "cloud.pre_create", source, Some(cause));
    raise("shop", "v1.x.y.z").is(400).problem("the cause is none that this host signed");
    raise("shop", &format!("{cause}x")).is(400).problem("the cause is none that this host signed");
    raise("other", &cause).is(400).problem("the cause is that of another source");
    let mut tenant = body("cloud.pre_create", "shop", Some(&cause));
    tenant["tenant"] = "t2".into();
    let foreign = Request::post("/v1/events", &tenant.to_string()).bearer(&door.platform).to(&door.served);
    foreign.is(400).problem("the cause is that of another tenant");
    // A platform that speaks for one tenant is no other's, whatever it holds.
    let bound = token(&door.given, &["--scope", "fire,cause", "--tenant", "t1"]);
    door.raise(&bound, "cloud.pre_create", "shop", Some(&cause)).is(400).problem("of another tenant");
}

#[test]
fn a_request_says_for_all_its_events_what_caused_them() {
    let door = door();
    let cause = door.cause();
    let send = |json: &str, cause: &str| {
        let request = Request::post("/v1/events", json).header("tenterhook-cause", cause);
        request.bearer(&door.platform).to(&door.served)
    };
    let mut batch =
        json!([body("cloud.pre_create", "shop", None), body("cloud.pre_create", "shop", Some("forged"))]);
    batch[1]["id"] = "e2".into();
    let answers = send(&batch.to_string(), &cause).is(200).json();
    assert_eq!(answers[0]["outcome"]["suppressed"]["hook"], "g");
    assert_eq!(answers[1]["status"], 400, "what an event says of itself counts");
    // An envelope has no place for it.
    let envelope = r#"{"event":{"dt":"2022-01-24T15:44:47+00:00","events_id":"clients.delete","object_id":1},"data":{}}"#;
    send(envelope, &cause).is(400).problem("another source");
    send(envelope, "\u{e9}").is(400).problem("none that this host signed");
}

#[test]
fn those_who_look_on_see_no_cause() {
    let door = door();
    let reader = token(&door.given, &["--scope", "read"]);
    let stream = std::net::TcpStream::connect(door.served.authority()).unwrap();
    let request = Request::get("/v1/outcomes").bearer(&reader).bytes(door.served.authority());
    let seen = std::thread::spawn(move || {
        use std::io::{BufRead, BufReader, Write};
        (&stream).write_all(request.as_bytes()).unwrap();
        let mut lines = BufReader::new(stream).lines().map(Result::unwrap);
        lines.find(|line| line.contains("\"trail\"")).unwrap()
    });
    while !seen.is_finished() {
        door.cause();
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let seen = seen.join().unwrap();
    assert!(seen.contains("\"veto\"") && !seen.contains("v1."), "{seen}");
}
