//! What events still owe their hooks: cancelled by who told them, or owed to a hook that came later.

use super::Service;
use super::access::Caller;
use super::extract::{Id, Query};
use super::hooks::known;
use super::problem::Refusal;
use super::task::to_its_end;
use crate::problem::{Place, Problem};
use crate::view::OwedView;
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde::Deserialize;
use std::time::SystemTime;
use utoipa::IntoParams;

/// Which event.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// Its source.
    source: String,
    /// Its id.
    id: String,
    /// Its tenant, if it has one.
    tenant: Option<String>,
}

/// Since when.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Since {
    /// RFC 3339.
    since: String,
}

/// Cancel a told event
///
/// Deliveries that it still owes, because they wait for the time in its `due`, for another attempt or for their hook,
/// become dead letters. What its hooks already have stays.
#[utoipa::path(
    delete,
    path = "/v1/events",
    tag = "events",
    params(Which),
    responses((status = 200, description = "How many deliveries were cancelled", body = OwedView), Refusal),
)]
pub(super) async fn cancel(
    State(service): State<Service>,
    Query(Which { source, id, tenant }): Query<Which>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<OwedView>, Refusal> {
    let tenant = caller
        .own(&source, tenant)
        .map_err(|problem| Refusal::because(StatusCode::FORBIDDEN, vec![problem]))?;
    let cancelled = async move { service.host.cancel(&source, &id, tenant.as_deref()).await };
    Ok(Json(OwedView { deliveries: to_its_end(cancelled).await? }))
}

/// Deliver past events to a hook
///
/// Owes the hook what was told since then, as far as the journal has it and the hook wants it and was not owed it.
/// What is due later waits for its time; what was cancelled stays cancelled.
#[utoipa::path(
    post,
    path = "/v1/hooks/{id}/deliver",
    tag = "hooks",
    params(("id" = String, Path, description = "The hook's id"), Since),
    responses((status = 200, description = "How many events it gets", body = OwedView), Refusal),
)]
pub(super) async fn deliver(
    State(service): State<Service>,
    Id(id): Id,
    Query(Since { since }): Query<Since>,
) -> Result<Json<OwedView>, Refusal> {
    let since: jiff::Timestamp = since.parse().map_err(|_| {
        let problem = Problem::error(Place::file("request"), format!("since = {since:?} is no time"));
        let problem = problem.hint("write it in RFC 3339, such as 2027-01-31T12:00:00Z");
        Refusal::because(StatusCode::BAD_REQUEST, vec![problem])
    })?;
    let roster = service.host.roster();
    known(&roster, &id)?;
    let owed = async move { service.host.deliver_since(&id, SystemTime::from(since)).await };
    Ok(Json(OwedView { deliveries: to_its_end(owed).await? }))
}
