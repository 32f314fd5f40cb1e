//! A server of NATS, and somebody who listens to it in the server's own words.

use crate::outside::not_run;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long a test waits for what should happen at once.
const DEADLINE: Duration = Duration::from_secs(30);

/// A running `nats-server`, with JetStream; ended with the test.
pub struct NatsServer {
    folder: TempDir,
    port: u16,
    child: Option<Child>,
}

impl NatsServer {
    /// Starts one, with this in its configuration beside the port. None, and a line that says so, where there is none.
    #[track_caller]
    pub fn start(more: &str) -> Option<Self> {
        let folder = TempDir::new().expect("there is room for a temporary directory");
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|free| free.local_addr())
            .expect("there is a port")
            .port();
        let store = folder.path().join("store");
        let text = format!("listen: \"127.0.0.1:{port}\"\njetstream {{ store_dir: {store:?} }}\n{more}\n");
        fs::write(folder.path().join("server.conf"), text).expect("the file can be written");
        let mut server = Self { folder, port, child: None };
        match server.run() {
            Ok(()) => Some(server),
            Err(error) => not_run("nats-server", error),
        }
    }

    fn run(&mut self) -> std::io::Result<()> {
        let mut command = Command::new("nats-server");
        command.arg("-c").arg(self.folder.path().join("server.conf"));
        self.child = Some(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?);
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(began.elapsed() < DEADLINE, "nats-server does not listen");
            std::thread::yield_now();
        }
        Ok(())
    }

    /// Its address.
    pub fn address(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Kills it.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("it can be killed");
            child.wait().expect("it has ended");
        }
    }

    /// Starts it again, on the same port and with what it has stored.
    pub fn again(&mut self) {
        self.stop();
        self.run().expect("it was started before");
    }

    /// Who listens to a subject, let in by these members of the greeting, such as `"auth_token":"t"`.
    #[track_caller]
    pub fn subscribe(&self, subject: &str, greeting: &str) -> Subscriber {
        Subscriber::connect(self.port, subject, greeting)
    }

    /// Makes a stream that keeps a subject.
    #[track_caller]
    pub fn stream(&self, name: &str, subject: &str, more: &str) {
        let config = format!(r#"{{"name":"{name}","subjects":["{subject}"],"storage":"file"{more}}}"#);
        let answer = self.ask(&format!("$JS.API.STREAM.CREATE.{name}"), &config);
        assert!(!answer.contains("\"error\""), "{answer}");
    }

    /// How many messages a stream has.
    #[track_caller]
    pub fn kept(&self, name: &str) -> usize {
        let answer = self.ask(&format!("$JS.API.STREAM.INFO.{name}"), "");
        let count = answer.split("\"messages\":").nth(1).and_then(|rest| rest.split(',').next());
        count.and_then(|count| count.parse().ok()).unwrap_or_else(|| panic!("{answer}"))
    }

    fn ask(&self, subject: &str, payload: &str) -> String {
        let mut asking = self.subscribe("answers.here", "");
        let line = format!("PUB {subject} answers.here {}\r\n{payload}\r\n", payload.len());
        asking.stream.write_all(line.as_bytes()).expect("the server listens");
        asking.receives().payload
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Who listens to a subject.
pub struct Subscriber {
    stream: TcpStream,
    messages: Receiver<NatsMessage>,
}

/// What comes there.
#[derive(Debug, Clone)]
pub struct NatsMessage {
    /// Its headers, a line each.
    pub headers: String,
    /// What it says.
    pub payload: String,
}

impl NatsMessage {
    /// One of its headers.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
    }
}

impl Subscriber {
    #[track_caller]
    fn connect(port: u16, subject: &str, greeting: &str) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).expect("the server listens");
        let comma = if greeting.is_empty() { "" } else { "," };
        let hello = format!(
            "CONNECT {{\"verbose\":false,\"headers\":true{comma}{greeting}}}\r\nSUB {subject} 1\r\nPING\r\n"
        );
        (&stream).write_all(hello.as_bytes()).expect("the server listens");
        let mut reader = BufReader::new(stream.try_clone().expect("a socket can be shared"));
        let mut line = String::new();
        while !line.starts_with("PONG") {
            line.clear();
            assert!(reader.read_line(&mut line).is_ok_and(|length| length > 0), "the server hangs up");
            assert!(!line.starts_with("-ERR"), "{line}");
        }
        let (say, messages) = channel();
        std::thread::spawn(move || {
            while let Some(message) = read(&mut reader) {
                let _ = say.send(message);
            }
        });
        Self { stream, messages }
    }

    /// The next message.
    #[track_caller]
    pub fn receives(&mut self) -> NatsMessage {
        self.messages.recv_timeout(DEADLINE).expect("a message comes")
    }

    /// Whether nothing more has come by now.
    pub fn is_empty(&mut self) -> bool {
        self.messages.try_recv().is_err()
    }
}

/// The next message; none where the server has hung up. Pings go unanswered: no test takes that long.
fn read(reader: &mut impl BufRead) -> Option<NatsMessage> {
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let parts: Vec<&str> = line.split_whitespace().collect();
        let number = |text: Option<&&str>| text.and_then(|text| text.parse::<usize>().ok());
        let (head, all) = match parts.first() {
            Some(&"MSG") => (0, number(parts.last())?),
            Some(&"HMSG") => (number(parts.get(parts.len() - 2))?, number(parts.last())?),
            _ => continue,
        };
        let mut bytes = vec![0; all + 2];
        reader.read_exact(&mut bytes).ok()?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        return Some(NatsMessage { headers: text(&bytes[..head]), payload: text(&bytes[head..all]) });
    }
}
