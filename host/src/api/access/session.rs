//! The console's session: a token exchanged for a cookie that no script can read.
//!
//! What the cookie holds is known by its digest, in memory only: a restart ends every session, and a revoked or
//! expired token ends its own.

use super::{Guard, Peer, Refusal};
use crate::api::problem;
use crate::api::tokens::{Known, Token, random};
use axum::body::Bytes;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use utoipa::ToSchema;

const NAME: &str = "tenterhook_session";
const AGE: Duration = Duration::from_secs(12 * 3600);
/// Sessions at the same time; the oldest makes room for one more.
const SESSIONS: usize = 1000;

/// Sessions by the digest of their cookie.
#[derive(Default)]
pub(super) struct Sessions(Mutex<HashMap<[u8; 32], Session>>);

struct Session {
    token: String,
    ends: Instant,
}

fn key(cookie: &str) -> [u8; 32] {
    Sha256::digest(cookie.as_bytes()).into()
}

impl Sessions {
    fn begin(&self, cookie: &str, token: &Token) {
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.retain(|_, session| session.ends > Instant::now());
        if sessions.len() >= SESSIONS
            && let Some(oldest) = sessions.iter().min_by_key(|(_, session)| session.ends).map(|(key, _)| *key)
        {
            sessions.remove(&oldest);
        }
        let session = Session { token: token.id.clone(), ends: Instant::now() + AGE };
        sessions.insert(key(cookie), session);
    }

    fn end(&self, cookie: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&key(cookie));
    }

    /// The token that a cookie was exchanged for, as long as it is one.
    pub(super) fn token(&self, cookie: &str, known: &Known) -> Option<Arc<Token>> {
        let sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let session = sessions.get(&key(cookie)).filter(|session| session.ends > Instant::now())?;
        known.with_id(&session.token).filter(|token| !token.is_expired())
    }
}

/// The cookie of a request.
pub(super) fn cookie(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.split_once('='));
    pairs.find(|(name, _)| name.trim() == NAME).map(|(_, value)| value.trim())
}

/// A token that is to be exchanged.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Begin {
    token: String,
}

/// Exchange a token for the console's cookie
#[utoipa::path(
    post,
    path = "/v1/session",
    tag = "console",
    request_body = Begin,
    responses(
        (status = 204, description = "The cookie is set", headers(("set-cookie" = String, description = "HttpOnly, SameSite=Strict"))),
        problem::Refusal,
    ),
    security(()),
)]
pub(in crate::api) async fn begin(
    State(guard): State<Arc<Guard>>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let media = headers.get(header::CONTENT_TYPE).and_then(|media| media.to_str().ok()).unwrap_or_default();
    if media.split(';').next().map(str::trim) != Some("application/json") {
        let message = "a session begins with application/json";
        return Err(Refusal::of(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
    }
    let begin: Begin = serde_json::from_slice(&body)
        .map_err(|_| Refusal::of(StatusCode::BAD_REQUEST, "a session begins with {\"token\": \"…\"}"))?;
    let known = guard.tokens.known();
    let token = guard.holder(&begin.token, &known, peer.map(|Extension(peer)| peer))?;
    let cookie = random::<32>()
        .map_err(|_| Refusal::of(StatusCode::INTERNAL_SERVER_ERROR, "there are no random numbers"))?;
    guard.sessions.begin(&cookie, &token);
    Ok(set_cookie(&guard, &format!("{cookie}; Max-Age={}", AGE.as_secs())))
}

/// End the console's session
#[utoipa::path(
    delete,
    path = "/v1/session",
    tag = "console",
    responses((status = 204, description = "The cookie is good for nothing any more"), problem::Refusal),
    security(()),
)]
pub(in crate::api) async fn end(State(guard): State<Arc<Guard>>, headers: HeaderMap) -> Response {
    if let Some(cookie) = cookie(&headers) {
        guard.sessions.end(cookie);
    }
    set_cookie(&guard, "; Max-Age=0")
}

fn set_cookie(guard: &Guard, value: &str) -> Response {
    let secure = if guard.encrypted { "; Secure" } else { "" };
    let cookie = format!("{NAME}={value}; Path=/; HttpOnly; SameSite=Strict{secure}");
    (StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response()
}
