//! `GET /metrics`: what the host and its HTTP door did so far, for Prometheus.
//!
//! All numbers are read when they are asked for, so they cost next to nothing in between.

mod door;
mod host;
mod page;

pub(super) use door::Route;

use super::Service;
use super::problem::Refusal;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use door::Requests;
use prometheus_client::encoding::text;
use prometheus_client::registry::Registry;
use std::time::Duration;

/// The text format that Prometheus asks for.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The numbers of the HTTP door, and where all numbers are read from.
pub(super) struct Metrics {
    registry: Registry,
    requests: Requests,
}

impl Metrics {
    pub(super) fn new(host: crate::Host) -> Self {
        let mut registry = Registry::with_prefix("tenterhook");
        let requests = Requests::default();
        registry.register_collector(Box::new(host::Numbers(host)));
        registry.register_collector(Box::new(requests.clone()));
        Self { registry, requests }
    }

    /// Counts a request that was answered.
    pub(super) fn count(&self, route: Route, status: StatusCode, took: Duration) {
        self.requests.count(route, status.as_u16(), took);
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
