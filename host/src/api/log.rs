//! `/v1/log`: what hooks did, as it is written down.

use super::Service;
use super::extract::{Number, Query};
use super::live::SeesData;
use super::problem::Refusal;
use crate::view::{ExecutionDetails, LogSearch, LogView};
use axum::extract::State;
use axum::{Extension, Json};

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
    Ok(Json(service.host.log(&search).await?))
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
    let found = service.host.execution(id).await?.ok_or_else(|| Refusal::forgotten("execution", id))?;
    Ok(Json(if sees_data.is_some() { found } else { found.without_data() }))
}
