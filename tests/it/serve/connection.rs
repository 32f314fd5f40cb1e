//! What one connection may use.

use super::{command, connect};
use std::io::{Read, Write};
use std::net::TcpStream;
use tenterhook_tests::{Given, Reply, Request, Served};

/// A request for something that there is not: an answer shows that the service works.
fn look() -> Request {
    Request::get("/v1/nothing")
}

#[test]
fn who_sends_no_whole_head_is_not_waited_for() {
    let given = Given::new();
    let served = command(&given, &["connections.header=100ms"]).serves();
    for text in ["", "GET /v1/nothing HTTP/1.1\r\nhost: local"] {
        let mut rest = String::new();
        connect(&served, text).read_to_string(&mut rest).unwrap();
        assert!(!rest.contains("404"), "{rest}");
    }
    // Neither is who says nothing more.
    let mut idle = connect(&served, &look().bytes(served.authority()));
    Reply::read(&mut idle).is(404);
    assert_eq!(idle.read(&mut [0]).unwrap(), 0);
}

#[test]
fn who_sends_no_whole_body_is_not_waited_for() {
    let given = Given::new();
    let served = command(&given, &["connections.request=100ms"]).serves();
    let head = "POST /v1/events HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{";
    Reply::read(connect(&served, head)).is(408).problem("the request took too long");
}

#[test]
fn a_head_has_a_largest_size() {
    let given = Given::new();
    let served = command(&given, &["connections.header_size=8KiB"]).serves();
    look().header("x", &"x".repeat(7000)).to(&served).is(404);
    look().header("x", &"x".repeat(9000)).to(&served).is(431);
}

/// A connection with a request whose body the service waits for.
fn slow_body(served: &Served) -> TcpStream {
    let head = "POST /v1/events HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n";
    let stream = connect(served, head);
    let mut go_on = [0; "HTTP/1.1 100 Continue\r\n\r\n".len()];
    (&stream).read_exact(&mut go_on).unwrap();
    assert!(go_on.starts_with(b"HTTP/1.1 100 "), "{}", go_on.escape_ascii());
    stream
}

#[test]
fn bodies_that_do_not_come_keep_nobody_out() {
    let given = Given::new();
    let settings = ["connections.max=8", "connections.header=300ms", "connections.request=10m"];
    let served = command(&given, &settings).serves();
    let first = slow_body(&served);
    look().to(&served).is(404);
    let mut slow: Vec<_> = (0..7).map(|_| slow_body(&served)).collect();
    for _ in 0..3 {
        look().to(&served).is(404);
    }
    // Whoever made room is told why, and the others are still waited for.
    let told = Reply::read(first).is(408).problem("the request took too long");
    assert_eq!(told.header("connection"), Some("close"));
    let last = slow.pop().unwrap();
    (&last).write_all(b"{\"a\": 1} ").unwrap();
    Reply::read(last).is(400);
}

/// A request that takes a while: the hook sleeps.
fn slow() -> (Given, Request) {
    let given = Given::new().hook(
        "slow",
        "sleep",
        "priority = 1\n[properties]\nms = 500\n[limits]\ndeadline = '20s'",
    );
    let event = r#"{"specversion":"1.0","id":"1","type":"cloud.pre_create","source":"s","option":"SERVER","data":{}}"#;
    (given, Request::post("/v1/events", event))
}

#[test]
fn connections_beyond_the_most_wait_for_those_that_work() {
    let (given, slow) = slow();
    let served = command(&given, &["connections.max=1", "limits.budget=20s"]).serves();
    let mut first = connect(&served, &slow.bytes(served.authority()));
    let second = connect(&served, &look().bytes(served.authority()));
    second.set_nonblocking(true).unwrap();
    assert!((&second).read(&mut [0]).is_err(), "there is no room for it yet");
    second.set_nonblocking(false).unwrap();
    Reply::read(&mut first).is(200);
    Reply::read(second).is(404);
    assert_eq!(first.read(&mut [0]).unwrap(), 0, "it made room");
}

#[test]
fn ten_thousand_idle_connections_keep_nobody_out() {
    let given = Given::new();
    let served = command(&given, &["connections.max=400", "connections.header=60s"]).serves();
    // Neither those that say nothing, nor those that say half of something.
    let texts = ["", "GET /v1/nothing HTTP/1.1\r\nhost: local"];
    let mut idle = Vec::new();
    for number in 0..10_000 {
        idle.push(connect(&served, texts[number % 2]));
        if number % 1_000 == 999 {
            look().to(&served).is(404);
        }
        // As many as one process may hold open on its own side.
        idle.drain(..idle.len().saturating_sub(500));
    }
}
