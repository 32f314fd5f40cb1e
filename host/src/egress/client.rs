//! One client: its kept connections, and how a request can fail.

use super::connect::{Connector, Refused};
use bytes::{Bytes, BytesMut};
use http::{Request, Response};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper_util::client::legacy;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use std::fmt;
use std::time::{Duration, Instant};
use tokio::time::timeout_at;

/// How long an idle connection is kept.
const IDLE: Duration = Duration::from_secs(30);
/// Idle connections that are kept for each host.
const IDLE_MAX: usize = 16;
/// Bytes of an answer's head.
const HEAD_BYTES_MAX: usize = 64 << 10;
/// How often a connection that many share is asked whether it is still there, and how long it may take to say so.
const ALIVE: (Duration, Duration) = (Duration::from_secs(10), Duration::from_secs(5));

/// Sends requests over connections that it keeps.
#[derive(Clone)]
pub(crate) struct Client(legacy::Client<Connector, Full<Bytes>>);

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Error {
    /// Its address is not public and was not granted; in words.
    Ungranted(String),
    /// There was none in time.
    Deadline,
    /// Nobody took the request, or no answer began: in words.
    Unreachable(String),
    /// The answer began and did not end: in words.
    BrokenOff(String),
    /// The answer has more than so many bytes.
    TooLarge(usize),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ungranted(reason) => f.write_str(reason),
            Self::Deadline => f.write_str("there was no answer in time"),
            Self::Unreachable(reason) => write!(f, "it cannot be reached: {reason}"),
            Self::BrokenOff(reason) => write!(f, "its answer broke off: {reason}"),
            Self::TooLarge(bytes_max) => write!(f, "its answer has more than {bytes_max} bytes"),
        }
    }
}

impl std::error::Error for Error {}

impl Client {
    pub(super) fn new(connector: Connector) -> Self {
        let client = legacy::Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(IDLE_MAX)
            .http1_max_buf_size(HEAD_BYTES_MAX)
            .http2_max_header_list_size(HEAD_BYTES_MAX as u32)
            .http2_keep_alive_interval(ALIVE.0)
            .http2_keep_alive_timeout(ALIVE.1)
            .build(connector);
        Self(client)
    }

    /// Sends a request and waits for the head of its answer, however long that takes. The URL has a scheme and a host.
    pub(crate) async fn begin(&self, request: Request<Bytes>) -> Result<Response<Incoming>, Error> {
        self.0.request(request.map(Full::new)).await.map_err(|error| failure(&error))
    }

    /// Sends a request and waits for its whole answer, whose body has at most `bytes_max` bytes. Whatever is not over by
    /// the deadline is dropped, and its connection with it.
    pub(crate) async fn send(
        &self,
        request: Request<Bytes>,
        deadline: Instant,
        bytes_max: usize,
    ) -> Result<Response<Bytes>, Error> {
        let answer = async {
            let (head, body) = self.begin(request).await?.into_parts();
            Ok(Response::from_parts(head, collect(body, bytes_max).await?))
        };
        timeout_at(deadline.into(), answer).await.unwrap_or(Err(Error::Deadline))
    }
}

/// A whole body of at most `bytes_max` bytes.
pub(crate) async fn collect(body: Incoming, bytes_max: usize) -> Result<Bytes, Error> {
    match Limited::new(body, bytes_max).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Error::TooLarge(bytes_max)),
        Err(error) => Err(Error::BrokenOff(bottom(&*error).to_string())),
    }
}

/// At most so many bytes of what a body begins with, as far as it comes by the deadline.
pub(crate) async fn beginning(mut body: Incoming, bytes_max: usize, deadline: Instant) -> Bytes {
    let mut begun = BytesMut::new();
    while begun.len() < bytes_max {
        let Ok(Some(Ok(frame))) = timeout_at(deadline.into(), body.frame()).await else { break };
        begun.extend_from_slice(frame.data_ref().unwrap_or(&Bytes::new()));
    }
    begun.truncate(bytes_max);
    begun.freeze()
}

fn failure(error: &legacy::Error) -> Error {
    let bottom = bottom(error);
    match bottom.downcast_ref::<Refused>() {
        Some(refused) => Error::Ungranted(refused.to_string()),
        None => Error::Unreachable(bottom.to_string()),
    }
}

/// What lies at the bottom of a failure: the outer errors only say where it happened.
fn bottom<'e>(error: &'e (dyn std::error::Error + 'static)) -> &'e (dyn std::error::Error + 'static) {
    let mut bottom = error;
    while let Some(source) = bottom.source() {
        bottom = source;
    }
    bottom
}
