//! The HTTP door: applications fire events at it, operators manage hooks through it.

mod access;
mod events;
mod listen;
mod stamp;
mod tls;
pub(crate) mod tokens;

pub use listen::Door;

use crate::host::Host;
use axum::Router;
use axum::routing::post;
use std::sync::Arc;

/// What every handler shares.
#[derive(Clone)]
struct Service {
    host: Host,
}

/// Answers requests until `stop` is ready, then finishes what is in flight within the grace. Returns how many
/// connections were cut short.
pub async fn serve(door: Door, host: Host, stop: impl Future<Output = ()>) -> usize {
    let router = access::layer(router(Service { host }), Arc::clone(door.guard()));
    door.serve(router, stop).await
}

fn router(service: Service) -> Router {
    Router::new().route("/v1/events", post(events::fire)).with_state(service)
}
