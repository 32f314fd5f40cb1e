//! Encrypted connections, and certificates that are exchanged under them.

use super::command;
use std::fs;
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tenterhook_tests::{Given, Request, Run, Served};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

/// Certificates of one authority, made for this machine and for tests.
pub(crate) const AUTHORITY: &str = include_str!("tls/authority.pem");
pub(crate) const OLD: (&str, &str) = (include_str!("tls/old.pem"), include_str!("tls/old.key.pem"));
const NEW: (&str, &str) = (include_str!("tls/new.pem"), include_str!("tls/new.key.pem"));

/// A folder with a certificate and its key.
pub(crate) fn folder((certificate, key): (&str, &str)) -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("c.pem"), certificate).unwrap();
    fs::write(folder.path().join("k.pem"), key).unwrap();
    folder
}

pub(crate) fn encrypted<'given>(given: &'given Given, folder: &Path) -> Run<'given> {
    let path = |name: &str| folder.join(name).display().to_string();
    let (certificate, key) =
        (format!("tls.certificate={}", path("c.pem")), format!("tls.key={}", path("k.pem")));
    command(given, &[&certificate, &key])
}

/// Asks something over an encrypted connection; which certificate the service showed.
fn shown(served: &Served) -> CertificateDer<'static> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(AUTHORITY.as_bytes()).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(config.with_root_certificates(roots).with_no_client_auth());
    let client = ClientConnection::new(config, ServerName::try_from("localhost").unwrap()).unwrap();
    let stream = TcpStream::connect(served.authority()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut stream = StreamOwned::new(client, stream);
    Request::get("/v1/nothing").over(&mut stream, "localhost").is(404);
    stream.conn.peer_certificates().unwrap()[0].clone().into_owned()
}

fn certificate(pem: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()
}

#[test]
fn a_renewed_certificate_is_used_at_once_and_a_broken_one_never() {
    let (given, folder) = (Given::new(), folder(OLD));
    let served = encrypted(&given, folder.path()).serves();
    assert!(served.address().starts_with("https://"), "{}", served.address());
    assert_eq!(shown(&served), certificate(OLD.0));
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    // Half of it is new: the key is still the old one's.
    write("c.pem", NEW.0);
    assert_eq!(shown(&served), certificate(OLD.0));
    write("k.pem", NEW.1);
    assert_eq!(shown(&served), certificate(NEW.0));
    write("c.pem", "no certificate");
    assert_eq!(shown(&served), certificate(NEW.0));
    fs::remove_file(folder.path().join("k.pem")).unwrap();
    assert_eq!(shown(&served), certificate(NEW.0));
}

#[test]
fn who_does_not_encrypt_gets_nothing() {
    let (given, folder) = (Given::new(), folder(OLD));
    let served = encrypted(&given, folder.path()).serves();
    let mut answer = Vec::new();
    let mut stream = super::connect(&served, "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n");
    // The connection may be reset instead of ended.
    let _ = std::io::Read::read_to_end(&mut stream, &mut answer);
    assert!(!String::from_utf8_lossy(&answer).contains("HTTP"), "{answer:?}");
}

#[test]
fn a_certificate_that_cannot_be_used_is_refused_at_the_start() {
    let given = Given::new();
    let ends = |folder: TempDir| encrypted(&given, folder.path()).ends();
    ends(folder((OLD.0, NEW.1))).exits(2).says("the key is not that of the certificate");
    let both = ends(folder(("x", "x")));
    both.exits(2).says("there is no certificate in it, it must be PEM").says("there is no key in it");
    ends(TempDir::new().unwrap()).exits(2).says("the certificate cannot be read");
}
