//! `/livez` and `/readyz`: whether the service runs, and whether it is whole.
//!
//! Open to everybody, so they say how many hooks are in trouble and not which.

use super::Service;
use super::problem::Refusal;
use crate::roster::Hook;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use utoipa::ToSchema;

/// Whether the service runs
#[utoipa::path(
    get,
    path = "/livez",
    tag = "host",
    responses((status = 200, description = "It does", body = String, content_type = "text/plain; charset=utf-8"), Refusal),
    security(()),
)]
pub(super) async fn live() -> &'static str {
    "live\n"
}

/// What answers while hooks are loaded for the first time.
pub(super) fn starting() -> Router {
    let refuse = async || {
        Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "the hooks are being loaded, try again in a moment")
    };
    Router::new().route("/livez", get(live)).fallback(refuse)
}

/// What `/readyz` says once the hooks are loaded; before, it is refused with 503.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Readiness {
    /// `ready`, or `degraded`: it serves, and something needs a person.
    status: &'static str,
    /// The generation of hooks that serves.
    roster: u64,
    /// Hooks of whatever status.
    hooks: usize,
    /// Enabled hooks that cannot run.
    unavailable: usize,
    /// Hooks that failed too often and rest.
    tripped: usize,
    /// Hooks that are left out, because nobody knows their events.
    left_out: usize,
    /// Errors in the hooks directory.
    problems: usize,
}

/// Whether the service is ready
///
/// Until its hooks are loaded it is not, and refuses everything with 503.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "host",
    responses((status = 200, description = "It is, whole or not", body = Readiness), Refusal),
    security(()),
)]
pub(super) async fn ready(State(service): State<Service>) -> Json<Readiness> {
    let roster = service.host.roster();
    let count = |wanted: fn(&Hook) -> bool| roster.hooks().filter(|hook| wanted(hook)).count();
    let mut readiness = Readiness {
        status: "ready",
        roster: roster.generation,
        hooks: roster.hooks().count(),
        unavailable: count(|hook| hook.unavailable().is_some()),
        tripped: count(Hook::is_tripped),
        left_out: roster.left_out.len(),
        problems: roster.problems.iter().filter(|problem| problem.is_error()).count(),
    };
    let Readiness { unavailable, tripped, left_out, problems, .. } = readiness;
    if unavailable + tripped + left_out + problems > 0 {
        readiness.status = "degraded";
    }
    Json(readiness)
}
