//! The HTTP door: applications fire events at it, operators manage hooks through it.

mod events;
mod health;
mod live;
mod metrics;
pub mod telemetry;

use crate::host::Host;
use axum::Router;
use axum::middleware;
use axum::routing::{get, post};
use metrics::Metrics;
use std::io;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

/// What every handler shares.
#[derive(Clone)]
struct Service {
    host: Host,
    metrics: Arc<Metrics>,
    /// Places for those who look on.
    watchers: Arc<Semaphore>,
    /// Whether the service stops.
    stopping: watch::Receiver<bool>,
}

/// Answers requests until `stop` is ready, then finishes what is in flight.
pub async fn serve(
    listener: TcpListener,
    host: Host,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let (stopped, stopping) = watch::channel(false);
    let service = Service {
        metrics: Arc::new(Metrics::new(host.clone())),
        watchers: Arc::new(Semaphore::new(live::WATCHERS_MAX)),
        stopping,
        host,
    };
    let stop = async move {
        stop.await;
        stopped.send_replace(true);
    };
    axum::serve(listener, router(service)).with_graceful_shutdown(stop).await
}

fn router(service: Service) -> Router {
    Router::new()
        .route("/v1/events", post(events::fire))
        .route("/v1/outcomes", get(live::outcomes))
        .route("/v1/hooks/{id}/stats", get(live::stats))
        .route("/metrics", get(metrics::show))
        .route("/livez", get(health::live))
        .route("/readyz", get(health::ready))
        .layer(middleware::from_fn_with_state(service.clone(), metrics::watch))
        .with_state(service)
}
