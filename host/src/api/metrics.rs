//! `GET /metrics`: what the host and its HTTP door did so far, for Prometheus.
//!
//! The host's own numbers are read when they are asked for, so they cost nothing in between. Requests are
//! counted by the pattern of their route, never by their path: there are only so many of them.

mod host;

use super::Service;
use super::problem::Refusal;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::sync::Arc;
use std::time::Instant;

/// The text format that Prometheus asks for.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// Seconds of a request.
const SECONDS: [f64; 12] = [0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 10.0];

/// Who a request came from: the name of its token. Whoever checks tokens puts it among the response's extensions.
#[derive(Debug, Clone)]
pub(super) struct Caller(pub(super) Arc<str>);

/// The numbers of the HTTP door, and where all numbers are read from.
pub(super) struct Metrics {
    registry: Registry,
    requests: Family<Answered, Counter>,
    seconds: Family<Route, Histogram>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    method: &'static str,
    route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: &'static str,
    route: String,
    status: u16,
}

impl Metrics {
    pub(super) fn new(host: crate::Host) -> Self {
        let mut registry = Registry::with_prefix("tenterhook");
        registry.register_collector(Box::new(host::Numbers(host)));
        let requests = Family::default();
        registry.register("http_requests", "Requests by route and status", requests.clone());
        let seconds = Family::new_with_constructor((|| Histogram::new(SECONDS)) as fn() -> Histogram);
        registry.register("http_request_seconds", "Time until the answer began", seconds.clone());
        Self { registry, requests, seconds }
    }

    fn count(&self, route: Route, status: StatusCode, seconds: f64) {
        self.seconds.get_or_create(&route).observe(seconds);
        let Route { method, route } = route;
        self.requests.get_or_create(&Answered { method, route, status: status.as_u16() }).inc();
    }
}

/// Show all numbers
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "host",
    responses((status = 200, description = "In the text format of OpenMetrics", body = String, content_type = OPEN_METRICS), Refusal),
)]
pub(super) async fn show(State(service): State<Service>) -> Response {
    service.backlogs().await;
    let mut body = String::new();
    match text::encode(&mut body, &service.metrics.registry) {
        Ok(()) => ([(header::CONTENT_TYPE, OPEN_METRICS)], body).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// Counts a request, and writes a line to the access log: no query, no header, nothing of a body.
pub(super) async fn watch(State(service): State<Service>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let matched = request.extensions().get::<MatchedPath>();
    let route = matched.map_or_else(|| "none".to_owned(), |matched| matched.as_str().to_owned());
    let response = next.run(request).await;
    let (status, took) = (response.status(), began.elapsed());
    service.metrics.count(Route { method: known(&method), route }, status, took.as_secs_f64());
    let token = response.extensions().get::<Caller>().map_or("-", |caller| &caller.0);
    tracing::info!(
        target: "tenterhook::access",
        method = known(&method),
        path,
        status = status.as_u16(),
        micros = took.as_micros().try_into().unwrap_or(u64::MAX),
        token,
    );
    response
}

/// A method by its name; a client may invent others.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
