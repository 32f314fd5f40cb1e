//! Why a request is refused before any handler sees it (RFC 9457, RFC 6750).

use crate::api::tokens::Scope;
use crate::problem::{Place, Problem};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// An answer without a handler.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    problem: Box<Problem>,
    /// What `WWW-Authenticate` says.
    challenge: Option<String>,
}

impl Refusal {
    pub(crate) fn of(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, problem: Box::new(Problem::error(Place::default(), message)), challenge: None }
    }

    fn hint(mut self, hint: &str) -> Self {
        self.problem = Box::new(self.problem.hint(hint));
        self
    }

    fn challenge(mut self, parameters: &str) -> Self {
        self.challenge = Some(format!("Bearer realm=\"tenterhook\"{parameters}"));
        self
    }

    /// It came without a token.
    pub(super) fn nobody(scope: Scope) -> Self {
        let refusal =
            Self::of(StatusCode::UNAUTHORIZED, format!("this takes a token with the scope {scope}"));
        refusal.hint("send it as `Authorization: Bearer …`").challenge("")
    }

    /// Its token is not, or no longer, one.
    pub(super) fn token(reason: &str) -> Self {
        let challenge = format!(", error=\"invalid_token\", error_description=\"{reason}\"");
        Self::of(StatusCode::UNAUTHORIZED, reason).challenge(&challenge)
    }

    /// Its token is good for other things.
    pub(super) fn scope(scope: Scope) -> Self {
        let challenge = format!(", error=\"insufficient_scope\", scope=\"{scope}\"");
        Self::of(StatusCode::FORBIDDEN, format!("this takes the scope {scope}")).challenge(&challenge)
    }

    /// Too many tokens of its address were wrong.
    pub(super) fn too_many() -> Self {
        Self::of(StatusCode::TOO_MANY_REQUESTS, "too many tokens from this address were wrong")
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self { status, problem, challenge } = self;
        let body = json!({
            "type": "about:blank",
            "title": status.canonical_reason(),
            "status": status.as_u16(),
            "detail": problem.message,
            "problems": [problem],
        });
        let mut response = (status, body.to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(challenge) = challenge.and_then(|challenge| HeaderValue::try_from(challenge).ok()) {
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        if status == StatusCode::TOO_MANY_REQUESTS {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}
