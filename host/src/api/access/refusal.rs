//! Why a request is refused before any handler sees it (RFC 9457, RFC 6750).

use crate::api::problem;
use crate::api::tokens::Scope;
use crate::problem::{Place, Problem};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// An answer without a handler.
#[derive(Debug)]
pub(crate) struct Refusal {
    refusal: problem::Refusal,
    /// What `WWW-Authenticate` says.
    challenge: Option<String>,
}

impl Refusal {
    pub(crate) fn of(status: StatusCode, message: impl Into<String>) -> Self {
        Self::because(status, Problem::error(Place::default(), message))
    }

    fn because(status: StatusCode, problem: Problem) -> Self {
        Self { refusal: problem::Refusal::because(status, vec![problem]), challenge: None }
    }

    fn challenge(mut self, parameters: &str) -> Self {
        self.challenge = Some(format!("Bearer realm=\"tenterhook\"{parameters}"));
        self
    }

    /// It came without a token.
    pub(super) fn nobody(scope: Scope) -> Self {
        let problem = Problem::error(Place::default(), format!("this takes a token with the scope {scope}"));
        let problem = problem.hint("send it as `Authorization: Bearer …`");
        Self::because(StatusCode::UNAUTHORIZED, problem).challenge("")
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
        let mut response = self.refusal.into_response();
        let challenge = self.challenge.and_then(|challenge| HeaderValue::try_from(challenge).ok());
        if let Some(challenge) = challenge {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}
