//! A request and its answer through `wasi:http`, in the sandbox.

use crate::http::{HttpError, Request, Response};
use wasip2::http::outgoing_handler::handle;
use wasip2::http::types::{
    ErrorCode, Fields, IncomingResponse, Method, OutgoingBody, OutgoingRequest, Scheme,
};
use wasip2::io::streams::StreamError;

/// Bytes that are asked of an answer's body at a time.
const PART: u64 = 64 << 10;
/// Bytes that are written at a time, as the interface has it.
const WRITE: usize = 4 << 10;

pub(crate) fn exchange(request: &Request) -> Result<Response, HttpError> {
    let outgoing = outgoing(request)?;
    let body = outgoing.body().map_err(|()| invalid("it can have no body"))?;
    let pending = handle(outgoing, None).map_err(|error| failure(&error))?;
    let written = write(body, &request.body);
    pending.subscribe().block();
    let answer = match pending.get() {
        Some(Ok(answer)) => answer.map_err(|error| failure(&error))?,
        Some(Err(())) | None => return Err(HttpError::new("unreachable", "there is no answer")),
    };
    written?;
    response(answer)
}

fn outgoing(request: &Request) -> Result<OutgoingRequest, HttpError> {
    let headers = Fields::from_list(&request.headers)
        .map_err(|error| invalid(format!("the headers cannot be sent: {error:?}")))?;
    let (scheme, rest) = request.url.split_once("://").ok_or_else(|| invalid("the URL has no scheme"))?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let path = path.split('#').next().unwrap_or_default();
    let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    let scheme = match scheme {
        "http" => Scheme::Http,
        "https" => Scheme::Https,
        other => Scheme::Other(other.to_owned()),
    };
    let bad = |what: &'static str| move |()| invalid(format!("{what} is none"));
    let outgoing = OutgoingRequest::new(headers);
    outgoing.set_method(&method(&request.method)).map_err(bad("the method"))?;
    outgoing.set_scheme(Some(&scheme)).map_err(bad("the scheme"))?;
    outgoing.set_authority(Some(authority)).map_err(bad("the host"))?;
    outgoing.set_path_with_query(Some(&path)).map_err(bad("the path"))?;
    Ok(outgoing)
}

fn method(name: &str) -> Method {
    match name {
        "GET" => Method::Get,
        "HEAD" => Method::Head,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "DELETE" => Method::Delete,
        "OPTIONS" => Method::Options,
        "PATCH" => Method::Patch,
        other => Method::Other(other.to_owned()),
    }
}

fn write(body: OutgoingBody, bytes: &[u8]) -> Result<(), HttpError> {
    let failed =
        |error: StreamError| HttpError::new("unreachable", format!("the body cannot be sent: {error}"));
    let stream = body.write().map_err(|()| invalid("it can have no body"))?;
    for part in bytes.chunks(WRITE) {
        stream.blocking_write_and_flush(part).map_err(failed)?;
    }
    drop(stream);
    OutgoingBody::finish(body, None).map_err(|error| failure(&error))
}

fn response(answer: IncomingResponse) -> Result<Response, HttpError> {
    let (status, headers) = (answer.status(), answer.headers().entries());
    let incoming =
        answer.consume().map_err(|()| HttpError::new("invalid-answer", "the answer has no body"))?;
    let stream =
        incoming.stream().map_err(|()| HttpError::new("invalid-answer", "the answer has no body"))?;
    let mut body = Vec::new();
    loop {
        match stream.blocking_read(PART) {
            Ok(part) => body.extend(part),
            Err(StreamError::Closed) => return Ok(Response { status, headers, body }),
            Err(error) => {
                return Err(HttpError::new("unreachable", format!("the answer broke off: {error}")));
            }
        }
    }
}

fn invalid(message: impl Into<String>) -> HttpError {
    HttpError::new("invalid-request", message)
}

/// What the host said, in a word that programs can go by.
fn failure(error: &ErrorCode) -> HttpError {
    let (code, message) = match error {
        ErrorCode::HttpRequestDenied => {
            ("denied", "this hook is not granted that, or this is a dry run".into())
        }
        ErrorCode::DestinationIpProhibited => {
            ("denied", "the target's address is not public, nor granted".into())
        }
        ErrorCode::ConnectionLimitReached => {
            ("too-many", "the call has sent as many requests as it may".into())
        }
        ErrorCode::HttpRequestBodySize(_) => ("too-large", "the body is larger than it may be".into()),
        ErrorCode::HttpResponseBodySize(_) => ("too-large", "the answer is larger than it may be".into()),
        ErrorCode::HttpResponseTimeout | ErrorCode::ConnectionTimeout => {
            ("deadline", "there was no answer in time".into())
        }
        ErrorCode::HttpRequestUriInvalid
        | ErrorCode::HttpRequestMethodInvalid
        | ErrorCode::HttpProtocolError => ("invalid-request", "that can be no request".into()),
        other => ("unreachable", format!("the target cannot be reached: {other:?}")),
    };
    HttpError { code, message }
}
