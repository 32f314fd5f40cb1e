//! Encrypts connections, with a certificate that may be exchanged at any time.
//!
//! Its files are looked at for every handshake: a renewed certificate is used from the next connection on, and one
//! that cannot be used leaves the one before it in place.

use crate::problem::{Place, Problem};
use crate::stamp::Stamp;
use arc_swap::ArcSwap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{InconsistentKeys, ServerConfig};

/// A certificate and its key, as the files have them.
#[derive(Debug)]
struct Certificate {
    chain: PathBuf,
    key: PathBuf,
    provider: Arc<CryptoProvider>,
    used: ArcSwap<Used>,
}

/// What was read, and the state of the files it was read from.
#[derive(Debug)]
struct Used {
    stamps: [Option<Stamp>; 2],
    certified: Arc<CertifiedKey>,
}

/// What encrypts connections with a certificate chain and a key, both PEM files.
pub(super) fn acceptor(chain: &Path, key: &Path) -> Result<TlsAcceptor, Vec<Problem>> {
    let provider = Arc::new(ring::default_provider());
    let stamps = [chain, key].map(Stamp::of);
    let certified = read(chain, key, &provider)?;
    let used = ArcSwap::from_pointee(Used { stamps, certified });
    let (chain, key) = (chain.to_owned(), key.to_owned());
    let certificate = Certificate { chain, key, provider: Arc::clone(&provider), used };
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(|error| vec![Problem::error(Place::default(), error.to_string())])?;
    let mut config = config.with_no_client_auth().with_cert_resolver(Arc::new(certificate));
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current())
    }
}

impl Certificate {
    fn current(&self) -> Arc<CertifiedKey> {
        let used = self.used.load();
        // Before they are read: what changes meanwhile is seen by the next handshake.
        let stamps = [&self.chain, &self.key].map(|path| Stamp::of(path));
        if stamps == used.stamps {
            return Arc::clone(&used.certified);
        }
        let certified = match read(&self.chain, &self.key, &self.provider) {
            Ok(certified) => {
                tracing::info!("the certificate {} was renewed", self.chain.display());
                certified
            }
            Err(problems) => {
                for problem in problems {
                    tracing::error!("{problem}; the certificate before it stays in use");
                }
                Arc::clone(&used.certified)
            }
        };
        self.used.store(Arc::new(Used { stamps, certified: Arc::clone(&certified) }));
        certified
    }
}

fn read(chain: &Path, key: &Path, provider: &CryptoProvider) -> Result<Arc<CertifiedKey>, Vec<Problem>> {
    let certificates = CertificateDer::pem_file_iter(chain).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let certificates = certificates.and_then(|certificates| match certificates.is_empty() {
        true => Err(pem::Error::NoItemsFound),
        false => Ok(certificates),
    });
    let private = PrivateKeyDer::from_pem_file(key);
    let (certificates, private) = match (certificates, private) {
        (Ok(certificates), Ok(private)) => (certificates, private),
        (certificates, private) => {
            let certificates = certificates.err().map(|error| unreadable(chain, "certificate", &error));
            let private = private.err().map(|error| unreadable(key, "key", &error));
            return Err(certificates.into_iter().chain(private).collect());
        }
    };
    let certified = CertifiedKey::from_der(certificates, private, provider);
    certified.map(Arc::new).map_err(|error| {
        use tokio_rustls::rustls::Error;
        vec![match error {
            Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
                let message = format!("the key is not that of the certificate {}", chain.display());
                Problem::error(file(key), message)
            }
            error => Problem::error(file(chain), format!("the certificate cannot be used: {error}")),
        }]
    })
}

fn unreadable(path: &Path, what: &str, error: &pem::Error) -> Problem {
    match error {
        pem::Error::NoItemsFound => {
            Problem::error(file(path), format!("there is no {what} in it")).hint("it must be PEM")
        }
        pem::Error::Io(error) => Problem::error(file(path), format!("the {what} cannot be read: {error}")),
        error => Problem::error(file(path), format!("the {what} cannot be read: {error}")),
    }
}

fn file(path: &Path) -> Place {
    Place::file(path.display().to_string())
}
