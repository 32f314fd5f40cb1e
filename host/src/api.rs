//! The HTTP door: applications fire events at it, operators manage hooks through it.

mod events;

use crate::host::Host;
use axum::Router;
use axum::routing::post;
use std::io;
use tokio::net::TcpListener;

/// What every handler shares.
#[derive(Clone)]
struct Service {
    host: Host,
}

/// Answers requests until `stop` is ready, then finishes what is in flight.
pub async fn serve(
    listener: TcpListener,
    host: Host,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    axum::serve(listener, router(Service { host })).with_graceful_shutdown(stop).await
}

fn router(service: Service) -> Router {
    Router::new().route("/v1/events", post(events::fire)).with_state(service)
}
