//! `/v1/state`: what hooks keep between events.

use super::Service;
use super::extract::Query;
use super::problem::Refusal;
use crate::view::{StateSearch, StateView};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

/// List what hooks keep
///
/// Of hooks that are gone, too: a state goes only with `DELETE /v1/hooks/{id}?state=true`. It may hold what events
/// carried, so it takes the scope `admin`.
#[utoipa::path(
    get,
    path = "/v1/state",
    tag = "hooks",
    params(StateSearch),
    responses((status = 200, description = "A page of keys", body = StateView), Refusal),
)]
pub(super) async fn list(
    State(service): State<Service>,
    Query(search): Query<StateSearch>,
) -> Result<Json<StateView>, Refusal> {
    let record = service.host.noted()?;
    let search = search.read().map_err(|problems| Refusal::because(StatusCode::BAD_REQUEST, problems))?;
    Ok(Json(StateView::of(record.read(move |reader| reader.keys(&search)).await?)))
}
