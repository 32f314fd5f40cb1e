//! `wasi:http`: what a component may request of the web, and nothing beyond.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use tenterhook::Event;
use tenterhook::data::Data;
use tenterhook::outcome::Failure;
use tenterhook_tests::{Given, World};

/// A server that does what the path says, and keeps what it was sent.
struct Site {
    address: String,
    got: Arc<Mutex<Vec<String>>>,
}

impl Site {
    fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let got = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&got);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let seen = Arc::clone(&seen);
                thread::spawn(move || while exchange(&stream, &seen).is_some() {});
            }
        });
        Self { address, got }
    }

    fn got(&self) -> Vec<String> {
        self.got.lock().unwrap().clone()
    }

    /// The host of a hook that may request what lies under `/api/`.
    async fn granting(&self, more: &str) -> World {
        let grants = format!("http = ['{}/api/']\nnetworks = ['127.0.0.1']", self.address);
        fetching(&format!("{grants}\n{more}")).start().await.without_problems()
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }
}

fn fetching(grants: &str) -> Given {
    Given::new().hook("a", "fetch", &format!("[grants]\n{grants}\n"))
}

/// One request on a connection; nothing, where there is no more.
fn exchange(mut stream: &TcpStream, seen: &Mutex<Vec<String>>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        (reader.read_line(&mut head).ok()? > 0).then_some(())?;
    }
    let header = |name: &str| {
        let lines = head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned()).next()
    };
    let length = header("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    seen.lock().unwrap().push(format!("{}{}", head, body.len()));
    let path = head.split(' ').nth(1)?.split('?').next()?;
    let answer = |status: &str, more: &str, body: &str| {
        format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n{more}\r\n{body}", body.len())
    };
    let text = match path {
        "/api/hang" => loop {
            thread::park();
        },
        "/api/leave" => return None,
        "/api/away" => answer("302 Found", "location: /secret\r\n", ""),
        "/api/most" => answer("200 OK", "", &"y".repeat(1 << 20)),
        "/api/more" => answer("200 OK", "", &"y".repeat((1 << 20) + 1)),
        "/api/endless" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").ok()?;
            let part = format!("8000\r\n{}\r\n", "z".repeat(0x8000));
            while stream.write_all(part.as_bytes()).is_ok() {}
            return None;
        }
        "/api/missing" => answer("404 Not Found", "", "no such thing"),
        _ => answer("200 OK", "x-seen: yes\r\n", &format!("{path} {}", body.len())),
    };
    stream.write_all(text.as_bytes()).ok()
}

/// What came of the requests of one event, in their order.
async fn answers(world: &World, requests: Value) -> Vec<Value> {
    let answer = world.create().data(json!({ "requests": requests }).to_string()).await;
    let data: Value = serde_json::from_str(answer.data()).unwrap();
    data["answers"].as_array().unwrap().clone()
}

fn error(answer: &Value) -> &str {
    answer["error"].as_str().unwrap_or_else(|| panic!("no error: {answer}"))
}

#[tokio::test]
async fn a_hook_requests_what_it_is_granted_and_reads_the_answer() {
    let site = Site::open();
    let world = site.granting("").await;
    let got = answers(
        &world,
        json!([
            { "url": site.url("/api/customers/7?full=1") },
            { "method": "POST", "url": site.url("/api/orders"), "bytes": 70_000, "headers": [["x-key", "abc"]] },
            { "url": site.url("/api/missing") },
            { "url": site.url("/api/away") },
            { "url": site.url("/api/most") },
        ]),
    );
    let got = got.await;
    let expected = json!([
        { "status": 200, "body": "/api/customers/7 0" },
        { "status": 200, "body": "/api/orders 70000" },
        { "status": 404, "body": "no such thing" },
        { "status": 302, "body": "" },
        { "status": 200, "bytes": 1 << 20 },
    ]);
    assert_eq!(Value::from(got), expected);
    let seen = site.got();
    assert!(seen[0].starts_with("GET /api/customers/7?full=1 HTTP/1.1\r\n"), "{}", seen[0]);
    assert!(seen[1].contains("x-key: abc\r\n"), "{}", seen[1]);
    assert_eq!(seen.len(), 5, "no redirect is followed: {seen:?}");
}

#[tokio::test]
async fn nothing_but_what_is_granted_is_reached() {
    let site = Site::open();
    let world = site.granting("").await;
    for url in [
        site.url("/"),
        site.url("/api"),
        site.url("/apis/"),
        site.url("/api/../secret"),
        site.url("/api/%2e%2e/secret"),
        site.url("/api/..%2fsecret"),
        site.url("/api/").replace("http://", "https://"),
        site.url("/api/").replace("127.0.0.1", "localhost"),
        site.url("/api/").replace("http://", "http://user@"),
        site.url("@evil.test/api/"),
        "http://127.0.0.1:1/api/".to_owned(),
    ] {
        let got = answers(&world, json!([{ "url": url }])).await;
        assert!(["denied", "invalid-request"].contains(&error(&got[0])), "{url}: {got:?}");
    }
    assert_eq!(site.got(), [""; 0]);
    assert!(world.log_of("a").iter().any(|line| line.contains("GET") && line.contains("not granted")));
}

#[tokio::test]
async fn without_a_grant_and_in_a_dry_run_nothing_goes_out() {
    let site = Site::open();
    let none = fetching("").start().await.without_problems();
    let wanted = json!([{ "url": site.url("/api/") }]);
    assert_eq!(error(&answers(&none, wanted.clone()).await[0]), "denied");
    let world = site.granting("").await;
    let data = Data::from_value(&json!({ "requests": wanted })).unwrap();
    let event = Event::new("cloud.pre_create", "tests").facet("option", "SERVER").with_data(data);
    let outcome = world.host.dry_run(event).await.unwrap();
    assert!(outcome.data().unwrap().as_str().contains("\"denied\""), "{outcome:?}");
    assert_eq!(site.got(), [""; 0]);
}

#[tokio::test]
async fn an_address_that_is_not_public_takes_a_grant_of_its_own() {
    let site = Site::open();
    let grants = |networks: &str| format!("http = ['{}/']\nnetworks = [{networks}]", site.address);
    for networks in ["", "'10.0.0.0/8', '::1'"] {
        let world = fetching(&grants(networks)).start().await.without_problems();
        let got = answers(&world, json!([{ "url": site.url("/") }])).await;
        assert_eq!(error(&got[0]), "denied", "{got:?}");
        assert!(world.log_of("a")[0].contains("a loopback address"), "{:?}", world.log_of("a"));
    }
    assert_eq!(site.got(), [""; 0]);
}

#[tokio::test]
async fn a_call_sends_eight_requests_at_most_and_the_next_call_again() {
    let site = Site::open();
    let world = site.granting("").await;
    let nine = json!(vec![json!({ "url": site.url("/api/") }); 9]);
    for _ in 0..2 {
        let got = answers(&world, nine.clone()).await;
        assert!(got[..8].iter().all(|answer| answer["status"] == 200), "{got:?}");
        assert_eq!(error(&got[8]), "too-many");
    }
    assert_eq!(site.got().len(), 16);
}

#[tokio::test]
async fn bodies_and_answers_are_bounded() {
    let site = Site::open();
    let world = site.granting("").await;
    let most = json!([{ "method": "POST", "url": site.url("/api/"), "bytes": 1 << 20 }]);
    assert_eq!(answers(&world, most).await[0]["status"], 200);
    let more = json!([{ "method": "POST", "url": site.url("/api/"), "bytes": (1 << 20) + 1 }]);
    assert_eq!(error(&answers(&world, more).await[0]), "too-large");
    for path in ["/api/more", "/api/endless"] {
        let got = answers(&world, json!([{ "url": site.url(path) }])).await;
        assert_eq!(error(&got[0]), "too-large", "{got:?}");
    }
}

#[tokio::test]
async fn a_target_that_does_not_answer_ends_with_the_call_and_harms_no_other() {
    let site = Site::open();
    let grants =
        format!("http = ['{}/api/']\nnetworks = ['127.0.0.1']\n[limits]\ndeadline = '200ms'", site.address);
    let world = fetching(&grants).start().await.without_problems();
    let hanging = json!({ "requests": [{ "url": site.url("/api/hang") }] });
    world.create().data(hanging.to_string()).await.failed("a", Failure::Deadline, "");
    let world = site.granting("").await;
    let left =
        answers(&world, json!([{ "url": site.url("/api/leave") }, { "url": site.url("/api/") }])).await;
    assert_eq!((error(&left[0]), &left[1]["status"]), ("unreachable", &json!(200)), "{left:?}");
}

#[tokio::test]
async fn a_request_continues_the_trace_and_says_nothing_in_the_hosts_name() {
    let site = Site::open();
    let world = site.granting("").await;
    let headers = json!([["tenterhook-cause", "v1.forged"]]);
    let wanted = json!({ "requests": [{ "url": site.url("/api/") }, { "url": site.url("/api/"), "headers": headers }] });
    let traced = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let answer = world.create().data(wanted.to_string()).attribute("traceparent", traced).await;
    assert!(answer.data().contains("invalid-request"), "{}", answer.data());
    let [seen] = &site.got()[..] else { panic!("{:?}", site.got()) };
    assert!(seen.contains(&format!("traceparent: {traced}\r\n")), "{seen}");
    assert!(!seen.contains("tenterhook-cause"), "{seen}");
}

#[tokio::test]
async fn grants_are_checked_with_line_value_and_hint() {
    let toml = "http = ['crm.example.com', 'ftp://a/', 3, 'https://a/?b']\n";
    let problems = fetching(toml).start().await.problems();
    let hint = "write a scheme, a host and a beginning of paths, such as \"https://crm.example.com/api/\"";
    for text in ["\"crm.example.com\"", "\"ftp://a/\"", "\"https://a/?b\""] {
        let said = problems.iter().any(|problem| {
            problem.starts_with(&format!("a.toml:2: grants.http: {text} is no URL to grant"))
                && problem.ends_with(hint)
        });
        assert!(said, "{text}: {problems:?}");
    }
    assert_eq!(problems.len(), 4, "{problems:?}");
}
