//! Signals, the end in order, and what the service manager is told.

use super::{command, connect};
use std::fs;
use std::io::Write;
use std::net::TcpStream;
use std::os::unix::net::UnixDatagram;
use std::time::Duration;
use tempfile::TempDir;
use tenterhook::Host;
use tenterhook::api::{self, Door};
use tenterhook::config::{Config, Listen};
use tenterhook_tests::{Given, Reply, Request, Served, until};
use tokio::sync::oneshot;

const EVENT: &str =
    r#"{"specversion":"1.0","id":"1","type":"cloud.pre_create","source":"shop","option":"SERVER","data":{}}"#;

/// The two halves of a request: whoever sent the first is in flight.
fn halves() -> (String, String) {
    let text = Request::post("/v1/events", EVENT).header("expect", "100-continue").bytes("localhost");
    let (head, body) = text.split_at(text.len() - EVENT.len());
    (head.to_owned(), body.to_owned())
}

/// A connection whose request the service has begun to read, and what is still to be sent.
fn in_flight(served: &Served) -> (TcpStream, String) {
    let (head, body) = halves();
    let mut stream = connect(served, &head);
    // The service asks for the body once a handler wants it.
    Reply::read(&mut stream).is(100);
    (stream, body)
}

#[test]
fn what_is_in_flight_is_finished_before_the_end() {
    for signal in ["TERM", "INT"] {
        let given = Given::new();
        let served = command(&given, &["grace=60s"]).serves();
        let idle = connect(&served, "");
        let (mut stream, body) = in_flight(&served);
        served.signal(signal);
        served.says("stopping: finishing what is in flight");
        stream.write_all(body.as_bytes()).unwrap();
        Reply::read(&mut stream).is(200);
        let (code, said) = served.ends();
        assert_eq!(code, Some(0), "{said}");
        // Lines of the log may still come after it.
        assert!(said.lines().any(|line| line == "stopped"), "{said}");
        drop(idle);
    }
}

#[tokio::test]
async fn once_it_stops_nobody_new_is_let_in() {
    let given = Given::new();
    let served = command(&given, &["grace=60s"]).serves();
    let (mut stream, body) = in_flight(&served);
    served.signal("TERM");
    served.says("stopping");
    until("nobody listens", || TcpStream::connect(served.authority()).is_err()).await;
    stream.write_all(body.as_bytes()).unwrap();
    Reply::read(&mut stream).is(200);
}

#[test]
fn what_takes_longer_than_the_grace_is_cut_short_and_said() {
    let given = Given::new();
    let served = command(&given, &["grace=50ms"]).serves();
    let (stream, _) = in_flight(&served);
    served.signal("TERM");
    let (code, said) = served.ends();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("1 connection cut short, after the grace"), "{said}");
    drop(stream);
}

#[test]
fn a_second_signal_does_not_wait() {
    let given = Given::new();
    let served = command(&given, &["grace=1h"]).serves();
    let (stream, _) = in_flight(&served);
    served.signal("TERM");
    served.says("stopping");
    served.signal("INT");
    let (code, said) = served.ends();
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("stopped at once"), "{said}");
    drop(stream);
}

#[test]
fn a_hangup_reads_the_hooks_again() {
    let given = Given::new();
    let served = command(&given, &[]).serves();
    let decision = || Request::post("/v1/events", EVENT).to(&served).is(200).json()["decision"].clone();
    assert_eq!(decision(), "accept");
    fs::copy(tenterhook_tests::guest("veto"), given.hooks().join("no.wasm")).unwrap();
    fs::write(given.hooks().join("no.toml"), "[limits]\ndeadline = '20s'\n").unwrap();
    served.signal("HUP");
    served.says("the hooks were read again, 1 hook");
    assert_eq!(decision(), "veto");
}

#[test]
fn the_service_manager_is_told_of_every_turn() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("notify");
    let manager = UnixDatagram::bind(&path).unwrap();
    manager.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let told = || {
        let mut bytes = [0; 256];
        let length = manager.recv(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes[..length]).into_owned()
    };
    let given = Given::new();
    let served = command(&given, &[]).env("NOTIFY_SOCKET", &path).serves();
    assert!(told().contains("READY=1"));
    served.signal("HUP");
    let reloading = told();
    assert!(reloading.contains("RELOADING=1") && reloading.contains("MONOTONIC_USEC="), "{reloading}");
    assert!(told().contains("READY=1"));
    served.signal("TERM");
    assert!(told().contains("STOPPING=1"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn before_the_hooks_are_loaded_it_lives_and_is_not_ready() {
    let mut config = Config::default();
    config.listen = Listen::Tcp("127.0.0.1:0".parse().unwrap());
    let door = Door::open(&config, None).await.unwrap();
    let address = door.address().replace("http://", "");
    let (started, host) = oneshot::channel::<Host>();
    let host = async { host.await.unwrap() };
    tokio::spawn(api::serve_while_starting(door, host, std::future::pending()));
    let answer = |request: Request| request.over(TcpStream::connect(&address).unwrap(), "localhost");
    answer(Request::get("/livez")).is(200);
    for request in [Request::get("/readyz"), Request::post("/v1/events", EVENT), Request::get("/")] {
        let refused = answer(request).is(503).problem("the hooks are being loaded");
        assert_eq!(refused.header("retry-after"), Some("1"));
    }
    let world = Given::new().start().await;
    started.send(world.host.clone()).unwrap();
    until("it is ready", || answer(Request::get("/readyz")).status == 200).await;
    answer(Request::post("/v1/events", EVENT)).is(200);
}
