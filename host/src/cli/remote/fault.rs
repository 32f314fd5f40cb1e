//! Why a service does not do what it is asked for, and what to do about it.

use super::TOKEN;
use super::link::{Address, CONNECT, SILENCE};
use super::read::Document;
use crate::cli::print::safe;
use anyhow::anyhow;
use std::io;
use ureq::http::{Response, StatusCode};
use ureq::{Body, Error, Timeout};

/// Why there is no answer.
pub(super) fn silence(address: &Address, error: &Error) -> anyhow::Error {
    let at = address.name();
    match error {
        Error::Io(error) if address.is_encrypted() && error.kind() == io::ErrorKind::InvalidData => {
            unencrypted(at, error)
        }
        Error::Tls(_) | Error::Rustls(_) | Error::Pem(_) => unencrypted(at, error),
        Error::Io(error) if error.kind() == io::ErrorKind::PermissionDenied && address.is_socket() => {
            anyhow!("{at} may not be opened: {error}; ask as the user whom the service runs as")
        }
        Error::Io(error) if unreachable(error.kind()) => {
            anyhow!("no service answers at {at}: {error}; start one with `tenterhook serve`, or look at --to")
        }
        Error::HostNotFound => anyhow!("no service answers at {at}: there is no such host; look at --to"),
        Error::Timeout(Timeout::Connect | Timeout::Resolve) => {
            anyhow!("no service answers at {at} within {} s; look at --to", CONNECT.as_secs())
        }
        Error::Timeout(_) => {
            anyhow!("{at} has not answered within {} s; what became of it is unknown", SILENCE.as_secs())
        }
        Error::Protocol(_) => {
            anyhow!("{at} does not answer in HTTP: {error}; if it encrypts, write https:// in --to")
        }
        _ => anyhow!(
            "no answer from {at}: {error}; look at the name of its host, and if it encrypts, write https:// in --to"
        ),
    }
}

fn unreachable(kind: io::ErrorKind) -> bool {
    use io::ErrorKind::{ConnectionRefused, HostUnreachable, NetworkUnreachable, NotFound};
    matches!(kind, ConnectionRefused | HostUnreachable | NetworkUnreachable | NotFound)
}

fn unencrypted(at: &str, error: &dyn std::error::Error) -> anyhow::Error {
    anyhow!(
        "no trusted connection to {at}: {error}; name it in --to as its certificate does, and with --ca an \
         authority that is no public one; if it does not encrypt, write http://"
    )
}

/// What a service refuses, and why. What is wrong with a request is a list of problems.
pub(super) fn refusal(address: &Address, with_token: bool, answer: Response<Body>) -> anyhow::Error {
    let (at, status) = (address.name(), answer.status());
    let Some(document) = Document::of(answer) else {
        return match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => anyhow!("{at} refuses: {status}"),
            _ if status.is_server_error() => anyhow!("{at} cannot answer: {status}"),
            _ => strange(address),
        };
    };
    let detail = safe(&document.to_string());
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN if !with_token => anyhow!(
            "{at} refuses: {detail}; `tenterhook token new` makes one where the service runs, show it with \
             --token-file or {TOKEN}"
        ),
        StatusCode::UNAUTHORIZED => {
            anyhow!("{at} refuses the token: {detail}; look at --token-file or {TOKEN}")
        }
        StatusCode::FORBIDDEN => anyhow!("{at} refuses: {detail}; show another token"),
        StatusCode::TOO_MANY_REQUESTS => anyhow!("{at} refuses: {detail}; wait a while"),
        StatusCode::NOT_FOUND if document.is_of_no_route() => {
            anyhow!("{at} is no address of a service: {detail}; look at the path in --to")
        }
        _ if status.is_server_error() => anyhow!("{at} cannot answer: {detail}"),
        _ => document.problems().into(),
    }
}

/// What answers is something else.
pub(super) fn strange(address: &Address) -> anyhow::Error {
    anyhow!("{} does not answer like a tenterhook service of this version; look at --to", address.name())
}
