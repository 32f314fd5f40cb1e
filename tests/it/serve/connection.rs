//! What one connection may use.

use super::{command, connect};
use std::io::{Read, Write};
use tenterhook_tests::{Given, Reply, Request};

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

#[test]
fn connections_beyond_the_most_wait_for_their_turn() {
    let given = Given::new();
    let served = command(&given, &["connections.max=1", "connections.header=60s"]).serves();
    let text = look().bytes(served.authority());
    let mut first = connect(&served, &text);
    Reply::read(&mut first).is(404);
    let mut second = connect(&served, &text);
    first.write_all(text.as_bytes()).unwrap();
    Reply::read(&mut first).is(404);
    second.set_nonblocking(true).unwrap();
    assert!(second.read(&mut [0]).is_err(), "there is no room for it yet");
    second.set_nonblocking(false).unwrap();
    drop(first);
    Reply::read(second).is(404);
}
