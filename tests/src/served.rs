//! When a program talks to the service: `tenterhook serve` as a process of its own, and requests to it.

use crate::Run;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long a test waits for what should happen at once.
const DEADLINE: Duration = Duration::from_secs(20);

/// A running service.
pub struct Served {
    child: Child,
    err: Arc<Said>,
    folder: TempDir,
    address: String,
}

/// What a process has said on standard error so far, and whether it will say more.
#[derive(Default)]
struct Said {
    text: Mutex<(String, bool)>,
    more: Condvar,
}

impl Said {
    /// Waits until what was said holds `text`, or nothing more will be.
    fn wait(&self, text: &str) -> (String, bool) {
        let said = self.text.lock().unwrap_or_else(PoisonError::into_inner);
        let waits = |said: &mut (String, bool)| !said.1 && !said.0.contains(text);
        let said = self.more.wait_timeout_while(said, DEADLINE, waits);
        said.unwrap_or_else(PoisonError::into_inner).0.clone()
    }

    fn add(&self, line: &str, last: bool) {
        let mut said = self.text.lock().unwrap_or_else(PoisonError::into_inner);
        said.0 += line;
        said.1 = last;
        self.more.notify_all();
    }
}

impl Run<'_> {
    /// Starts it as a service, and waits until it listens.
    #[track_caller]
    pub fn serves(self) -> Served {
        let mut served = self.starts();
        let said = served.says("listening on ");
        let address = said.split("listening on ").nth(1).and_then(|rest| rest.lines().next());
        served.address = address.unwrap_or_default().to_owned();
        served
    }

    /// Starts it as a service, and waits for nothing.
    #[track_caller]
    pub fn starts(self) -> Served {
        let (mut child, folder) = self.spawn();
        let stderr = child.stderr.take().expect("standard error is a pipe");
        let err = Arc::new(Said::default());
        let said = Arc::clone(&err);
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                said.add(&format!("{line}\n"), false);
            }
            said.add("", true);
        });
        Served { child, err, folder, address: String::new() }
    }
}

impl Served {
    /// Where it listens, such as `http://127.0.0.1:8710`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The same without the scheme.
    pub fn authority(&self) -> &str {
        self.address.split_once("://").map_or(&self.address, |(_, authority)| authority)
    }

    /// The folder in which it runs.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Waits until it has said this on standard error; returns all that it said.
    #[track_caller]
    pub fn says(&self, text: &str) -> String {
        let (said, _) = self.err.wait(text);
        assert!(said.contains(text), "no {text:?} in\n{said}");
        said
    }

    /// The process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Kills it, right now.
    #[track_caller]
    pub fn kill(&mut self) {
        self.child.kill().expect("it can be killed");
    }

    /// Sends it a signal, such as `TERM`.
    #[track_caller]
    pub fn signal(&self, name: &str) {
        let kill = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status();
        assert!(kill.is_ok_and(|status| status.success()), "{name} cannot be sent");
    }

    /// Waits for its end: its exit code, and all that it said on standard error.
    #[track_caller]
    pub fn ends(mut self) -> (Option<i32>, String) {
        let (said, last) = self.err.wait("\0");
        assert!(last, "it does not end; it said\n{said}");
        (self.child.wait().as_ref().ok().and_then(ExitStatus::code), said)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // Where it has ended, there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A request that is being put together.
#[must_use = "a request is sent with `to` or `over`"]
#[derive(Clone)]
pub struct Request {
    method: &'static str,
    path: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Request {
    /// Reads something.
    pub fn get(path: &str) -> Self {
        Self { method: "GET", path: path.into(), headers: Vec::new(), body: String::new() }
    }

    /// Sends JSON to something.
    pub fn post(path: &str, json: &str) -> Self {
        Self { method: "POST", body: json.into(), ..Self::get(path) }
            .header("content-type", "application/json")
    }

    /// Deletes something.
    pub fn delete(path: &str) -> Self {
        Self { method: "DELETE", ..Self::get(path) }
    }

    /// Adds a header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Shows a token.
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// The bytes of it, for a server that goes by `host` where the test names no other.
    pub fn bytes(&self, host: &str) -> String {
        let mut text = format!("{} {} HTTP/1.1\r\n", self.method, self.path);
        if !self.headers.iter().any(|(name, _)| name == "host") {
            text += &format!("host: {host}\r\n");
        }
        for (name, value) in &self.headers {
            text += &format!("{name}: {value}\r\n");
        }
        format!("{text}content-length: {}\r\n\r\n{}", self.body.len(), self.body)
    }

    /// Sends it again until it is answered with this status: what a file says is noticed in a moment.
    #[track_caller]
    pub fn until(self, served: &Served, status: u16) -> Reply {
        let began = Instant::now();
        loop {
            let reply = self.send(served);
            if reply.status == status {
                return reply;
            }
            assert!(began.elapsed() < DEADLINE, "waited in vain for {status}: {reply:?}");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Sends it to a service on a connection of its own.
    #[track_caller]
    pub fn to(self, served: &Served) -> Reply {
        self.send(served)
    }

    #[track_caller]
    fn send(&self, served: &Served) -> Reply {
        match served.address().strip_prefix("unix:") {
            Some(path) => {
                let path = served.folder().join(path);
                let stream = std::os::unix::net::UnixStream::connect(path).expect("the service listens");
                stream.set_read_timeout(Some(DEADLINE)).expect("a timeout can be set");
                self.over(stream, "localhost")
            }
            None => {
                let stream = std::net::TcpStream::connect(served.authority()).expect("the service listens");
                stream.set_read_timeout(Some(DEADLINE)).expect("a timeout can be set");
                self.over(stream, served.authority())
            }
        }
    }

    /// Sends it over a connection, and reads what comes back.
    #[track_caller]
    pub fn over(&self, mut stream: impl Read + std::io::Write, host: &str) -> Reply {
        stream.write_all(self.bytes(host).as_bytes()).expect("the request can be sent");
        Reply::read(stream)
    }
}

/// What the service answers.
#[derive(Debug)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// The status line and the headers.
    pub head: String,
    /// The body.
    pub body: String,
}

impl Reply {
    /// Reads one answer, whose length is given.
    #[track_caller]
    pub fn read(stream: impl Read) -> Self {
        let mut reader = BufReader::new(stream);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            let read = reader.read_line(&mut head).expect("there is an answer");
            assert!(read > 0, "the connection ended after {head:?}");
        }
        let status =
            head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("there is a status");
        let mut reply = Self { status, head, body: String::new() };
        let length = reply.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        reader.read_exact(&mut body).expect("the body is whole");
        reply.body = String::from_utf8(body).expect("the body is text");
        reply
    }

    /// It has this status.
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }

    /// It is a problem (RFC 9457) whose detail holds this text.
    #[track_caller]
    pub fn problem(self, text: &str) -> Self {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        let json = self.json();
        assert_eq!(json["status"], self.status, "{self:?}");
        assert!(json["problems"].is_array(), "{self:?}");
        assert!(
            json["detail"].as_str().is_some_and(|detail| detail.contains(text)),
            "no {text:?} in {self:?}"
        );
        self
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(':'));
        lines.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }
}
