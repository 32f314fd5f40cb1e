//! What a target answered: a verdict, or why it is none.

use crate::egress::{self, Error};
use crate::event::Mode;
use crate::log::Mask;
use crate::outcome::{Failure, Verdict};
use crate::runner::verdict::{parse, said};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, Response, StatusCode, header};
use hyper::body::Incoming;
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use std::time::{Duration, Instant};
use tokio::time::timeout_at;

/// Bytes that are read of an answer that is no success: what went wrong stands at its beginning.
const REASON_BYTES_MAX: usize = 1024;
/// The longest that a target can have the next attempt wait.
const AGAIN_AFTER_MAX: Duration = Duration::from_secs(24 * 3600);

type Failed = (Failure, String);

/// An answer, read as far as it counts.
pub(super) struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    /// Reads an answer until its end, the deadline or `bytes_max`; one that is no success only at its beginning.
    pub(super) async fn read(
        answer: Response<Incoming>,
        deadline: Instant,
        bytes_max: usize,
    ) -> Result<Self, Error> {
        let (head, body) = answer.into_parts();
        let body = match head.status.is_success() {
            true => {
                let body = timeout_at(deadline.into(), egress::collect(body, bytes_max)).await;
                body.unwrap_or(Err(Error::Deadline))?
            }
            false => egress::beginning(body, REASON_BYTES_MAX, deadline).await,
        };
        Ok(Self { status: head.status, headers: head.headers, body })
    }

    /// Its status in words, such as `204 No Content`.
    pub(super) fn status(&self) -> String {
        let word = self.status.canonical_reason().unwrap_or_default();
        format!("{} {word}", self.status.as_u16()).trim_end().to_owned()
    }

    /// Whether the target says that it is there no more.
    pub(super) fn is_gone(&self) -> bool {
        self.status == StatusCode::GONE
    }

    /// How long to wait before the next attempt, where the target says so: in seconds, or until a date.
    pub(super) fn again_after(&self) -> Option<Duration> {
        let after = self.text(&header::RETRY_AFTER)?.trim();
        let seconds = after.parse::<u64>().map(Duration::from_secs).ok();
        let until = || {
            let date = rfc2822::parse(after).ok()?.timestamp();
            Duration::try_from(date.duration_since(Timestamp::now())).ok()
        };
        Some(seconds.or_else(until)?.min(AGAIN_AFTER_MAX))
    }

    /// The verdict: 204, or 200 with one in JSON. Of a told event every other success without a body will do as well.
    pub(super) fn verdict(&self, mode: Mode, mask: &Mask) -> Result<Verdict, Failed> {
        match self.status {
            StatusCode::NO_CONTENT => Ok(Verdict::Accept),
            StatusCode::OK => self.written(mask),
            status if status.is_success() && mode == Mode::Tell => match self.body.is_empty() {
                true => Ok(Verdict::Accept),
                false => self.written(mask),
            },
            _ => Err((Failure::Error, self.reason(mask))),
        }
    }

    /// Whether it was delivered: any success says so, whatever else it says.
    pub(super) fn delivered(&self, mask: &Mask) -> Result<Verdict, Failed> {
        if self.status.is_success() { Ok(Verdict::Accept) } else { Err((Failure::Error, self.reason(mask))) }
    }

    fn written(&self, mask: &Mask) -> Result<Verdict, Failed> {
        let media = self.text(&header::CONTENT_TYPE).unwrap_or_default();
        let bare = media.split(';').next().unwrap_or_default().trim();
        let invalid = |message: String| Err((Failure::Invalid, said(&message, mask)));
        if !bare.eq_ignore_ascii_case("application/json") {
            let of = if bare.is_empty() { "without a media type".into() } else { format!("as {bare}") };
            return invalid(format!("it answered {} {of}: a verdict is application/json", self.status()));
        }
        match std::str::from_utf8(&self.body) {
            Ok(text) => parse(text, mask),
            Err(_) => invalid("its answer is not UTF-8".into()),
        }
    }

    /// Why it is no verdict.
    fn reason(&self, mask: &Mask) -> String {
        let mut reason = format!("it answered {}", self.status());
        if let (true, Some(location)) = (self.status.is_redirection(), self.text(&header::LOCATION)) {
            reason += &format!(" to {location}, and redirects are not followed");
        } else if self.status.is_success() {
            reason += ", and a verdict is 204, or 200 with JSON";
        }
        let body = String::from_utf8_lossy(&self.body);
        if !body.trim().is_empty() {
            reason += &format!(": {}", body.trim());
        }
        said(&reason, mask)
    }

    fn text(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn again_after(value: &str) -> Option<u64> {
        let headers = HeaderMap::from_iter([(header::RETRY_AFTER, value.parse().unwrap())]);
        let answer = Answer { status: StatusCode::SERVICE_UNAVAILABLE, headers, body: Bytes::new() };
        answer.again_after().map(|after| after.as_secs())
    }

    #[test]
    fn a_target_says_in_seconds_or_by_a_date_when_it_is_to_be_tried_again() {
        assert_eq!(again_after("120"), Some(120));
        assert_eq!(again_after("0"), Some(0));
        assert_eq!(again_after("99999999999"), Some(24 * 3600));
        let at = Timestamp::now() + Duration::from_secs(600);
        let date = at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        assert!(again_after(&date).is_some_and(|after| (500..=600).contains(&after)), "{date}");
        for none in ["Sun, 06 Nov 1994 08:49:37 GMT", "soon", "-1", "1.5", ""] {
            assert_eq!(again_after(none), None, "{none}");
        }
    }
}
