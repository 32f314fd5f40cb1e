//! `/livez` and `/readyz`: whether the service runs, and whether it is whole.
//!
//! Open to everybody, so they say how many hooks are in trouble and not which, and of the journal that it is in trouble
//! and not in whose words or at which path.

use super::Service;
use super::problem::Refusal;
use crate::host::{FireError, JournalHealth};
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
    /// The journal, which told events need and asked ones do not.
    journal: Journal,
    /// Why told events are refused, while they are, in a sentence; the log, and who may read `/v1/log`, has the details.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    /// How much of the journal was met since the start that is not as it was written; the log says what.
    damages: u64,
}

/// How the journal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Journal {
    /// Told events are written down.
    Written,
    /// Told events are refused with 507: its disk is full.
    Full,
    /// Told events are refused with 503: it cannot be written.
    Failed,
    /// There is none; told events run while their caller waits.
    Off,
}

impl Journal {
    fn of(health: Option<&JournalHealth>) -> Self {
        match health.map(|health| &health.trouble) {
            None => Self::Off,
            Some(None) => Self::Written,
            Some(Some(FireError::Full)) => Self::Full,
            Some(Some(_)) => Self::Failed,
        }
    }
}

/// Why told events are refused. Its own words for everything: what a database says may name paths.
fn reason(trouble: &FireError, opened: bool) -> &'static str {
    match trouble {
        FireError::Full => "the disk of the journal is full",
        _ if opened => "the journal cannot be written",
        _ => "the journal cannot be opened",
    }
}

/// Whether the service is ready
///
/// Until its hooks are loaded it is not, and refuses everything with 503. A journal in trouble makes it degraded and not
/// unready: told events are refused, asked ones go on.
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
    let journal = service.host.journal_health();
    let trouble = journal.as_ref().and_then(|journal| journal.trouble.as_ref());
    let mut readiness = Readiness {
        status: "ready",
        roster: roster.generation,
        hooks: roster.hooks().count(),
        unavailable: count(|hook| hook.unavailable().is_some()),
        tripped: count(Hook::is_tripped),
        left_out: roster.left_out.len(),
        problems: roster.problems.iter().filter(|problem| problem.is_error()).count(),
        journal: Journal::of(journal.as_ref()),
        reason: trouble.map(|trouble| reason(trouble, service.host.unusable().is_none())),
        damages: journal.as_ref().map_or(0, |journal| journal.damages),
    };
    let Readiness { unavailable, tripped, left_out, problems, damages, .. } = readiness;
    if unavailable + tripped + left_out + problems > 0 || trouble.is_some() || damages > 0 {
        readiness.status = "degraded";
    }
    Json(readiness)
}
