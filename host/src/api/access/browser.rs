//! What a browser may be made to do by a page of somebody else: nothing.

use super::Refusal;
use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{StatusCode, header};
use std::net::IpAddr;

/// Refuses requests of foreign pages, and, where being on this machine is enough (`loopback_only`), requests to
/// this machine under a foreign name: a page may have its own name lead here.
pub(super) fn check(request: &Request, loopback_only: bool) -> Result<(), Refusal> {
    let text = |name| request.headers().get(name).map(|value| value.to_str().unwrap_or("\u{fffd}"));
    let host = request.uri().authority().map(|authority| authority.as_str()).or(text(header::HOST));
    let refuse = |message: String| Err(Refusal::of(StatusCode::FORBIDDEN, message));
    if loopback_only && !host.is_none_or(is_loopback) {
        return refuse(format!("the host {:?} is not this machine", host.unwrap_or_default()));
    }
    match text(header::ORIGIN) {
        Some(origin) if !is_same(origin, host) => refuse(format!("the origin {origin:?} is foreign")),
        _ => Ok(()),
    }
}

fn is_loopback(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else { return false };
    let name = authority.host();
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    name.eq_ignore_ascii_case("localhost")
        || address.is_ok_and(|address| address.to_canonical().is_loopback())
}

/// Whether an origin is that of the host itself. Something in front may speak another scheme than the service.
fn is_same(origin: &str, host: Option<&str>) -> bool {
    let parse = |host: &str, port: u16| {
        let authority = host.parse::<Authority>().ok()?;
        Some((authority.host().to_ascii_lowercase(), authority.port_u16().unwrap_or(port)))
    };
    let (Some((scheme, origin)), Some(host)) = (origin.split_once("://"), host) else { return false };
    let port = match scheme {
        "http" => 80,
        "https" => 443,
        _ => return false,
    };
    parse(origin, port).is_some_and(|origin| Some(origin) == parse(host, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_known_by_its_names_and_numbers() {
        for host in ["localhost", "LOCALHOST:8710", "127.0.0.1:80", "127.9.9.9", "[::1]:8710", "[::1]"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["", "evil.example", "localhost.evil.example:8710", "127.0.0.1.evil.example", "10.0.0.1"]
        {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn an_origin_is_the_same_with_host_and_port() {
        assert!(is_same("http://127.0.0.1:8710", Some("127.0.0.1:8710")));
        assert!(is_same("https://Hooks.example", Some("hooks.example")));
        assert!(is_same("https://hooks.example", Some("hooks.example:443")));
        for origin in
            ["null", "", "http://127.0.0.1:3000", "http://127.0.0.1", "file://127.0.0.1:8710", "\u{fffd}"]
        {
            assert!(!is_same(origin, Some("127.0.0.1:8710")), "{origin}");
        }
        assert!(!is_same("http://localhost", None));
    }
}
