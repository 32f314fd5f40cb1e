//! Targets behind TLS: whom they must be known by, and over which protocol they are spoken to.

use super::Toml;
use crate::access::serve;
use crate::serve::tls::{AUTHORITY, OLD, folder};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request as Asked, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use tenterhook_tests::{Given, Request, Served};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// A target for `localhost` that accepts over what it is asked in; the port, and the versions of HTTP that it was asked
/// in, a connection each.
fn target(host: &str, protocols: &[&[u8]]) -> (u16, Arc<Mutex<Vec<Vec<String>>>>) {
    let chain = vec![CertificateDer::from_pem_slice(OLD.0.as_bytes()).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(OLD.1.as_bytes()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap();
    let mut config = config.with_no_client_auth().with_single_cert(chain, key).unwrap();
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = std::net::TcpListener::bind((host, 0)).unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let versions = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&versions);
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let listener = TcpListener::from_std(listener).unwrap();
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, seen) = (acceptor.clone(), Arc::clone(&seen));
                tokio::spawn(async move {
                    let Ok(stream) = acceptor.accept(stream).await else { return };
                    let second = stream.get_ref().1.alpn_protocol() == Some(b"h2");
                    let number = {
                        let mut seen = seen.lock().unwrap();
                        seen.push(Vec::new());
                        seen.len() - 1
                    };
                    let service = service_fn(move |asked: Asked<Incoming>| {
                        seen.lock().unwrap()[number].push(format!("{:?}", asked.version()));
                        async {
                            let answer = Response::builder().status(StatusCode::NO_CONTENT);
                            Ok::<_, Infallible>(answer.body(Full::<Bytes>::default()).unwrap())
                        }
                    });
                    let stream = TokioIo::new(stream);
                    // Whoever calls goes away when it likes.
                    let _ = match second {
                        true => {
                            let server = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
                            server.serve_connection(stream, service).await
                        }
                        false => {
                            hyper::server::conn::http1::Builder::new().serve_connection(stream, service).await
                        }
                    };
                });
            }
        });
    });
    (port, versions)
}

fn ask(served: &Served, id: usize) -> serde_json::Value {
    let event = format!(
        r#"{{"specversion":"1.0","id":"{id}","type":"cloud.pre_create","source":"s","option":"DISK","data":{{}}}}"#
    );
    Request::post("/v1/events", &event).to(served).is(200).json()
}

fn given(url: &str) -> Given {
    Given::new().toml("a", &Toml { grants: "networks = ['127.0.0.0/8', '::1']", ..Toml::of(url) }.text())
}

#[test]
fn a_target_is_known_by_an_authority_of_ones_own_and_spoken_to_in_http_2() {
    let folder = folder((AUTHORITY, ""));
    let ca = format!("egress.ca={}", folder.path().join("c.pem").display());
    for (protocols, version) in
        [([b"h2".as_slice(), b"http/1.1"].as_slice(), "HTTP/2.0"), (&[b"http/1.1"], "HTTP/1.1")]
    {
        let (port, versions) = target("127.0.0.1", protocols);
        let given = given(&format!("https://localhost:{port}/"));
        let served = serve(&given, &["--set", &ca]);
        for id in 0..5 {
            let outcome = ask(&served, id);
            assert_eq!(outcome["decision"], "accept", "{outcome}");
        }
        assert_eq!(*versions.lock().unwrap(), [vec![version; 5]]);
    }
}

#[test]
fn a_target_of_an_authority_that_nobody_trusts_or_of_another_name_is_told_nothing() {
    let folder = folder((AUTHORITY, ""));
    let ca = format!("egress.ca={}", folder.path().join("c.pem").display());
    // The certificate is one for localhost and 127.0.0.1.
    for (host, set, reason) in
        [("127.0.0.1", vec![], "UnknownIssuer"), ("127.0.0.2", vec!["--set", &*ca], "not valid for name")]
    {
        let (port, versions) = target(host, &[]);
        let given = given(&format!("https://{host}:{port}/"));
        let served = serve(&given, &set);
        let outcome = ask(&served, 1);
        assert_eq!(outcome["trail"][0]["failure"], "error", "{outcome}");
        let message = outcome["trail"][0]["message"].as_str().unwrap();
        assert!(message.contains("it cannot be reached") && message.contains(reason), "{message}");
        assert!(versions.lock().unwrap().concat().is_empty());
    }
}

#[test]
fn a_file_without_authorities_is_no_start() {
    let given = Given::new();
    let folder = folder(("nothing", ""));
    let ca = format!("egress.ca={}", folder.path().join("c.pem").display());
    let run = crate::access::tenterhook(&given, &["serve", "--listen", "127.0.0.1:0", "--set", &ca]);
    run.env("TENTERHOOK_HOOKS", given.hooks())
        .ends()
        .exits(2)
        .says("egress.ca: ")
        .says("there is no certificate in it");
}
