//! The door itself: takes connections, hands their requests to the handlers, and ends in order.
//!
//! A connection costs its owner nothing and the service some memory, so everything about it is bounded: how many
//! there are, how long they may be silent, how large a request's head is and how long a request takes.

mod arriving;
mod seats;
mod socket;

use super::access::{Guard, Peer, Refusal};
use super::front::Front;
use super::{health, tls};
use crate::config::{Config, Connections, Tls};
use crate::problem::{Place, Problem};
use arriving::arriving;
use axum::Router;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use seats::{Seat, Seats};
use socket::{Socket, Stream};
use std::convert::Infallible;
use std::path::Path;
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

/// What the service does between two attempts to take a connection that failed, as when there are no descriptors.
const PAUSE: Duration = Duration::from_millis(100);
/// How often a connection that waits has the others looked at.
const LOOK: Duration = Duration::from_millis(20);
/// How long a connection that makes room may take to finish what it is doing.
const LEAVE: Duration = Duration::from_millis(10);

/// Where the service is reached, with everything that stands in front of its handlers.
pub struct Door {
    socket: Socket,
    guard: Arc<Guard>,
    tls: Option<TlsAcceptor>,
    connections: Connections,
    grace: Duration,
}

impl Door {
    /// Reads tokens and certificate, and begins to listen; connections wait until [`serve`](super::serve) takes them.
    /// `data` is the directory with the tokens.
    pub async fn open(config: &Config, data: Option<&Path>) -> Result<Self, Vec<Problem>> {
        let guard = Guard::of(config, data);
        let tls = match &config.tls {
            Tls::Files { certificate, key } => tls::acceptor(certificate, key).map(Some),
            Tls::Off | Tls::Terminated => Ok(None),
        };
        let (guard, tls) = match (guard, tls) {
            (Ok(guard), Ok(tls)) => (Arc::new(guard), tls),
            (guard, tls) => {
                let problems = [guard.err(), tls.err()];
                return Err(problems.into_iter().flatten().flatten().collect());
            }
        };
        let socket = Socket::open(&config.listen).await;
        let socket = socket.map_err(|error| {
            vec![Problem::error(Place::default(), format!("cannot listen on {}: {error}", config.listen))]
        })?;
        Ok(Self { socket, guard, tls, connections: config.connections.clone(), grace: config.grace })
    }

    /// Where it is reached: `http://127.0.0.1:8710`, or `unix:/path`.
    pub fn address(&self) -> String {
        match (self.socket.address(), &self.tls) {
            (address, _) if address.starts_with("unix:") => address,
            (address, Some(_)) => format!("https://{address}"),
            (address, None) => format!("http://{address}"),
        }
    }

    pub(super) fn guard(&self) -> &Arc<Guard> {
        &self.guard
    }

    /// Hands requests to `front`, once there is one, until `stop` is ready, then takes no more and finishes what is in flight. Returns
    /// how many connections were cut short, because they took longer than the grace.
    pub(super) async fn serve(self, front: Arc<OnceLock<Front>>, stop: impl Future<Output = ()>) -> usize {
        let Self { socket, tls, connections, grace, .. } = self;
        let (end, ends) = watch::channel(());
        let seats = Seats::new(connections.max, connections.header);
        let connection = Arc::new(Connection { front, starting: health::starting(), tls, connections, ends });
        let (mut open, mut standing) = (JoinSet::new(), None);
        let mut stop = pin!(stop);
        loop {
            tokio::select! {
                biased;
                () = &mut stop => break,
                Some(_) = open.join_next() => {}
                seat = seats.take(), if standing.is_some() => if let Some((stream, peer)) = standing.take() {
                    let connection = Arc::clone(&connection);
                    open.spawn(async move { connection.run(stream, peer, seat).await });
                },
                // Nobody was idle for long enough, and somebody may be now.
                () = tokio::time::sleep(LOOK), if standing.is_some() => seats.make_room(),
                accepted = socket.accept(), if standing.is_none() => match accepted {
                    Ok(accepted) => {
                        standing = Some(accepted);
                        seats.make_room();
                    }
                    Err(error) => {
                        tracing::warn!("a connection cannot be taken: {error}");
                        tokio::time::sleep(PAUSE).await;
                    }
                },
            }
        }
        drop(socket);
        drop(end);
        // Whoever does not finish within the grace is cut short when the set is dropped.
        let _ = timeout(grace, async { while open.join_next().await.is_some() {} }).await;
        open.len()
    }
}

/// What every connection shares.
struct Connection {
    front: Arc<OnceLock<Front>>,
    /// What answers until there is a front.
    starting: Router,
    tls: Option<TlsAcceptor>,
    connections: Connections,
    /// Closed when the service stops.
    ends: watch::Receiver<()>,
}

impl Connection {
    async fn run(&self, stream: Stream, peer: Peer, seat: Seat) {
        let Some(tls) = &self.tls else { return self.http(stream, peer, &seat).await };
        let mut ends = self.ends.clone();
        tokio::select! {
            // What went wrong, the client is told; it is no event of the service's.
            shaken = timeout(self.connections.header, tls.accept(stream)) => if let Ok(Ok(stream)) = shaken {
                self.http(stream, peer, &seat).await;
            },
            () = seat.asked() => {}
            _ = ends.changed() => {}
        }
    }

    async fn http(&self, stream: impl AsyncRead + AsyncWrite + Unpin, peer: Peer, seat: &Seat) {
        let service = service_fn(|request| self.answer(request, peer, seat));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.connections.header)
            .max_header_size(self.connections.header_bytes)
            .serve_connection(TokioIo::new(stream), service);
        let mut connection = pin!(connection);
        let mut ends = self.ends.clone();
        // A connection that ends in an error was the client's to end. What has come is looked at before it is asked to
        // leave, so that a request on its way is answered.
        tokio::select! {
            biased;
            _ = connection.as_mut() => {}
            () = seat.asked() => {
                if !seat.is_new() {
                    connection.as_mut().graceful_shutdown();
                    // A request may have come just then.
                    if timeout(LEAVE, connection.as_mut()).await.is_err() && seat.works() {
                        let _ = connection.await;
                    }
                }
            }
            _ = ends.changed() => {
                connection.as_mut().graceful_shutdown();
                let _ = connection.await;
            }
        }
    }

    async fn answer(
        &self,
        mut request: Request<Incoming>,
        peer: Peer,
        seat: &Seat,
    ) -> Result<Response, Infallible> {
        seat.work();
        request.extensions_mut().insert(peer);
        let answer = async {
            let request = request.map(|body| arriving(body, seat));
            match self.front.get() {
                Some(front) => front.answer(request).await,
                None => self.starting.clone().oneshot(request).await.unwrap_or_else(|never| match never {}),
            }
        };
        let answer = tokio::select! {
            biased;
            answer = timeout(self.connections.request, answer) => answer.ok(),
            () = seat.is_cut() => None,
        };
        seat.rest();
        Ok(answer.unwrap_or_else(|| {
            let late = Refusal::of(StatusCode::REQUEST_TIMEOUT, "the request took too long");
            // The connection is not waited for either (RFC 9110, 15.5.9).
            ([(header::CONNECTION, "close")], late).into_response()
        }))
    }
}
