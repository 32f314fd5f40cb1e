//! Connections: a name is resolved, what it resolves to is checked, and exactly that is connected to.

use super::guard::{Guard, literal};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::TokioIo;
use std::error::Error;
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::rustls::ClientConfig;
use tower_service::Service;

/// How long a connection may take to be made, encryption included, whoever waits for it.
const CONNECT: Duration = Duration::from_secs(10);

type Failed = Box<dyn Error + Send + Sync>;
type Promise<T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send>>;
/// Who resolves names.
pub(super) type Resolver = Arc<dyn Fn(String) -> Promise<Vec<IpAddr>, io::Error> + Send + Sync>;

/// Resolves names as this machine does.
pub(super) fn system() -> Resolver {
    Arc::new(|host| {
        Box::pin(async move {
            let addresses = tokio::net::lookup_host((host, 0)).await?;
            Ok(addresses.map(|address| address.ip()).collect())
        })
    })
}

/// An address that may not be reached.
#[derive(Debug)]
pub(super) struct Refused {
    host: String,
    address: IpAddr,
    what: &'static str,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, address, what } = self;
        write!(f, "{host} is ")?;
        if *host != address.to_string() {
            write!(f, "{address}, ")?;
        }
        write!(f, "{what} address: it takes [grants] networks = [\"{address}\"]")
    }
}

impl Error for Refused {}

/// Resolves names and checks what comes of it.
#[derive(Clone)]
struct Checked {
    resolver: Resolver,
    guard: Guard,
}

impl Checked {
    /// The addresses that may be reached. That some others may not is no failure.
    async fn addresses(self, host: String) -> Result<Vec<SocketAddr>, Failed> {
        let (mut open, mut refused) = (Vec::new(), None);
        for address in (self.resolver)(host.clone()).await? {
            match self.guard.refuses(address) {
                None => open.push(SocketAddr::new(address, 0)),
                Some(what) => refused = Some(Refused { host: host.clone(), address, what }),
            }
        }
        match refused {
            Some(refused) if open.is_empty() => Err(refused.into()),
            _ => Ok(open),
        }
    }
}

impl Service<Name> for Checked {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = Failed;
    type Future = Promise<Self::Response, Failed>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Failed>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let addresses = self.clone().addresses(name.to_string());
        Box::pin(async { Ok(addresses.await?.into_iter()) })
    }
}

/// Makes the connections of one client.
#[derive(Clone)]
pub(super) struct Connector {
    https: HttpsConnector<HttpConnector<Checked>>,
    guard: Guard,
}

impl Connector {
    pub(super) fn new(tls: ClientConfig, resolver: Resolver, guard: Guard) -> Self {
        let mut http = HttpConnector::new_with_resolver(Checked { resolver, guard: guard.clone() });
        http.enforce_http(false);
        http.set_connect_timeout(Some(CONNECT));
        http.set_nodelay(true);
        let https = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http();
        Self { https: https.enable_all_versions().wrap_connector(http), guard }
    }

    /// Whether the host is an address itself, which nobody resolves, and may not be reached.
    fn refuses(&self, host: &str) -> Option<Refused> {
        let address = literal(host)?;
        let what = self.guard.refuses(address)?;
        Some(Refused { host: address.to_string(), address, what })
    }
}

impl Service<http::Uri> for Connector {
    type Response = MaybeHttpsStream<TokioIo<TcpStream>>;
    type Error = Failed;
    type Future = Promise<Self::Response, Failed>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Failed>> {
        self.https.poll_ready(context)
    }

    fn call(&mut self, url: http::Uri) -> Self::Future {
        if let Some(refused) = url.host().and_then(|host| self.refuses(host)) {
            return Box::pin(async { Err(refused.into()) });
        }
        let connected = self.https.call(url);
        Box::pin(async { timeout(CONNECT, connected).await? })
    }
}
