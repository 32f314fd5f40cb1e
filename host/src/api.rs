//! The HTTP door: applications fire events at it, operators manage hooks through it.
//!
//! `/openapi.json`, made from the same code, describes events, hooks, catalogue, roster and problems; every refusal
//! is a problem document (RFC 9457) that lists everything that is wrong.

mod access;
mod change;
mod events;
mod extract;
mod health;
mod hooks;
mod known;
mod listen;
mod live;
mod metrics;
mod problem;
mod schema;
mod stamp;
pub mod telemetry;
mod tls;
pub(crate) mod tokens;

pub use listen::Door;

use crate::console;
use crate::directory::TOML_BYTES_MAX;
use crate::envelope::ENVELOPE_BYTES;
use crate::host::Host;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware;
use axum::routing::get;
use axum::{Json, Router};
use metrics::Metrics;
use problem::Refusal;
use std::io;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, Semaphore, watch};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

/// What every handler shares.
#[derive(Clone)]
pub(crate) struct Service {
    pub(crate) host: Host,
    /// Hooks are changed one after the other.
    turn: Arc<Mutex<()>>,
    metrics: Arc<Metrics>,
    /// Places for those who look on.
    watchers: Arc<Semaphore>,
    /// Whether the service stops.
    stopping: watch::Receiver<bool>,
}

impl Service {
    pub(crate) fn new(host: Host, stopping: watch::Receiver<bool>) -> Self {
        Self {
            metrics: Arc::new(Metrics::new(host.clone())),
            watchers: Arc::new(Semaphore::new(live::WATCHERS_MAX)),
            turn: Arc::default(),
            stopping,
            host,
        }
    }
}

/// Answers requests until `stop` is ready, then finishes what is in flight within the grace. Returns how many
/// connections were cut short.
pub async fn serve(door: Door, host: Host, stop: impl Future<Output = ()>) -> usize {
    let (service, stop) = service(host, stop);
    let guarded = access::layer(router(service.clone()), Arc::clone(door.guard()));
    door.serve(seen(guarded, service), stop).await
}

/// Answers requests until `stop` is ready, and takes whoever asks for the owner: for applications that guard the door
/// themselves.
pub async fn serve_unguarded(
    listener: TcpListener,
    host: Host,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let (service, stop) = service(host, stop);
    let open = access::open(router(service.clone()));
    axum::serve(listener, seen(open, service)).with_graceful_shutdown(stop).await
}

/// What handlers share, which know when the service is told to stop.
fn service<S: Future<Output = ()>>(host: Host, stop: S) -> (Service, impl Future<Output = ()> + use<S>) {
    let (stopped, stopping) = watch::channel(false);
    let stop = async move {
        stop.await;
        stopped.send_replace(true);
    };
    (Service::new(host, stopping), stop)
}

/// Has every request counted and logged: outermost, so that what the guard refuses is seen too.
fn seen(router: Router, service: Service) -> Router {
    router.layer(middleware::from_fn_with_state(service, metrics::watch))
}

/// Every route, and the description of all of them.
pub(crate) fn router(service: Service) -> Router {
    let limits = service.host.limits();
    let at_most = DefaultBodyLimit::max;
    let described = OpenApiRouter::with_openapi(schema::head())
        .routes(routes!(events::fire).layer(at_most(limits.data_bytes + ENVELOPE_BYTES)))
        .routes(routes!(hooks::list, hooks::create).layer(at_most(TOML_BYTES_MAX)))
        .routes(
            routes!(hooks::get, hooks::replace, hooks::patch, hooks::remove).layer(at_most(TOML_BYTES_MAX)),
        )
        .routes(routes!(hooks::archive))
        .routes(routes!(hooks::accept))
        .routes(routes!(hooks::upload).layer(at_most(limits.component_bytes)))
        .routes(routes!(known::catalogue))
        .routes(routes!(known::kind))
        .routes(routes!(known::roster))
        .routes(routes!(known::problems))
        .routes(routes!(known::reload));
    let (router, description) = described.split_for_parts();
    router
        .merge(console::router())
        .route("/v1/outcomes", get(live::outcomes))
        .route("/v1/hooks/{id}/stats", get(live::stats))
        .route("/metrics", get(metrics::show))
        .route("/livez", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/openapi.json", get(async move || Json(description)))
        .fallback(async || Refusal::new(StatusCode::NOT_FOUND, "there is nothing here"))
        .method_not_allowed_fallback(async || {
            Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "this resource has no such method")
        })
        .with_state(service)
}
