//! A host for unit tests: handlers are plain functions, and natively `property`, `state`, `log`,
//! `clock`, `platform` and `http` go by what the test says. Not there in the sandbox.

pub(crate) mod state;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::mem;
use std::time::SystemTime;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::bindings::tenterhook::hook::types;
use crate::event::{Event, Mode};
#[cfg(feature = "http")]
use crate::http::{HttpError, Request, Response};
use crate::log::Level;
use crate::platform::PlatformError;

/// Begins an event to hand to a handler. It is asked, by the source `test`, with the id `test-1`.
pub fn event(name: &str) -> EventBuilder {
    EventBuilder(types::Event {
        id: "test-1".to_owned(),
        name: name.to_owned(),
        mode: Mode::Ask,
        time: "2026-01-01T00:00:00Z".to_owned(),
        source: "test".to_owned(),
        subject: None,
        facets: Vec::new(),
        attributes: Vec::new(),
        attempt: 1,
        data: String::new(),
    })
}

/// An event in the making; [`data`](Self::data) completes it.
#[derive(Clone, Debug)]
pub struct EventBuilder(pub(crate) types::Event);

impl EventBuilder {
    /// Makes it a told event: it has happened already.
    pub fn told(mut self) -> Self {
        self.0.mode = Mode::Tell;
        self
    }

    /// Makes it the given delivery of a told event, 2 being the first repetition.
    pub fn attempt(mut self, attempt: u32) -> Self {
        self.0.attempt = attempt;
        self
    }

    /// Sets the object it happened to.
    pub fn subject(mut self, subject: &str) -> Self {
        self.0.subject = Some(subject.to_owned());
        self
    }

    /// Adds a facet, such as `option`.
    pub fn facet(mut self, name: &str, value: &str) -> Self {
        self.0.facets.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds an attribute, such as `tenant`.
    pub fn attribute(mut self, name: &str, value: &str) -> Self {
        self.0.attributes.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Completes the event with its data, read into the handler's type as the host's would be.
    ///
    /// # Panics
    ///
    /// When the data does not fit: in the sandbox that fails the hook.
    #[track_caller]
    pub fn data<T: DeserializeOwned>(mut self, data: impl Serialize) -> Event<T> {
        self.0.data = serde_json::to_string(&data).expect("test data is JSON");
        match Event::read(self.0) {
            Ok(event) => event,
            Err(error) => panic!("{}", error.message()),
        }
    }
}

/// What a handler finds around it: properties, its state, the time, the application; and what it logged and called.
///
/// ```
/// use tenterhook_sdk::prelude::*;
///
/// let mut host = test::Host::new().property("greeting", "hello");
/// host.run(|| log::info!("{} from the test", property_or("greeting", String::new()).unwrap()));
/// assert_eq!(host.log(), ["info: hello from the test"]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Host {
    properties: BTreeMap<String, String>,
    state: BTreeMap<String, Vec<u8>>,
    now: Option<SystemTime>,
    log: Vec<String>,
    answers: BTreeMap<String, Result<String, PlatformError>>,
    calls: Vec<String>,
    #[cfg(feature = "http")]
    replies: BTreeMap<String, Response>,
    #[cfg(feature = "http")]
    requests: Vec<String>,
}

impl Host {
    /// A host without properties, at the machine's time.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a property as an operator's TOML would.
    pub fn property(mut self, key: &str, value: impl Serialize) -> Self {
        let text = match serde_json::to_value(value).expect("a property is JSON") {
            Value::String(text) => text,
            other => other.to_string(),
        };
        self.properties.insert(key.to_owned(), text);
        self
    }

    /// Sets what the hook has kept so far. What it writes is there for the next [`run`](Self::run), also where the
    /// handler failed; in the sandbox it then is not.
    pub fn state(mut self, key: &str, value: impl Serialize) -> Self {
        self.state.insert(key.to_owned(), serde_json::to_vec(&value).expect("state is JSON"));
        self
    }

    /// What the hook keeps by now.
    ///
    /// # Panics
    ///
    /// When it is no `T`.
    #[track_caller]
    pub fn kept<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        let value = self.state.get(key)?;
        Some(serde_json::from_slice(value).unwrap_or_else(|error| panic!("state {key:?}: {error}")))
    }

    /// Stops the clock at this time.
    pub fn at(mut self, now: SystemTime) -> Self {
        self.now = Some(now);
        self
    }

    /// Grants a method of the platform, which answers this.
    pub fn answers(mut self, method: &str, result: impl Serialize) -> Self {
        let result = serde_json::to_string(&result).expect("a result is JSON");
        self.answers.insert(method.to_owned(), Ok(result));
        self
    }

    /// Grants a method of the platform, which fails.
    pub fn fails(mut self, method: &str, code: &str, message: &str) -> Self {
        let error = PlatformError { code: code.to_owned(), message: message.to_owned() };
        self.answers.insert(method.to_owned(), Err(error));
        self
    }

    /// Grants a request, such as `GET https://crm.example.com/api/7`, which is answered with this status and JSON.
    #[cfg(feature = "http")]
    pub fn replies(mut self, request: &str, status: u16, body: impl Serialize) -> Self {
        let body = serde_json::to_vec(&body).expect("an answer is JSON");
        let headers = vec![("content-type".to_owned(), b"application/json".to_vec())];
        self.replies.insert(request.to_owned(), Response { status, headers, body });
        self
    }

    /// Runs `handler` on this host, in this thread.
    pub fn run<R>(&mut self, handler: impl FnOnce() -> R) -> R {
        let _guard = Swapped::with(self);
        handler()
    }

    /// What was called so far, such as `getCustomer {"id":7}`.
    pub fn calls(&self) -> &[String] {
        &self.calls
    }

    /// What was requested so far, such as `POST https://crm.example.com/api {"id":7}`.
    #[cfg(feature = "http")]
    pub fn requests(&self) -> &[String] {
        &self.requests
    }

    /// What was logged so far, such as `warn: almost full`.
    pub fn log(&self) -> &[String] {
        &self.log
    }
}

thread_local! {
    static CURRENT: RefCell<Host> = RefCell::default();
}

/// Puts a host in place of the current one, and back even when the handler panics.
struct Swapped<'a>(&'a mut Host);

impl<'a> Swapped<'a> {
    fn with(host: &'a mut Host) -> Self {
        CURRENT.with_borrow_mut(|current| mem::swap(current, host));
        Self(host)
    }
}

impl Drop for Swapped<'_> {
    fn drop(&mut self) {
        CURRENT.with_borrow_mut(|current| mem::swap(current, self.0));
    }
}

pub(crate) fn properties<R>(read: impl FnOnce(&BTreeMap<String, String>) -> R) -> R {
    CURRENT.with_borrow(|host| read(&host.properties))
}

pub(crate) fn now() -> SystemTime {
    CURRENT.with_borrow(|host| host.now).unwrap_or_else(SystemTime::now)
}

pub(crate) fn call(method: &str, arguments: &str) -> Result<String, PlatformError> {
    CURRENT.with_borrow_mut(|host| {
        let ungranted = || PlatformError {
            code: "access-denied".to_owned(),
            message: format!("this hook is not granted the platform call {method:?}"),
        };
        let answer = host.answers.get(method).cloned().ok_or_else(ungranted)?;
        host.calls.push(format!("{method} {arguments}"));
        answer
    })
}

#[cfg(feature = "http")]
pub(crate) fn exchange(request: &Request) -> Result<Response, HttpError> {
    CURRENT.with_borrow_mut(|host| {
        let named = format!("{} {}", request.method, request.url);
        let ungranted = || HttpError::new("denied", format!("this hook is not granted {named}"));
        let reply = host.replies.get(&named).cloned().ok_or_else(ungranted)?;
        let body = String::from_utf8_lossy(&request.body);
        host.requests.push(format!("{named} {body}").trim_end().to_owned());
        Ok(reply)
    })
}

pub(crate) fn record(level: Level, message: fmt::Arguments<'_>) {
    let level = match level {
        Level::Trace => "trace",
        Level::Debug => "debug",
        Level::Info => "info",
        Level::Warn => "warn",
        Level::Error => "error",
        Level::Critical => "critical",
    };
    let line = format!("{level}: {message}");
    CURRENT.with_borrow_mut(|host| host.log.push(line));
}
