//! `wasi:http/outgoing-handler`: a guest's requests, to what its operator grants, within its call's deadline.

use crate::egress::{Client, Error as EgressError};
use crate::log::Level;
use crate::machine::sandbox::{SharedLog, State};
use crate::manifest::UrlPrefix;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Response};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use std::sync::Arc;
use std::time::Instant;
use tokio::time::timeout_at;
use wasmtime_wasi_http::{
    DEFAULT_FORBIDDEN_HEADERS, Error, ForbiddenHeaderFilter, RequestOptions, WasiBody, WasiHttpCtxView,
    WasiHttpHooks, WasiHttpView,
};

/// Requests of one call.
const REQUESTS_MAX: usize = 8;
/// Bytes of a request's body, and of an answer's.
const BODY_BYTES_MAX: usize = 1 << 20;
/// Bytes that a guest writes at a time.
const WRITE_BYTES_MAX: usize = 64 << 10;
/// What the host says of itself, a guest may not say.
const OURS: &str = "tenterhook-";

/// What of the web one hook may request.
pub(crate) struct Web {
    pub(crate) granted: Vec<UrlPrefix>,
    pub(crate) client: Client,
}

/// The requests of one call.
pub(in crate::machine) struct Outgoing {
    log: SharedLog,
    web: Option<Arc<Web>>,
    traceparent: Option<HeaderValue>,
    deadline: Instant,
    dry: bool,
    /// Sent so far.
    requests: usize,
}

type Ended = Box<dyn Future<Output = Result<(), Error>> + Send>;
type Exchange = Result<(Response<WasiBody>, Ended), Error>;

impl Outgoing {
    /// Of a sandbox that is in no call: none is sent.
    pub(in crate::machine) fn none(log: SharedLog, deadline: Instant) -> Self {
        Self { log, web: None, traceparent: None, deadline, dry: false, requests: 0 }
    }

    /// Begins a call.
    pub(in crate::machine) fn begin(
        &mut self,
        web: Arc<Web>,
        traceparent: Option<&str>,
        deadline: Instant,
        dry: bool,
    ) {
        let traceparent = traceparent.and_then(|text| HeaderValue::try_from(text).ok());
        *self = Self { log: self.log.clone(), web: Some(web), traceparent, deadline, dry, requests: 0 };
    }

    /// Whether a request may be sent; where not, its log says why.
    fn admit(&mut self, request: &Request<WasiBody>) -> Result<Client, Error> {
        let refuse = |why: &str, error| {
            self.log.lock().line(Level::Warn, "http", &format!("{}: {why}", named(request)));
            Err(error)
        };
        let granted = |web: &&Arc<Web>| web.granted.iter().any(|prefix| prefix.covers(request.uri()));
        let Some(web) = self.web.as_ref().filter(granted) else {
            return refuse("not granted", Error::HttpRequestDenied);
        };
        if self.dry {
            return refuse("this is a dry run", Error::HttpRequestDenied);
        }
        if [Method::CONNECT, Method::TRACE].contains(request.method()) {
            return refuse("no such method", Error::HttpRequestMethodInvalid);
        }
        if self.requests == REQUESTS_MAX {
            let why = format!("a call may send {REQUESTS_MAX} requests");
            return refuse(&why, Error::ConnectionLimitReached);
        }
        self.requests += 1;
        Ok(web.client.clone())
    }
}

impl WasiHttpHooks for Outgoing {
    // wasmtime asks one or the other (GHSA-jxcf-8qw5-5c33).
    fn is_forbidden_header(&mut self, name: &HeaderName) -> bool {
        is_forbidden(name)
    }

    fn forbidden_header_filter(&mut self) -> ForbiddenHeaderFilter {
        Arc::new(is_forbidden)
    }

    /// The client does, as the protocol has it that it speaks.
    fn set_host_header(&mut self) -> bool {
        false
    }

    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        WRITE_BYTES_MAX
    }

    fn send_request(
        &mut self,
        mut request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Ended,
    ) -> Box<dyn Future<Output = Exchange> + Send> {
        let client = match self.admit(&request) {
            Ok(client) => client,
            Err(error) => return Box::new(async { Err(error) }),
        };
        if let Some(traceparent) = &self.traceparent {
            request.headers_mut().entry(crate::trace::TRACEPARENT).or_insert_with(|| traceparent.clone());
        }
        let patience = options.and_then(|options| options.first_byte_timeout);
        let deadline =
            patience.map_or(self.deadline, |patience| self.deadline.min(Instant::now() + patience));
        let (log, name) = (self.log.clone(), named(&request));
        Box::new(async move {
            let answer = exchange(&client, request, deadline).await;
            answer.map_err(|(error, why)| {
                log.lock().line(Level::Warn, "http", &format!("{name}: {why}"));
                error
            })
        })
    }
}

/// Sends a request once it is whole, and waits for its whole answer: both are small.
async fn exchange(
    client: &Client,
    request: Request<WasiBody>,
    deadline: Instant,
) -> Result<(Response<WasiBody>, Ended), (Error, String)> {
    let (head, body) = request.into_parts();
    let body = timeout_at(deadline.into(), Limited::new(body, BODY_BYTES_MAX).collect()).await;
    let body = match body {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            let why = format!("its body has more than {BODY_BYTES_MAX} bytes");
            return Err((Error::HttpRequestBodySize(Some(BODY_BYTES_MAX as u64)), why));
        }
        Ok(Err(error)) => return Err((Error::InternalError(None), format!("its body broke off: {error}"))),
        Err(_) => return Err((Error::HttpResponseTimeout, "its body was not whole in time".into())),
    };
    let answer = client.send(Request::from_parts(head, body), deadline, BODY_BYTES_MAX).await;
    let answer = answer.map_err(|error| (failure(&error), error.to_string()))?;
    let body = |bytes: Bytes| Full::new(bytes).map_err(|never| match never {}).boxed_unsync();
    Ok((answer.map(body), Box::new(async { Ok(()) })))
}

fn failure(error: &EgressError) -> Error {
    match error {
        EgressError::Ungranted(_) => Error::DestinationIpProhibited,
        EgressError::Deadline => Error::HttpResponseTimeout,
        EgressError::Unreachable(_) => Error::DestinationUnavailable,
        EgressError::BrokenOff(_) => Error::HttpResponseIncomplete,
        EgressError::TooLarge(bytes_max) => Error::HttpResponseBodySize(Some(*bytes_max as u64)),
    }
}

fn is_forbidden(name: &HeaderName) -> bool {
    DEFAULT_FORBIDDEN_HEADERS.contains(name) || name.as_str().starts_with(OURS)
}

/// A request without what may be secret in it.
fn named(request: &Request<WasiBody>) -> String {
    let (method, url) = (request.method(), request.uri());
    let (scheme, host) = (url.scheme_str().unwrap_or_default(), url.authority().map_or("", |it| it.as_str()));
    format!("{method} {scheme}://{host}{}", url.path())
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { hooks: &mut self.outgoing, table: &mut self.table, ctx: &mut self.http }
    }
}
