//! An application that hooks post to, and that writes down what it got.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

/// A request as a target got it.
#[derive(Debug, Clone)]
pub struct Got {
    /// The request line and the headers.
    pub head: String,
    /// The body.
    pub body: String,
}

impl Got {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(':'));
        let found = lines.find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim())
    }

    /// A header's value, which there must be.
    #[track_caller]
    pub fn has(&self, name: &str) -> &str {
        self.header(name).unwrap_or_else(|| panic!("no {name} in {}", self.head))
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error} in {}", self.body))
    }
}

type Answer = Arc<dyn Fn(&Got) -> String + Send + Sync>;

/// A server on this machine that answers as it is told. Connections are kept unless the answer says otherwise.
pub struct Target {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    got: Mutex<Vec<Got>>,
    answer: Mutex<Answer>,
    connections: AtomicUsize,
}

impl Target {
    /// The answer that accepts.
    pub const ACCEPTS: &'static str = "HTTP/1.1 204 No Content\r\n\r\n";

    /// One that answers every request with this text. An empty one says nothing until the other side has enough.
    pub fn new(answer: impl Into<String>) -> Self {
        Self::at("127.0.0.1:0", answer)
    }

    /// The same at an address.
    pub fn at(address: &str, answer: impl Into<String>) -> Self {
        let answer = answer.into();
        let listener = TcpListener::bind(address).expect("the address is free");
        let address = listener.local_addr().expect("it is bound");
        let shared = Arc::new(Shared {
            got: Mutex::default(),
            answer: Mutex::new(Arc::new(move |_| answer.clone())),
            connections: AtomicUsize::new(0),
        });
        let serving = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let shared = Arc::clone(&serving);
                shared.connections.fetch_add(1, SeqCst);
                // Whoever calls goes away when it likes.
                thread::spawn(move || drop(shared.serve(stream)));
            }
        });
        Self { address, shared }
    }

    /// One that answers with this status and JSON.
    pub fn json(body: &str) -> Self {
        Self::new(Self::answer("200 OK", "application/json", body))
    }

    /// An answer of this status and media type.
    pub fn answer(status: &str, media: &str, body: &str) -> String {
        let length = body.len();
        format!("HTTP/1.1 {status}\r\ncontent-type: {media}\r\ncontent-length: {length}\r\n\r\n{body}")
    }

    /// Answers so from now on.
    pub fn answers(&self, answer: impl Fn(&Got) -> String + Send + Sync + 'static) {
        *lock(&self.shared.answer) = Arc::new(answer);
    }

    /// Where it is, such as `127.0.0.1:8080`.
    pub fn authority(&self) -> String {
        self.address.to_string()
    }

    /// Its address with a path.
    pub fn url(&self) -> String {
        format!("http://{}/hooks?x=1", self.address)
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// What it got so far.
    pub fn got(&self) -> Vec<Got> {
        lock(&self.shared.got).clone()
    }

    /// What it got last.
    #[track_caller]
    pub fn last(&self) -> Got {
        self.got().pop().expect("it got something")
    }

    /// Connections that were made to it so far.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(SeqCst)
    }
}

impl Shared {
    fn serve(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut reader = BufReader::new(stream.try_clone()?);
        let mut stream = stream;
        loop {
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") {
                if reader.read_line(&mut head)? == 0 {
                    return Ok(());
                }
            }
            let mut got = Got { head, body: String::new() };
            let length = got.header("content-length").and_then(|length| length.parse().ok());
            let mut body = vec![0; length.unwrap_or(0)];
            reader.read_exact(&mut body)?;
            got.body = String::from_utf8_lossy(&body).into_owned();
            lock(&self.got).push(got.clone());
            let answer = Arc::clone(&lock(&self.answer));
            let answer = answer(&got);
            if answer.is_empty() {
                return reader.read(&mut [0]).map(drop);
            }
            stream.write_all(answer.as_bytes())?;
            if answer.contains("connection: close") {
                return Ok(());
            }
        }
    }
}

fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
