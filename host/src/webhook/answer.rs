//! What the platform answered: a result, or why there is none.

use crate::data::{Data, DataError};
use crate::egress;
use crate::platform::Error;
use bytes::Bytes;
use http::{Response, StatusCode, header};
use hyper::body::Incoming;
use serde::Deserialize;

/// Bytes of a problem.
const PROBLEM_BYTES_MAX: usize = 16 << 10;

/// A problem document (RFC 9457), as far as it is used.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Document {
    code: Option<String>,
    title: Option<String>,
    detail: Option<String>,
}

/// The result in an answer with status 200 and JSON of at most `bytes_max` bytes; every other answer is an error.
pub(super) async fn read(response: Response<Incoming>, bytes_max: usize) -> Result<Data, Error> {
    let (status, is_json) = (response.status(), is_json(&response));
    if status != StatusCode::OK {
        let body = bytes(response, PROBLEM_BYTES_MAX).await.unwrap_or_default();
        return Err(refusal(status, if is_json { &body } else { &[] }));
    }
    if !is_json {
        return Err(Error::new("invalid-answer", "the platform's answer is not application/json"));
    }
    let body = bytes(response, bytes_max).await?;
    let text = std::str::from_utf8(&body);
    let text = text.map_err(|_| Error::new("invalid-answer", "the platform's answer is not UTF-8"))?;
    Data::parse(text, bytes_max).map_err(|error| match error {
        DataError::Size(..) => too_large(bytes_max),
        error => Error::new("invalid-answer", format!("the platform's answer: {error}")),
    })
}

async fn bytes(response: Response<Incoming>, bytes_max: usize) -> Result<Bytes, Error> {
    egress::collect(response.into_body(), bytes_max).await.map_err(|error| match error {
        egress::Error::TooLarge(bytes_max) => too_large(bytes_max),
        egress::Error::BrokenOff(reason) => {
            Error::new("unavailable", format!("the platform's answer broke off: {reason}"))
        }
        error => Error::new("unavailable", error.to_string()),
    })
}

fn too_large(bytes_max: usize) -> Error {
    Error::new("too-large", format!("the platform's answer has more than {bytes_max} bytes"))
}

fn is_json(response: &Response<Incoming>) -> bool {
    let media = response.headers().get(header::CONTENT_TYPE).and_then(|media| media.to_str().ok());
    let media = media.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    media == "application/json" || media.ends_with("+json")
}

fn refusal(status: StatusCode, body: &[u8]) -> Error {
    let Document { code, title, detail } = serde_json::from_slice(body).unwrap_or_default();
    let reason = status.canonical_reason().unwrap_or("no result");
    let message =
        detail.or(title).unwrap_or_else(|| format!("the platform answered {}: {reason}", status.as_u16()));
    Error::new(code.unwrap_or_else(|| format!("http-{}", status.as_u16())), message)
}
