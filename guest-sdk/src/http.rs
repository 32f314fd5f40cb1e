//! Requests over HTTP, to the targets that the hook's operator grants: `[grants] http = ["https://crm.example.com/api/"]`.
//!
//! A call may send 8 requests, with bodies and answers of 1 MiB at most, and all of them end by its deadline. The host
//! verifies certificates, keeps connections, follows no redirect, and reaches private addresses only where their
//! networks are granted. Asked hooks should only look things up: what is asked may not happen.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A request in the making.
///
/// ```
/// use tenterhook_sdk::prelude::*;
///
/// #[derive(Deserialize)]
/// struct Customer {
///     credit: i64,
/// }
///
/// #[hook(on = "cloud.pre_purchase", priority = 10)]
/// fn credit(event: Event) -> Result<Verdict> {
///     let url = format!("{}/customers/{}", property_or("crm", String::new())?, event.data["customer"]);
///     let customer: Customer = http::Request::get(&url).send()?.ok()?.json()?;
///     Ok(if customer.credit < 0 { veto("credit", "pay first") } else { accept() })
/// }
///
/// let host = test::Host::new().property("crm", "https://crm.example.com/api");
/// let mut host = host.replies("GET https://crm.example.com/api/customers/7", 200, json!({ "credit": -1 }));
/// let event = test::event("cloud.pre_purchase").data(json!({ "customer": 7 }));
/// assert_eq!(host.run(|| credit(event)), Ok(veto("credit", "pay first")));
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing goes out before it is sent"]
pub struct Request {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
}

/// What a target answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status, such as 200.
    pub status: u16,
    /// The headers, with names in lower case.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The whole body.
    pub body: Vec<u8>,
}

/// Why there is no answer, or none that is of use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpError {
    /// For programs: `denied` where the target is not granted or this is a dry run, `too-many` after 8 requests,
    /// `too-large`, `deadline`, `unreachable`, `invalid-request`, `invalid-answer`, `status` (see
    /// [`Response::ok`]).
    pub code: &'static str,
    /// For people.
    pub message: String,
}

impl HttpError {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

impl fmt::Display for HttpError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({})", self.message, self.code)
    }
}

impl std::error::Error for HttpError {}

impl Request {
    /// Begins a request with any method.
    pub fn new(method: &str, url: &str) -> Self {
        Self { method: method.to_owned(), url: url.to_owned(), headers: Vec::new(), body: Vec::new() }
    }

    /// Begins a request that asks for something.
    pub fn get(url: &str) -> Self {
        Self::new("GET", url)
    }

    /// Begins a request that hands something over.
    pub fn post(url: &str) -> Self {
        Self::new("POST", url)
    }

    /// Adds a header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.as_bytes().to_vec()));
        self
    }

    /// Sets the body.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Sets a body of JSON, and says so.
    ///
    /// # Errors
    ///
    /// `invalid-request` where the value is no JSON, as a map whose keys are no texts.
    pub fn json(self, body: impl Serialize) -> Result<Self, HttpError> {
        let body = serde_json::to_vec(&body)
            .map_err(|error| HttpError::new("invalid-request", error.to_string()))?;
        Ok(self.header("content-type", "application/json").body(body))
    }

    /// Sends it and waits for the whole answer, whatever its status.
    ///
    /// # Errors
    ///
    /// See [`HttpError::code`].
    pub fn send(self) -> Result<Response, HttpError> {
        #[cfg(target_arch = "wasm32")]
        return crate::exchange::exchange(&self);
        #[cfg(not(target_arch = "wasm32"))]
        return crate::test::exchange(&self);
    }
}

impl Response {
    /// Itself where its status is 200 to 299, else an error that names the status.
    pub fn ok(self) -> Result<Self, HttpError> {
        match self.status {
            200..300 => Ok(self),
            status => Err(HttpError::new("status", format!("the answer has the status {status}"))),
        }
    }

    /// The first header of this name, if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(value).ok()
    }

    /// The body as text.
    pub fn text(&self) -> Result<&str, HttpError> {
        let text = std::str::from_utf8(&self.body);
        text.map_err(|error| HttpError::new("invalid-answer", format!("the answer is not UTF-8: {error}")))
    }

    /// The body, which is JSON, as a type of the hook's.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, HttpError> {
        let value = serde_json::from_slice(&self.body);
        value.map_err(|error| {
            HttpError::new("invalid-answer", format!("the answer is not as expected: {error}"))
        })
    }
}
