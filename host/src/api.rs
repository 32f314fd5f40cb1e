//! The HTTP door: applications fire events at it, operators manage hooks through it.
//!
//! `/openapi.json`, made from the same code, describes all of it but the console's pages; every refusal
//! is a problem document (RFC 9457) that lists everything that is wrong.

mod access;
mod change;
mod deliveries;
mod events;
mod extract;
mod front;
mod health;
mod hooks;
mod known;
mod listen;
mod live;
mod log;
mod metrics;
mod owed;
mod problem;
mod schema;
mod state;
mod task;
pub mod telemetry;
mod tls;
pub(crate) mod tokens;

pub use listen::Door;

use crate::console;
use crate::directory::TOML_BYTES_MAX;
use crate::host::Host;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use front::Front;
use metrics::Metrics;
use problem::Refusal;
use std::io;
use std::ops::Deref;
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use tokio::net::TcpListener;
use tokio::sync::{Mutex, Semaphore, watch};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

/// What every handler shares.
#[derive(Clone)]
pub(crate) struct Service(Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) host: Host,
    /// Hooks are changed one after the other.
    turn: Mutex<()>,
    metrics: Metrics,
    /// Room for batches of events.
    batches: events::Room,
    /// Places for those who look on.
    watchers: Arc<Semaphore>,
    /// Whether the service stops.
    stopping: watch::Receiver<bool>,
}

impl Deref for Service {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl Service {
    pub(crate) fn new(host: Host, stopping: watch::Receiver<bool>) -> Self {
        Self(Arc::new(Shared {
            metrics: Metrics::new(host.clone()),
            watchers: Arc::new(Semaphore::new(live::WATCHERS_MAX)),
            batches: events::Room::default(),
            turn: Mutex::default(),
            stopping,
            host,
        }))
    }
}

/// Answers requests until `stop` is ready, then finishes what is in flight within the grace. Returns how many
/// connections were cut short.
pub async fn serve(door: Door, host: Host, stop: impl Future<Output = ()>) -> usize {
    serve_while_starting(door, std::future::ready(host), stop).await
}

/// The same from before the host has started: until then it lives and is not ready, and every other request is
/// refused with 503. It ends with `stop` whether or not there is a host.
pub async fn serve_while_starting(
    door: Door,
    host: impl Future<Output = Host>,
    stop: impl Future<Output = ()>,
) -> usize {
    let (stopping, stop) = announced(stop);
    let (guard, started) = (Arc::clone(door.guard()), Arc::new(OnceLock::<Front>::new()));
    let mut serving = pin!(door.serve(Arc::clone(&started), stop));
    tokio::select! {
        biased;
        host = host => {
            let service = Service::new(host, stopping);
            started.get_or_init(|| Front::guarded(service, guard));
        }
        cut = &mut serving => return cut,
    }
    serving.await
}

/// Answers requests until `stop` is ready, and takes whoever asks for the owner: for applications that guard the door
/// themselves.
pub async fn serve_unguarded(
    listener: TcpListener,
    host: Host,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let (stopping, stop) = announced(stop);
    let front = Arc::new(Front::open(Service::new(host, stopping)));
    let routes = Router::new().fallback(async move |request| front.answer(request).await);
    axum::serve(listener, routes).with_graceful_shutdown(stop).await
}

/// Has those who look on told when the service stops.
fn announced<S: Future<Output = ()>>(stop: S) -> (watch::Receiver<bool>, impl Future<Output = ()> + use<S>) {
    let (stopped, stopping) = watch::channel(false);
    let stop = async move {
        stop.await;
        stopped.send_replace(true);
    };
    (stopping, stop)
}

/// Every route, and the description of all of them.
pub(crate) fn router(service: Service) -> Router {
    let limits = service.host.limits();
    let at_most = DefaultBodyLimit::max;
    let described = OpenApiRouter::with_openapi(schema::head())
        .routes(routes!(events::fire))
        .routes(routes!(owed::cancel))
        .routes(routes!(owed::deliver))
        .routes(routes!(hooks::list, hooks::create).layer(at_most(TOML_BYTES_MAX)))
        .routes(
            routes!(hooks::get, hooks::replace, hooks::patch, hooks::remove).layer(at_most(TOML_BYTES_MAX)),
        )
        .routes(routes!(hooks::archive))
        .routes(routes!(hooks::accept))
        .routes(routes!(hooks::resume))
        .routes(routes!(hooks::upload).layer(at_most(hooks::upload_bytes_max(limits.component_bytes))))
        .routes(routes!(known::catalogue))
        .routes(routes!(known::kind))
        .routes(routes!(known::roster))
        .routes(routes!(known::problems))
        .routes(routes!(known::reload))
        .routes(routes!(state::list))
        .routes(routes!(log::search))
        .routes(routes!(log::show))
        .routes(routes!(deliveries::list))
        .routes(routes!(deliveries::show, deliveries::discard))
        .routes(routes!(deliveries::resend))
        .routes(routes!(deliveries::resend_all))
        .routes(routes!(live::outcomes))
        .routes(routes!(live::stats))
        .routes(routes!(metrics::show))
        .routes(routes!(health::live))
        .routes(routes!(health::ready));
    let (router, description) = described.split_for_parts();
    router
        .merge(console::router())
        .route("/openapi.json", get(async move || Json(description)))
        .fallback(async || Refusal::new(StatusCode::NOT_FOUND, "there is nothing here"))
        .method_not_allowed_fallback(async || {
            Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "this resource has no such method")
        })
        .with_state(service)
}
