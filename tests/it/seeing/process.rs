//! Logs and traces of `tenterhook serve` as a process of its own.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use tenterhook_tests::{Given, until};

/// A service, and what it wrote to standard error so far.
struct Served {
    child: Child,
    url: String,
    log: Arc<Mutex<Vec<String>>>,
    given: Given,
}

impl Served {
    fn start(given: Given, arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tenterhook-under-test"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--hooks"]).arg(given.hooks()).args(arguments);
        command.arg("--state").arg(given.data()).arg("--cache").arg(given.data().join("cache"));
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let log = Arc::new(Mutex::new(Vec::new()));
        let (sender, listening) = mpsc::channel();
        let sink = Arc::clone(&log);
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if let Some(url) = line.strip_prefix("listening on ") {
                    let _ = sender.send(url.to_owned());
                }
                sink.lock().unwrap().push(line);
            }
        });
        let url = listening.recv_timeout(std::time::Duration::from_secs(60)).expect("it listens");
        Self { child, url, log, given }
    }

    /// Fires an event; returns the status.
    fn fire(&self, event: &Value, headers: &[(&str, &str)]) -> u16 {
        let config = ureq::Agent::config_builder().http_status_as_error(false);
        let agent: ureq::Agent = config.build().into();
        let mut request = agent.post(format!("{}/v1/events?token=hush", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send_json(event).unwrap().status().as_u16()
    }

    fn lines(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    /// Lines of the log that are JSON, of this target.
    fn of(&self, target: &str) -> Vec<Value> {
        let lines = self.lines();
        let json = lines.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        json.filter(|line| line["target"] == target).collect()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = &self.given;
    }
}

fn create(id: &str) -> Value {
    json!({"specversion": "1.0", "id": id, "type": "cloud.pre_create", "source": "test", "option": "SERVER",
           "data": {"password": "hush"}})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_request_has_a_line_and_none_has_data_or_a_query() {
    let served = Served::start(Given::new().hook("a", "log", ""), &["--log-format", "json"]);
    assert_eq!(served.fire(&create("e1"), &[]), 200);
    until("the request has a line", || served.of("tenterhook::access").len() == 1).await;
    let line = &served.of("tenterhook::access")[0];
    assert_eq!(
        (&line["method"], &line["path"], &line["status"]),
        (&"POST".into(), &"/v1/events".into(), &200.into())
    );
    assert!(line["micros"].is_u64() && line["token"] == "-", "{line}");
    let hook = served.of("tenterhook::hook");
    let said: Vec<_> = hook.iter().map(|line| (line["level"].as_str(), line["message"].as_str())).collect();
    let expected = [
        ("INFO", "three"),
        ("WARN", "four"),
        ("ERROR", "five"),
        ("INFO", "six"),
        ("INFO", "seven"),
        ("INFO", "eight"),
    ];
    assert_eq!(said, expected.map(|(level, text)| (Some(level), Some(text))));
    assert!(hook.iter().all(|line| line["hook"] == "a" && line["event"] == "e1"), "{hook:?}");
    assert!(!served.lines().concat().contains("hush"), "{:?}", served.lines());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hook_that_floods_the_log_hides_no_other() {
    let given = Given::new().hook("a", "log", "priority = 1\n[[on]]\nevent = 'cloud.pre_create'\n");
    let served = Served::start(given.hook("b", "see", "priority = 2"), &["--log-format", "json"]);
    for n in 0..60 {
        assert_eq!(served.fire(&create(&format!("e{n}")), &[]), 200);
    }
    until("what was dropped is said", || {
        assert_eq!(served.fire(&create("more"), &[]), 200);
        served.of("tenterhook::hook").iter().any(|line| line["hook"] == "a" && line["dropped"].is_u64())
    })
    .await;
    let of_b = served.of("tenterhook::hook").iter().filter(|line| line["hook"] == "b").count();
    assert!(of_b >= 60, "{of_b}");
}

#[test]
fn a_log_level_that_is_none_is_said() {
    let ended =
        super::super::command::tenterhook(["serve", "--log-level", "loud", "--otlp-endpoint", "ftp://x"])
            .ends();
    ended
        .exits(2)
        .says("no log level \"loud\"")
        .says("such as info")
        .says("spans cannot be sent to \"ftp://x\"");
}

/// What a collector got: every span of every request.
struct Collector {
    endpoint: String,
    spans: Arc<Mutex<Vec<Value>>>,
}

impl Collector {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let spans = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&spans);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let sink = Arc::clone(&sink);
                thread::spawn(move || while take(&stream, &sink).is_some() {});
            }
        });
        Self { endpoint, spans }
    }

    fn named(&self, name: &str) -> Option<Value> {
        self.spans.lock().unwrap().iter().find(|span| span["name"] == name).cloned()
    }
}

/// Takes one request.
fn take(mut stream: &TcpStream, sink: &Mutex<Vec<Value>>) -> Option<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).ok()?.to_ascii_lowercase();
    assert!(head.starts_with("post /v1/traces ") && head.contains("application/json"), "{head}");
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "))?;
    let mut body = vec![0; length.parse().ok()?];
    stream.read_exact(&mut body).ok()?;
    let request: Value = serde_json::from_slice(&body).ok()?;
    for resource in request["resourceSpans"].as_array()? {
        for scope in resource["scopeSpans"].as_array()? {
            sink.lock().unwrap().extend(scope["spans"].as_array()?.iter().cloned());
        }
    }
    let answer = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
    stream.write_all(answer.as_bytes()).ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_is_a_span_below_its_caller_and_each_hook_one_below_the_event() {
    let collector = Collector::start();
    let arguments = ["--log-format", "json", "--otlp-endpoint", &collector.endpoint];
    let served =
        Served::start(Given::new().hook("see", "see", "").hook("veto", "veto", "priority = 9"), &arguments);
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let parent = format!("00-{trace}-00f067aa0ba902b7-01");
    assert_eq!(served.fire(&create("e1"), &[("traceparent", &parent)]), 200);
    until("the spans arrived", || {
        ["cloud.pre_create", "see", "veto"].iter().all(|name| collector.named(name).is_some())
    })
    .await;
    let span = |name| collector.named(name).unwrap();
    let (event, see, veto) = (span("cloud.pre_create"), span("see"), span("veto"));
    assert_eq!(
        (&event["traceId"], &event["parentSpanId"]),
        (&trace.into(), &"00f067aa0ba902b7".into()),
        "{event}"
    );
    for hook in [&see, &veto] {
        assert_eq!((&hook["traceId"], &hook["parentSpanId"]), (&trace.into(), &event["spanId"]), "{hook}");
    }
    let attributes = event["attributes"].to_string();
    assert!(attributes.contains("tenterhook.decision") && !attributes.contains("hush"), "{event}");
    // The hook was handed its own span.
    let handed = format!("(\"traceparent\", \"00-{trace}-{}-01\")", see["spanId"].as_str().unwrap());
    let said = served.of("tenterhook::hook");
    assert!(
        said.iter().any(|line| line["message"].to_string().replace("\\\"", "\"").contains(&handed)),
        "{handed} in {said:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_events_own_trace_counts_before_the_requests_and_one_not_sampled_is_not_sent() {
    let collector = Collector::start();
    let served =
        Served::start(Given::new().hook("see", "see", ""), &["--otlp-endpoint", &collector.endpoint]);
    let header = format!("00-{}-00f067aa0ba902b7-01", "1".repeat(32));
    let with = |id: &str, parent: String| {
        let mut event = create(id);
        event["traceparent"] = parent.into();
        event
    };
    let (hidden, own) = (
        format!("00-{}-{}-00", "2".repeat(32), "2".repeat(16)),
        format!("00-{}-{}-01", "3".repeat(32), "3".repeat(16)),
    );
    for event in [with("hidden", hidden), with("own", own)] {
        assert_eq!(served.fire(&event, &[("traceparent", &header)]), 200);
    }
    until("the second event's span arrived", || collector.named("cloud.pre_create").is_some()).await;
    let spans = collector.spans.lock().unwrap();
    assert!(spans.iter().all(|span| span["traceId"] == "3".repeat(32).as_str()), "{spans:?}");
}

#[tokio::test]
async fn without_a_collector_a_trace_passes_through_as_it_is() {
    let world = Given::new().hook("a", "see", "").start().await;
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    world.create().attribute("traceparent", parent).await.accepted();
    assert!(world.log_of("a")[0].contains(parent));
}
