//! What the host knows: its catalogue, its roster, and what is wrong with its files.

use super::Service;
use super::problem::Refusal;
use super::task::to_its_end;
use crate::catalogue::EventKind;
use crate::problem::{Place, Problem};
use crate::roster::Hook;
use crate::view::{CatalogueView, ProblemsView, RosterView};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use std::sync::Arc;

/// List the events that exist
#[utoipa::path(
    get,
    path = "/v1/catalogue",
    tag = "host",
    responses((status = 200, description = "Every area and every event", body = CatalogueView), Refusal),
)]
pub(super) async fn catalogue(State(service): State<Service>) -> Json<CatalogueView> {
    Json(CatalogueView::of(&service.host.roster().catalogue))
}

/// Everything about one event
#[utoipa::path(
    get,
    path = "/v1/catalogue/{event}",
    tag = "host",
    params(("event" = String, Path, description = "Its name, or another that it is accepted under")),
    responses((status = 200, description = "The event", body = EventKind), Refusal),
)]
pub(super) async fn kind(
    State(service): State<Service>,
    Path(event): Path<String>,
) -> Result<Json<EventKind>, Refusal> {
    let roster = service.host.roster();
    let kind = roster.catalogue.get(&event).map(|kind| Json(EventKind::clone(kind)));
    kind.ok_or_else(|| Refusal::because(StatusCode::NOT_FOUND, vec![roster.catalogue.unknown(&event)]))
}

/// The generation of hooks at work
#[utoipa::path(
    get,
    path = "/v1/roster",
    tag = "host",
    responses((status = 200, description = "The roster", body = RosterView), Refusal),
)]
pub(super) async fn roster(State(service): State<Service>) -> Json<RosterView> {
    Json(RosterView::of(&service.host.roster()))
}

/// What is wrong with the files of the hooks directory, and which hooks are stopped
#[utoipa::path(
    get,
    path = "/v1/problems",
    tag = "host",
    responses((status = 200, description = "Every problem", body = ProblemsView), Refusal),
)]
pub(super) async fn problems(State(service): State<Service>) -> Json<ProblemsView> {
    let roster = service.host.roster();
    let stopped = |hook: &Arc<Hook>| {
        let id = &hook.manifest().id;
        let problem = Problem::error(Place::default(), format!("the hook {id:?}: {}", hook.stopped()?));
        Some(problem.hint(format!("tenterhook hooks resume {id}")))
    };
    let problems = roster.problems.iter().cloned().chain(roster.hooks().filter_map(stopped));
    Json(ProblemsView { problems: problems.collect() })
}

/// Read the hooks directory again
#[utoipa::path(
    post,
    path = "/v1/reload",
    tag = "host",
    responses((status = 200, description = "The roster that is at work now", body = RosterView), Refusal),
)]
pub(super) async fn reload(State(service): State<Service>) -> Result<Json<RosterView>, Refusal> {
    let roster = to_its_end(async move { service.host.reload().await }).await?;
    Ok(Json(RosterView::of(&roster)))
}
