//! Where a service is, and a client that leads there: over TCP, with or without TLS, or over a Unix socket.

use super::socket::Socket;
use crate::cli::exit::Bad;
use crate::problem::{Place, Problem};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use ureq::Agent;
use ureq::http::Uri;
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::unversioned::resolver::DefaultResolver;

/// How long a service may take to be found.
pub(super) const CONNECT: Duration = Duration::from_secs(10);
/// How long a service may be silent: it may have to compile a component, twice.
pub(super) const SILENCE: Duration = Duration::from_secs(150);

/// Where a service is.
pub(super) struct Address {
    name: String,
    base: String,
    socket: Option<PathBuf>,
}

impl Address {
    /// Reads what somebody wrote.
    pub(super) fn read(text: &str) -> Result<Self, Bad> {
        let name = text.trim_end_matches('/').to_owned();
        if let Some(path) = name.strip_prefix("unix:").filter(|path| !path.is_empty()) {
            let path = path.strip_prefix("//").unwrap_or(path);
            // The service looks at no more of it than that it is this machine.
            return Ok(Self { socket: Some(path.into()), base: "http://127.0.0.1".into(), name });
        }
        let uri = name.parse::<Uri>().ok();
        let fits = uri.is_some_and(|uri| {
            let known = matches!(uri.scheme_str(), Some("http" | "https"));
            known && uri.host().is_some_and(|host| !host.is_empty()) && uri.query().is_none()
        });
        if !fits {
            let problem = Problem::error(Place::file("--to"), format!("{text:?} is no address of a service"));
            return Err(problem
                .hint("write it as in http://127.0.0.1:8710 or unix:/run/tenterhook.sock")
                .into());
        }
        Ok(Self { base: name.clone(), name, socket: None })
    }

    /// What it is called.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The address of one of its routes.
    pub(super) fn uri(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Whether what is sent there is encrypted.
    pub(super) fn is_encrypted(&self) -> bool {
        self.base.starts_with("https:")
    }

    /// Whether it is reached through a socket's file.
    pub(super) fn is_socket(&self) -> bool {
        self.socket.is_some()
    }

    /// Whether others than this machine may read what is sent there.
    pub(super) fn is_open_to_eavesdroppers(&self) -> bool {
        !self.is_encrypted() && !self.is_here()
    }

    /// Whether it is on this machine.
    fn is_here(&self) -> bool {
        let host = self.base.parse::<Uri>().ok().and_then(|uri| uri.host().map(str::to_owned));
        let host = host.unwrap_or_default();
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
    }
}

/// A client for an address, which trusts the authorities in the file `ca`, or the public ones.
pub(super) fn agent(address: &Address, ca: Option<&Path>) -> Result<Agent, Bad> {
    let mut config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .user_agent(concat!("tenterhook/", env!("CARGO_PKG_VERSION")))
        .timeout_connect(Some(CONNECT))
        .timeout_recv_response(Some(SILENCE));
    if let Some(path) = ca {
        config = config.tls_config(TlsConfig::builder().root_certs(roots(path)?).build());
    }
    if address.is_here() {
        config = config.proxy(None);
    }
    Ok(match &address.socket {
        Some(path) => Agent::with_parts(config.build(), Socket(path.clone()), DefaultResolver::default()),
        None => config.build().new_agent(),
    })
}

fn roots(path: &Path) -> Result<RootCerts, Bad> {
    let pem = super::read(path, "the certificates of the authorities")?;
    let certificates: Vec<_> = parse_pem(pem.as_bytes())
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect();
    if certificates.is_empty() {
        let place = Place::file(path.display().to_string());
        return Err(Problem::error(place, "there is no certificate in it").hint("it must be PEM").into());
    }
    Ok(RootCerts::new_with_certs(&certificates))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_or_refused() {
        let uri = |text: &str| Address::read(text).map(|address| address.uri("/v1/hooks")).ok();
        assert_eq!(uri("http://127.0.0.1:8710/").as_deref(), Some("http://127.0.0.1:8710/v1/hooks"));
        assert_eq!(uri("https://hooks.example/at").as_deref(), Some("https://hooks.example/at/v1/hooks"));
        assert_eq!(uri("unix:/run/a.sock").as_deref(), Some("http://127.0.0.1/v1/hooks"));
        for text in ["", "127.0.0.1:8710", "hooks.example", "ftp://a", "http://", "http://a?b", "unix:"] {
            assert_eq!(uri(text), None, "{text}");
        }
    }

    #[test]
    fn a_token_is_safe_on_this_machine_and_where_it_is_encrypted() {
        let open = |text: &str| Address::read(text).is_ok_and(|address| address.is_open_to_eavesdroppers());
        for safe in ["http://localhost:1", "http://127.0.0.1:1", "http://[::1]:1", "https://a", "unix:a"] {
            assert!(!open(safe), "{safe}");
        }
        assert!(open("http://10.0.0.5:8710") && open("http://localhost.example"));
    }
}
