//! `/v1/deliveries`: what is owed to hooks, and what was given up.

use super::Service;
use super::extract::{Id, Number, Query};
use super::live::SeesData;
use super::problem::Refusal;
use super::task::to_its_end;
use crate::view::{DeliveriesSearch, DeliveriesView, DeliveryDetails, DeliveryView, ResentView};
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};

/// List deliveries that are not delivered
///
/// Those of the newest events first.
#[utoipa::path(
    get,
    path = "/v1/deliveries",
    tag = "log",
    params(DeliveriesSearch),
    responses((status = 200, description = "A page of deliveries", body = DeliveriesView), Refusal),
)]
pub(super) async fn list(
    State(service): State<Service>,
    Query(search): Query<DeliveriesSearch>,
) -> Result<Json<DeliveriesView>, Refusal> {
    Ok(Json(service.host.deliveries(&search).await?))
}

/// Show a delivery
///
/// With the event as it was sent, its data only with the scope `admin`, and with the attempts that were made.
#[utoipa::path(
    get,
    path = "/v1/deliveries/{id}",
    tag = "log",
    params(("id" = i64, Path, description = "Its number")),
    responses((status = 200, description = "The delivery", body = DeliveryDetails), Refusal),
)]
pub(super) async fn show(
    State(service): State<Service>,
    Number(id): Number,
    sees_data: Option<Extension<SeesData>>,
) -> Result<Json<DeliveryDetails>, Refusal> {
    let found = service.host.delivery(id).await?.ok_or_else(|| Refusal::forgotten("delivery", id))?;
    Ok(Json(if sees_data.is_some() { found } else { found.without_data() }))
}

/// Resend a dead letter
///
/// It is due at once; its attempts, and the waits between them, begin anew.
#[utoipa::path(
    post,
    path = "/v1/deliveries/{id}/resend",
    tag = "log",
    params(("id" = i64, Path, description = "Its number")),
    responses((status = 200, description = "The delivery", body = DeliveryView), Refusal),
)]
pub(super) async fn resend(
    State(service): State<Service>,
    Number(id): Number,
) -> Result<Json<DeliveryView>, Refusal> {
    to_its_end(async move { Ok(Json(service.host.resend(id).await?)) }).await
}

/// Drop a dead letter
///
/// It is never attempted again. The log keeps what was attempted.
#[utoipa::path(
    delete,
    path = "/v1/deliveries/{id}",
    tag = "log",
    params(("id" = i64, Path, description = "Its number")),
    responses((status = 204, description = "It is gone"), Refusal),
)]
pub(super) async fn discard(
    State(service): State<Service>,
    Number(id): Number,
) -> Result<StatusCode, Refusal> {
    to_its_end(async move {
        service.host.drop_letter(id).await?;
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}

/// Resend all dead letters of a hook
///
/// Those that there are when it begins; the hook may be gone by now.
#[utoipa::path(
    post,
    path = "/v1/hooks/{id}/resend",
    tag = "log",
    params(("id" = String, Path, description = "The hook's id")),
    responses((status = 200, description = "How many there were", body = ResentView), Refusal),
)]
pub(super) async fn resend_all(
    State(service): State<Service>,
    Id(id): Id,
) -> Result<Json<ResentView>, Refusal> {
    to_its_end(async move {
        let resent = service.host.resend_all(&id).await?;
        Ok(Json(ResentView { resent }))
    })
    .await
}
