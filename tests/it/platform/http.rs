//! The service calls the platform over HTTP: signed, bounded, verified.

use crate::access::{serve, token};
use crate::serve::tls::{AUTHORITY, OLD, folder};
use crate::signed;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};
use tenterhook_tests::{Given, Reply, Request, Served};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A request as the platform got it.
pub(super) struct Got {
    head: String,
    body: String,
}

impl Got {
    #[track_caller]
    fn header(&self, name: &str) -> &str {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        let mut found = lines.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value);
        found.next().unwrap_or_else(|| panic!("no {name} in {}", self.head))
    }
}

/// An application that takes one request after the other, and answers each with this text.
fn application(answer: impl Into<String>) -> (String, Receiver<Got>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hooks?x=1", listener.local_addr().unwrap());
    let (got, gets) = channel();
    let answer = answer.into();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let (got, answer) = (got.clone(), answer.clone());
            thread::spawn(move || drop(take(stream, &answer, &got)));
        }
    });
    (url, gets)
}

fn take(
    mut stream: impl Read + Write,
    answer: &str,
    got: &std::sync::mpsc::Sender<Got>,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(&mut stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head)? == 0 {
            return Ok(());
        }
    }
    let length = head
        .to_lowercase()
        .split("content-length: ")
        .nth(1)
        .and_then(|rest| rest.lines().next()?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body)?;
    let _ = got.send(Got { head, body: String::from_utf8_lossy(&body).into_owned() });
    if answer.is_empty() {
        // Says nothing, until the other side has enough of it.
        return stream.read(&mut [0]).map(drop);
    }
    stream.write_all(answer.as_bytes())
}

fn json_answer(body: &str) -> String {
    answer("200 OK", "application/json", body)
}

fn answer(status: &str, media: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: {media}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}

/// The same behind TLS, with a certificate for `localhost`.
fn encrypted(answer: impl Into<String>) -> (String, Receiver<Got>) {
    let chain = vec![CertificateDer::from_pem_slice(OLD.0.as_bytes()).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(OLD.1.as_bytes()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(config.with_no_client_auth().with_single_cert(chain, key).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let ((got, gets), answer) = (channel(), answer.into());
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let (got, answer) = (got.clone(), answer.clone());
            thread::spawn(move || drop(take(StreamOwned::new(connection, stream), &answer, &got)));
        }
    });
    (format!("https://HOST:{port}/"), gets)
}

/// A service whose hook calls the application at a URL, with more of its TOML.
fn service(url: &str, toml: &str, more: &[&str]) -> (Given, Served) {
    let toml = format!(
        "{toml}\n[grants]\nplatform = ['createServer']\n\
         [properties]\nmethod = 'createServer'\narguments = '{{\"cpu\": 1.10}}'"
    );
    let given = Given::new().hook("a", "call", &toml);
    let url = format!("platform.url={url}");
    let secrets = given.secrets().display().to_string();
    let given = given.secret("platform", SECRET);
    let set =
        ["--set", &url, "--set", "platform.secret=platform", "--secrets", &secrets, "--set", "admission=any"];
    let served = serve(&given, &[&set, more].concat());
    (given, served)
}

fn event(id: &str, more: Value) -> String {
    let mut event = json!({
        "specversion": "1.0", "id": id, "type": "cloud.post_create", "source": "shop", "option": "SERVER", "data": {},
    });
    event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    event.to_string()
}

fn tell(served: &Served, id: &str) -> Reply {
    Request::post("/v1/events", &event(id, json!({}))).to(served).is(202)
}

/// What the hook says that it was answered.
#[track_caller]
fn said(answer: &str, text: &str) {
    let (url, _got) = application(answer);
    let (_given, served) = service(&url, "", &[]);
    tell(&served, "e1");
    served.says(text);
}

#[test]
fn a_call_is_a_signed_request_that_says_who_calls_and_until_when() {
    // R33
    let (url, got) = application(json_answer(r#"{"id": 12345678901234567890}"#));
    let (_given, served) = service(&url, "", &[]);
    let more = json!({"tenant": "t\u{e9}", "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"});
    Request::post("/v1/events", &event("e.1", more)).to(&served).is(202);
    let got = got.recv().unwrap();
    assert!(got.head.starts_with("POST /hooks?x=1 HTTP/1.1\r\n"), "{}", got.head);
    assert_eq!(got.body, r#"{"method":"createServer","arguments":{"cpu": 1.10}}"#);
    assert_eq!(got.header("content-type"), "application/json");
    assert_eq!((got.header("idempotency-key"), got.header("webhook-id")), ("e.1/a/1", "e%2E1/a/1"));
    let timestamp = got.header("webhook-timestamp");
    assert_eq!(got.header("webhook-signature"), signed::webhook(SECRET, "e%2E1/a/1", timestamp, &got.body));
    assert!(timestamp.parse::<u64>().unwrap() > 1_700_000_000);
    assert_eq!((got.header("tenterhook-hook"), got.header("tenterhook-event")), ("a", "e.1"));
    assert_eq!((got.header("tenterhook-source"), got.header("tenterhook-tenant")), ("shop", "t%C3%A9"));
    assert!(got.header("tenterhook-cause").starts_with("v1."));
    assert!(got.header("traceparent").starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-"));
    let left: u64 = got.header("tenterhook-deadline-ms").parse().unwrap();
    assert!(left > 10_000 && left <= 20_000, "{left}");
    served.says(r#"{"id": 12345678901234567890}"#);
}

#[test]
fn what_a_call_raises_comes_back_with_its_cause_and_wakes_no_hook() {
    // R28, R33: grant, call, HTTP with the cause, and the event that comes in with it.
    let (url, got) = application(json_answer("1"));
    let (given, served) = service(&url, "", &[]);
    let platform = token(&given, &["--scope", "fire,cause", "--source", "shop"]);
    let raise = |event: &str| Request::post("/v1/events", event).bearer(&platform);
    raise(&event("e1", json!({}))).to(&served).is(202);
    let call = got.recv().unwrap();
    let cause = call.header("tenterhook-cause");
    let caused = raise(&event("e2", json!({ "cause": cause }))).to(&served).is(202).json();
    assert_eq!(caused["suppressed"], json!({"hook": "a", "event": "e1"}));
    assert_eq!(caused["trail"], json!([]));
    assert!(got.try_recv().is_err(), "no hook has called");
}

#[test]
fn whatever_is_no_result_is_an_error_of_the_hook() {
    said(&json_answer("{"), "invalid-answer: the platform's answer: not JSON");
    said(&json_answer(""), "invalid-answer: the platform's answer: not JSON");
    said(&json_answer(r#"{"a":1,"a":2}"#), "the key \"a\" stands twice in one object");
    said(
        &answer("200 OK", "text/html", "1"),
        "invalid-answer: the platform's answer is not application/json",
    );
    said(&json_answer(&"1".repeat(70_000)), "too-large: the platform's answer has more than 65536 bytes");
    said(
        &answer("204 No Content", "application/json", ""),
        "http-204: the platform answered 204: No Content",
    );
    said(
        &answer("302 Found\r\nlocation: /", "application/json", "1"),
        "http-302: the platform answered 302: Found",
    );
    let problem = r#"{"title":"No","detail":"no server is left","code":"sold-out"}"#;
    said(&answer("409 Conflict", "application/problem+json", problem), "sold-out: no server is left");
    said(
        &answer("500 Oh", "text/html", "<h1>"),
        "http-500: the platform answered 500: Internal Server Error",
    );
    said(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9\r\nconnection: close\r\n\r\n1",
        "unavailable: the platform's answer broke off",
    );
    said("nonsense\r\n\r\n", "unavailable: the platform cannot be reached");
}

#[test]
fn a_platform_that_hangs_does_not_outlive_the_call() {
    let (url, got) = application("");
    let (_given, served) = service(&url, "limits = { deadline = '100ms' }", &[]);
    tell(&served, "e1");
    got.recv().unwrap();
    // It is tried again later; nobody waits for it now.
    let failed = || Request::get("/v1/log?status=failed").to(&served).is(200).json().to_string();
    let began = Instant::now();
    while !failed().contains(r#""failure":"deadline""#) {
        assert!(began.elapsed() < Duration::from_secs(20), "{}", failed());
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn whoever_cannot_prove_to_be_the_platform_is_told_nothing() {
    let (url, got) = encrypted(json_answer("1"));
    let folder = folder((AUTHORITY, ""));
    let ca = format!("platform.ca={}", folder.path().join("c.pem").display());
    let url = |host: &str| url.replace("HOST", host);
    let (_given, served) = service(&url("localhost"), "", &["--set", &ca]);
    tell(&served, "e1");
    served.says("tenterhook::hook: 1");
    got.recv().unwrap();
    // Of an authority that is not trusted.
    let (_given, served) = service(&url("localhost"), "", &[]);
    tell(&served, "e1");
    served.says("unavailable: the platform cannot be reached");
    served.says("UnknownIssuer");
    assert!(got.try_recv().is_err());
}

#[test]
fn a_platform_that_is_not_there_is_said_to_be() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let (_given, served) = service(&url, "", &[]);
    tell(&served, "e1");
    served.says("unavailable: the platform cannot be reached");
    served.says("Connection refused");
}

#[test]
fn a_rotated_secret_signs_at_once() {
    let (url, got) = application(json_answer("1"));
    let (given, served) = service(&url, "", &[]);
    tell(&served, "e1");
    let given = given.secret("platform", "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    tell(&served, "e2");
    let (before, after) = (got.recv().unwrap(), got.recv().unwrap());
    assert_ne!(before.header("webhook-signature"), after.header("webhook-signature"));
    let given = given.secret("platform", "geheim");
    tell(&served, "e3");
    served.says("the secret \"platform\" is no signing secret");
    assert!(got.try_recv().is_err(), "nothing goes out unsigned");
    drop(given);
}
