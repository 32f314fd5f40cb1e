//! Whose certificates are taken for true.

use std::path::Path;
use std::sync::Arc;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// Who vouches for servers; files are PEM.
#[derive(Clone, Copy)]
pub(crate) enum Trust<'a> {
    /// The public authorities.
    Public,
    /// The public ones and those of a file.
    Also(&'a Path),
    /// Those of a file alone.
    #[cfg_attr(not(feature = "api"), expect(dead_code, reason = "the platform is called by the service"))]
    Only(&'a Path),
}

/// Verifies servers by their certificates.
pub(super) fn config(trust: Trust<'_>) -> Result<ClientConfig, String> {
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    let public = || RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let roots = match trust {
        Trust::Public => public(),
        Trust::Also(path) => read(path, public())?,
        Trust::Only(path) => read(path, RootCertStore::empty())?,
    };
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

/// Adds the authorities in a file.
fn read(path: &Path, mut roots: RootCertStore) -> Result<RootCertStore, String> {
    let why = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let before = roots.len();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|error| why(&error))? {
        roots.add(certificate.map_err(|error| why(&error))?).map_err(|error| why(&error))?;
    }
    if roots.len() == before { Err(why(&"there is no certificate in it")) } else { Ok(roots) }
}
