//! `/v1/log`: what hooks did, as it is written down.

use super::Service;
use super::extract::{Number, Query};
use super::live::SeesData;
use super::problem::Refusal;
use crate::problem::{Place, Problem};
use crate::record::{Backlogs, Record};
use crate::view::{ExecutionDetails, LogSearch, LogView};
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use std::sync::Arc;

impl Service {
    /// What the journal knows, if there is one.
    pub(super) fn record(&self) -> Result<&Arc<Record>, Refusal> {
        self.host.record().ok_or_else(|| {
            if let Some(trouble) = self.host.unusable() {
                return trouble.clone().into();
            }
            let problem = Problem::error(Place::default(), "this service has no journal");
            let problem = problem.hint("give it a directory in which it remembers, with --data");
            Refusal::because(StatusCode::CONFLICT, vec![problem])
        })
    }
}

impl Service {
    /// What is owed to each hook; nothing where that cannot be known.
    pub(super) async fn backlogs(&self) -> Arc<Backlogs> {
        match self.host.record() {
            Some(record) => record.backlogs().await.unwrap_or_default(),
            None => Arc::default(),
        }
    }
}

/// What is not there.
pub(super) fn missing(what: &str, id: i64) -> Refusal {
    let problem = Problem::error(Place::default(), format!("there is no {what} {id}"));
    let problem = problem.hint("what is over is forgotten after a while");
    Refusal::because(StatusCode::NOT_FOUND, vec![problem])
}

/// Search the execution log
///
/// Every attempt at a told event, and of asked events the turns that refused, changed or failed; plain accepts with
/// the setting `log.asks`. The newest first.
#[utoipa::path(
    get,
    path = "/v1/log",
    tag = "log",
    params(LogSearch),
    responses((status = 200, description = "A page of the log", body = LogView), Refusal),
)]
pub(super) async fn search(
    State(service): State<Service>,
    Query(search): Query<LogSearch>,
) -> Result<Json<LogView>, Refusal> {
    let record = service.record()?;
    let search = search.read(record.now());
    let search = search.map_err(|problems| Refusal::because(StatusCode::BAD_REQUEST, problems))?;
    let found = record.read(move |reader| reader.lines(&search)).await?;
    Ok(Json(LogView::of(&found)))
}

/// Show one execution
///
/// With the event as it was sent and, of an asked event, its data as hooks changed it; data only with the scope `admin`.
#[utoipa::path(
    get,
    path = "/v1/log/{id}",
    tag = "log",
    params(("id" = i64, Path, description = "Its number in the log")),
    responses((status = 200, description = "The execution", body = ExecutionDetails), Refusal),
)]
pub(super) async fn show(
    State(service): State<Service>,
    Number(id): Number,
    sees_data: Option<Extension<SeesData>>,
) -> Result<Json<ExecutionDetails>, Refusal> {
    let found = service.record()?.read(move |reader| {
        let Some(line) = reader.line(id)? else { return Ok(None) };
        let sent = reader.sent(&line)?;
        Ok(Some((line, sent)))
    });
    let (line, sent) = found.await?.ok_or_else(|| missing("execution", id))?;
    Ok(Json(ExecutionDetails::of(&line, sent, sees_data.is_some())))
}
