//! `POST /v1/events`: every way to write an event, every way to write it wrong.

use super::{Api, Reply};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;
use tenterhook_tests::Given;
use ureq::http::Method;

fn service() -> Api {
    let toml = "priority = 1\n[[on]]\nevent = 'cloud.pre_create'\noption = 'DISK'\n";
    let given = Given::new().hook("disks", "veto", toml);
    Api::start(given.hook("tax", "amend", "priority = 0\n[properties]\npatch = '{\"tax\":1}'\n"))
}

fn event(id: &str, option: &str) -> Value {
    json!({
        "specversion": "1.0", "id": id, "type": "cloud.pre_create", "source": "orchestrator",
        "option": option, "data": {"cpu": 4},
    })
}

fn fire(api: &Api, media: &str, body: impl AsRef<[u8]>) -> Reply {
    api.send(Method::POST, "/v1/events", &[("content-type", media)], body)
}

#[test]
fn an_asked_event_is_answered_with_its_outcome_and_a_veto_is_no_error() {
    let api = service();
    for media in ["application/cloudevents+json", "application/json; charset=utf-8"] {
        let reply = fire(&api, media, event("1", "SERVER").to_string());
        assert_eq!(reply.is(200).json["decision"], "accept");
        assert_eq!(reply.json["amended"], true);
        assert_eq!(reply.json["trail"][0]["hook"], "tax");
    }
    let reply = api.post("/v1/events", &event("2", "DISK").to_string());
    assert_eq!(reply.is(200).json["decision"], "veto");
    assert_eq!(reply.json["veto"]["hook"], "disks");
    assert_eq!(reply.json.get("data"), None);
}

#[test]
fn what_a_refusal_causes_is_suppressed() {
    // R30
    let api = service();
    let refused = api.post("/v1/events", &event("1", "DISK").to_string());
    let mut caused = event("2", "DISK");
    caused["cause"] = refused.is(200).json["cause"].clone();
    let reply = api.post("/v1/events", &caused.to_string());
    assert_eq!(reply.is(200).json["suppressed"], json!({"hook": "disks", "event": "1"}));
    assert_eq!(reply.json["decision"], "accept");
}

#[test]
fn a_told_event_is_accepted() {
    let api = service();
    let mut told = event("1", "SERVER");
    told["type"] = "cloud.post_create".into();
    let reply = api.post("/v1/events", &told.to_string());
    assert_eq!(reply.is(202).json["mode"], "tell");
}

#[test]
fn in_binary_mode_attributes_are_headers_and_the_body_is_the_data() {
    let api = service();
    let headers = [
        ("content-type", "application/json"),
        ("ce-specversion", "1.0"),
        ("ce-id", "a%20%C3%A5"),
        ("ce-type", "cloud.pre_create"),
        ("ce-source", "orchestrator"),
        ("ce-option", "DISK"),
    ];
    let reply = api.send(Method::POST, "/v1/events", &headers, r#"{"cpu":4}"#);
    assert_eq!(reply.is(200).json["id"], "a å");
    assert_eq!(reply.json["veto"]["hook"], "disks");
    // No body is no data.
    assert_eq!(api.send(Method::POST, "/v1/events", &headers[1..], "").is(200).json["decision"], "veto");
    let missing = api.send(Method::POST, "/v1/events", &headers[..2], "{}");
    assert_eq!(missing.refused(400), ["\"id\" is missing", "\"type\" is missing", "\"source\" is missing"]);
    let mut wrong = headers;
    wrong[0].1 = "text/plain";
    let detail = "the body's media type \"text/plain\" is not understood; send application/json";
    assert_eq!(api.send(Method::POST, "/v1/events", &wrong, "{}").refused(415), [detail]);
}

#[test]
fn jerasofts_envelope_is_taken() {
    // R35
    let api = service();
    let envelope = r#"{"event":{"dt":"2026-01-31T12:00:00Z","events_id":"clients.create","object_id":7},"data":{"id":7}}"#;
    let reply = api.post("/v1/events", envelope);
    assert_eq!(reply.is(202).json["event"], "billing.clients.create");
}

#[test]
fn each_event_of_a_batch_has_its_own_answer() {
    let api = service();
    let events =
        json!([event("1", "SERVER"), event("1", "SERVER"), event("2", "DISC"), event("3", "DISK"), 7]);
    for media in ["application/json", "application/cloudevents-batch+json"] {
        let reply = fire(&api, media, events.to_string());
        let items = reply.is(200).json.as_array().unwrap();
        let statuses: Vec<_> = items.iter().map(|item| item["status"].as_u64().unwrap()).collect();
        assert_eq!(statuses, [200, 409, 400, 200, 400]);
        assert_eq!(items[0]["outcome"]["decision"], "accept");
        assert_eq!(
            items[1]["problem"]["problems"][0]["message"],
            "the id \"1\" is that of event 1 of this batch"
        );
        assert_eq!(items[2]["problem"]["problems"][0]["hint"], "did you mean \"DISK\"?");
        assert_eq!(items[3]["outcome"]["veto"]["hook"], "disks");
        assert_eq!(items[4]["problem"]["problems"][0]["file"], "body, event 5");
    }
    assert_eq!(fire(&api, "application/json", "[]").is(200).json, json!([]));
    let many: Vec<_> = (0..101).map(|id| event(&id.to_string(), "SERVER")).collect();
    let refused = fire(&api, "application/json", json!(many).to_string()).refused(413);
    assert_eq!(refused, ["the batch has 101 events, at most 100 are allowed"]);
    let one = fire(&api, "application/cloudevents-batch+json", event("1", "DISK").to_string());
    assert_eq!(one.refused(400), ["a batch is a JSON array of events"]);
}

#[test]
fn everything_that_is_wrong_is_listed() {
    let api = service();
    let wrong = json!({"specversion": "1.0", "id": 1, "type": "cloud.pre_creat", "source": "s"});
    assert_eq!(api.post("/v1/events", &wrong.to_string()).refused(400), ["\"id\" must be a string, not 1"]);
    let mut unknown = event("1", "DISK");
    unknown["type"] = "cloud.pre_creat".into();
    let refused = api.post("/v1/events", &unknown.to_string()).refused(400);
    assert_eq!(refused, ["unknown event \"cloud.pre_creat\", did you mean \"cloud.pre_create\"?"]);
    let mut many = event("1", "DISC");
    many["time"] = "noon".into();
    let refused = api.post("/v1/events", &many.to_string()).refused(400);
    assert_eq!(refused.len(), 2, "{refused:?}");
    let half = &event("1", "DISK").to_string()[..40];
    assert!(api.post("/v1/events", half).refused(400)[0].starts_with("not JSON: EOF"));
    let two = format!("{0}\n{0}", event("1", "DISK"));
    assert!(api.post("/v1/events", &two).refused(400)[0].starts_with("not JSON: trailing characters"));
    let not_text = fire(&api, "application/json", b"{\"a\":\"\xff\"}").refused(400);
    assert!(not_text[0].starts_with("the body is not UTF-8: invalid utf-8 sequence"), "{not_text:?}");
    for media in ["text/plain", ""] {
        assert!(fire(&api, media, "{}").refused(415)[0].contains("is not understood"));
    }
    let query = api.post("/v1/events?dyr=true", "{}").refused(400);
    assert!(query[0].contains("unknown field `dyr`, expected `dry`"), "{query:?}");
    api.get("/v1/events").refused(405);
    api.get("/v1/event").refused(404);
}

#[test]
fn a_body_that_is_too_large_is_refused_and_the_next_is_answered() {
    let api = service();
    let mut large = event("1", "SERVER");
    // It is answered before all of it has come.
    let head =
        "host: localhost\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: 10000000";
    let sent = format!("POST /v1/events HTTP/1.1\r\n{head}\r\n\r\n{}", "x".repeat(400 << 10));
    assert_eq!(api.raw(&sent).refused(413), ["the body has more than 6291456 bytes"]);
    large["data"] = "x".repeat(260 << 10).into();
    let refused = api.post("/v1/events", &large.to_string()).refused(400);
    assert_eq!(refused, ["data: 266242 bytes, at most 262144 are allowed"]);
    api.post("/v1/events", &event("1", "SERVER").to_string()).is(200);
}

#[test]
fn a_batch_may_be_larger_than_one_event_and_each_of_its_events_may_not() {
    let api = service();
    let sized = |id: usize, kib: usize| {
        let mut event = event(&id.to_string(), "SERVER");
        event["data"] = json!({ "text": "x".repeat(kib << 10) });
        event
    };
    let many: Vec<_> = (0..100).map(|id| sized(id, 10)).collect();
    let reply = fire(&api, "application/cloudevents-batch+json", json!(many).to_string());
    let statuses = |reply: Reply| -> Vec<u64> {
        let items = reply.is(200).json.as_array().unwrap();
        items.iter().map(|item| item["status"].as_u64().unwrap()).collect()
    };
    assert_eq!(statuses(reply), [200; 100]);
    let mixed = json!([sized(1, 200), sized(2, 257), sized(3, 500), sized(4, 200)]).to_string();
    let reply = fire(&api, "application/json", &mixed);
    let message = |n: usize| reply.json[n]["problem"]["problems"][0]["message"].as_str().unwrap();
    assert_eq!(message(1), "data: 263179 bytes, at most 262144 are allowed");
    assert!(message(2).ends_with(" bytes, at most 393216 are allowed"), "{}", message(2));
    assert_eq!(statuses(reply), [200, 400, 400, 200]);
    let chunks = format!("{:x}\r\n{mixed}\r\n0\r\n\r\n", mixed.len());
    let head =
        "POST /v1/events HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ntransfer-encoding: chunked";
    let reply = api.raw(&format!("{head}\r\ncontent-type: application/json\r\n\r\n{chunks}"));
    assert_eq!(statuses(reply), [200, 400, 400, 200]);
    // What is refused is not waited for.
    let begun = |bytes: usize, body: &str| {
        let head = format!("host: localhost\r\nconnection: close\r\ncontent-length: {bytes}");
        let sent =
            format!("POST /v1/events HTTP/1.1\r\n{head}\r\ncontent-type: application/json\r\n\r\n{body}");
        api.raw(&sent).refused(413)
    };
    assert_eq!(begun((6 << 20) + 1, "["), ["the body has more than 6291456 bytes"]);
    let one = sized(1, 500).to_string();
    assert_eq!(begun(one.len(), &one[..(384 << 10) + 1]), ["the body has more than 393216 bytes"]);
}

#[test]
fn a_dry_run_says_what_would_happen_and_leaves_no_trace() {
    let given = Given::new().hook("quote", "log", "priority = 1\n").hook("disks", "veto", "priority = 2");
    let api = Api::start(given);
    let mut outcomes = api.world.host.outcomes();
    let body = event("1", "DISK").to_string();
    assert_eq!(api.post("/v1/events?dry=true", &body).is(200).json["veto"]["hook"], "disks");
    let calls = || api.world.roster.hooks().map(|hook| hook.stats().calls()).collect::<Vec<_>>();
    assert_eq!(calls(), [0, 0]);
    assert_eq!(api.world.log(), []);
    assert!(outcomes.try_recv().is_err());
    api.post("/v1/events", &body).is(200);
    assert_eq!(calls(), [1, 1]);
    assert!(!api.world.log().is_empty());
    assert!(outcomes.try_recv().is_ok());
}

#[test]
fn a_warm_hook_remembers_nothing_of_a_dry_run() {
    let api = Api::start(Given::new().hook("count", "count", "isolation = 'warm'\npriority = 1\n"));
    let body = event("1", "DISK").to_string();
    let counted = |path| api.post(path, &body).is(200).json["data"].clone();
    let first = counted("/v1/events");
    assert_ne!(counted("/v1/events"), first, "it does count");
    let dry = counted("/v1/events?dry=true");
    // The sandbox that saw the dry event is gone, so counting begins anew.
    assert_ne!(dry, first);
    assert_eq!(counted("/v1/events"), first);
}

#[test]
fn an_event_goes_on_when_its_caller_leaves() {
    let slow = "priority = 1\n[properties]\nms = 300";
    let given = Given::new().hook("slow", "sleep", slow).hook("last", "see", "priority = 2");
    let api = Api::start(given);
    let body = event("1", "SERVER").to_string();
    let mut stream = TcpStream::connect(api.address()).unwrap();
    let head = "POST /v1/events HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n";
    write!(stream, "{head}content-length: {}\r\n\r\n{body}", body.len()).unwrap();
    let begun = || api.world.host.running() > 0;
    api.wait(tenterhook_tests::until("the first hook runs", begun));
    drop(stream);
    api.wait(api.world.until_log("last", ""));
}

#[test]
fn a_busy_host_says_when_to_try_again() {
    let given = Given::new().hook("slow", "sleep", "priority = 1\n[properties]\nms = 400");
    let given = given.limits(|limits| {
        limits.concurrency = 1;
        limits.busy_wait = std::time::Duration::ZERO;
    });
    let api = Api::start(given);
    let body = event("1", "SERVER").to_string();
    let first = std::thread::scope(|scope| {
        let first = scope.spawn(|| api.post("/v1/events", &body));
        api.wait(tenterhook_tests::until("it runs", || api.world.host.running() > 0));
        let busy = api.post("/v1/events", &body);
        assert_eq!(busy.refused(503), ["the host is busy, try again"]);
        assert_eq!(busy.header("retry-after"), "1");
        first.join().unwrap()
    });
    first.is(200);
}

#[test]
fn half_a_request_holds_up_nobody() {
    let api = service();
    let mut stream = TcpStream::connect(api.address()).unwrap();
    write!(stream, "POST /v1/events HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{{").unwrap();
    api.post("/v1/events", &event("1", "SERVER").to_string()).is(200);
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400"), "{answer}");
}
