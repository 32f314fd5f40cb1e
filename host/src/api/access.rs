//! Who may do what, asked in front of every handler.
//!
//! It knows callers by a bearer token, by the console's cookie, by the user behind a Unix socket, or not at all.
//! Handlers find the [`Caller`] among the request's extensions, and never see a token.

mod browser;
mod caller;
mod refusal;
pub(super) mod session;

pub(crate) use caller::Caller;
pub(crate) use refusal::Refusal;

use super::tokens::{Known, Scope, Token, Tokens};
use crate::config::{Config, Listen, Tls};
use crate::problem::{Place, Problem};
use axum::Router;
use axum::extract::Request;
use axum::http::{Method, header};
use axum::routing::post;
use governor::clock::DefaultClock;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use session::Sessions;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;

/// Tokens that may fail from one address at once, and then each second.
const FAILED_AT_ONCE: NonZeroU32 = NonZeroU32::new(10).expect("ten is not zero");
const FAILED_PER_SECOND: NonZeroU32 = NonZeroU32::MIN;
/// Addresses that are remembered for it, before those that were quiet are forgotten.
const ADDRESSES: usize = 10_000;

/// Who is at the other end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Peer {
    Address(IpAddr),
    /// The user of the process at the other end of a Unix socket.
    User(u32),
}

/// What stands in front of the handlers.
pub(crate) struct Guard {
    tokens: Tokens,
    sessions: Sessions,
    failed: RateLimiter<IpAddr, HashMapStateStore<IpAddr>, DefaultClock>,
    /// Whether only this machine reaches the service.
    local: bool,
    /// Whether the service is reached by TCP.
    tcp: bool,
    /// Whether what a browser is sent is encrypted on its way.
    encrypted: bool,
}

impl Guard {
    /// Reads the tokens. Refuses to open a door to others without tokens, or without encryption.
    pub(crate) fn of(config: &Config, data: Option<&Path>) -> Result<Self, Vec<Problem>> {
        let tokens = Tokens::of(data)?;
        let (tcp, loopback) = match &config.listen {
            Listen::Tcp(address) => (true, address.ip().to_canonical().is_loopback()),
            Listen::Unix(_) => (false, true),
        };
        let local = loopback && config.tls != Tls::Terminated;
        let mut problems = Vec::new();
        let mut refuse = |message: &str, hint: &str| {
            problems.push(Problem::error(Place::default(), message).hint(hint));
        };
        if !local && tokens.known().is_empty() {
            let message = "others than this machine would reach the service, and there are no tokens";
            refuse(message, "make one with `tenterhook token new --scope admin`, or listen on 127.0.0.1");
        }
        if !loopback && config.tls == Tls::Off {
            let message = "others than this machine would reach the service, and nothing encrypts";
            let hint =
                "set tls.certificate and tls.key, or tls = \"terminated\" where something in front does";
            refuse(message, hint);
        }
        let quota = Quota::per_second(FAILED_PER_SECOND).allow_burst(FAILED_AT_ONCE);
        let failed = RateLimiter::hashmap(quota);
        let encrypted = config.tls != Tls::Off;
        let guard = Self { tokens, sessions: Sessions::default(), failed, local, tcp, encrypted };
        if problems.is_empty() { Ok(guard) } else { Err(problems) }
    }

    /// Who asks, if it may.
    pub(super) fn admit(&self, request: &Request) -> Result<Caller, Refusal> {
        let need = Need::of(request.method(), request.uri().path());
        if need == Need::Nothing {
            return Ok(Caller::Nobody);
        }
        let known = self.tokens.known();
        browser::check(request, self.tcp && self.local && !known.is_closed())?;
        let caller = self.caller(request, &known)?;
        match need {
            Need::Scope(scope) if !caller.may(scope) && matches!(caller, Caller::Nobody) => {
                Err(Refusal::nobody(scope))
            }
            Need::Scope(scope) if !caller.may(scope) => Err(Refusal::scope(scope)),
            _ => Ok(caller),
        }
    }

    fn caller(&self, request: &Request, known: &Known) -> Result<Caller, Refusal> {
        let peer = request.extensions().get::<Peer>().copied();
        let headers = request.headers();
        if let Some(authorization) = headers.get(header::AUTHORIZATION) {
            let text = authorization.to_str().unwrap_or_default();
            let token = text.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
            let token = token.map(|(_, token)| token.trim());
            return self.holder(token.unwrap_or_default(), known, peer).map(Caller::Holder);
        }
        if let Some(token) = session::cookie(headers).and_then(|cookie| self.sessions.token(cookie, known)) {
            return Ok(Caller::Holder(token));
        }
        Ok(match peer {
            Some(Peer::User(uid)) if uid == rustix::process::geteuid().as_raw() => Caller::Owner,
            Some(_) if self.local && !known.is_closed() => Caller::Local,
            _ => Caller::Nobody,
        })
    }

    /// What is known of a token; who guesses is slowed down. A token that is right is never refused for others' failures.
    fn holder(&self, token: &str, known: &Known, peer: Option<Peer>) -> Result<Arc<Token>, Refusal> {
        // One that was made a moment ago is not known yet.
        let reason = match known.find(token).or_else(|| self.tokens.look().find(token)) {
            Some(token) if !token.is_expired() => return Ok(token),
            Some(_) => "the token has expired",
            None => "the token is unknown",
        };
        if let Some(Peer::Address(address)) = peer {
            if self.failed.len() > ADDRESSES {
                self.failed.retain_recent();
            }
            if self.failed.check_key(&network(address)).is_err() {
                return Err(Refusal::too_many());
            }
            tracing::warn!(%address, "{reason}");
        }
        Err(Refusal::token(reason))
    }
}

/// What one user of a network may choose an address from counts as one address.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        address => address,
    }
}

/// What a request takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    /// Nothing: whether the service lives is no secret.
    Nothing,
    /// No scope, but no foreign page either: the console, which asks for a token itself.
    Console,
    Scope(Scope),
}

impl Need {
    fn of(method: &Method, path: &str) -> Self {
        let reads = method == Method::GET || method == Method::HEAD;
        match path {
            "/livez" | "/readyz" if reads => Self::Nothing,
            "/" if reads => Self::Console,
            "/v1/session" => Self::Console,
            _ if reads && path.starts_with("/console/") => Self::Console,
            "/v1/events" if method == Method::POST || method == Method::DELETE => Self::Scope(Scope::Fire),
            "/v1/state" => Self::Scope(Scope::Admin),
            _ if reads => Self::Scope(Scope::Read),
            _ => Self::Scope(Scope::Admin),
        }
    }
}

/// Where the console exchanges a token for its cookie.
pub(super) fn session(guard: Arc<Guard>) -> Router {
    let session = post(session::begin).delete(session::end);
    Router::new().route("/v1/session", session).with_state(guard)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_to_be_harmless_takes_admin() {
        let need = |method: Method, path: &str| Need::of(&method, path);
        assert_eq!(need(Method::GET, "/livez"), Need::Nothing);
        assert_eq!(need(Method::POST, "/v1/events"), Need::Scope(Scope::Fire));
        assert_eq!(need(Method::GET, "/v1/hooks/a"), Need::Scope(Scope::Read));
        assert_eq!(need(Method::GET, "/v1/state"), Need::Scope(Scope::Admin));
        assert_eq!(need(Method::GET, "/metrics"), Need::Scope(Scope::Read));
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS] {
            assert_eq!(need(method.clone(), "/v1/hooks/a"), Need::Scope(Scope::Admin), "{method}");
            assert_eq!(need(method.clone(), "/livez"), Need::Scope(Scope::Admin), "{method}");
            assert_eq!(need(method.clone(), "/console/x"), Need::Scope(Scope::Admin), "{method}");
        }
    }

    #[test]
    fn addresses_of_one_network_count_as_one() {
        let network = |address: &str| network(address.parse().unwrap()).to_string();
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(network("::ffff:10.1.2.3"), "10.1.2.3");
    }
}
