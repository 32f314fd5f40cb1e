//! `POST /v1/events`: fires events.

use super::Service;
use super::access::{Caller, Refusal};
use crate::envelope::Reader;
use crate::host::FireError;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};

/// Fires one event.
pub(super) async fn fire(
    State(service): State<Service>,
    Extension(caller): Extension<Caller>,
    body: String,
) -> Response {
    let reader = Reader::new("body", caller.name(), service.host.limits().data_bytes);
    let Ok([event]) = <[_; 1]>::try_from(reader.read(&body)) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let event = match event {
        Ok(event) => event,
        Err(problems) => return (StatusCode::BAD_REQUEST, Json(problems)).into_response(),
    };
    let event = match caller.bind(event, &service.host.roster().catalogue) {
        Ok(event) => event,
        Err(problem) => return Refusal::bound(problem).into_response(),
    };
    match service.host.fire(event).await {
        Ok(outcome) => Json(outcome).into_response(),
        Err(FireError::Refused(problems)) => (StatusCode::BAD_REQUEST, Json(problems)).into_response(),
        Err(FireError::Busy) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}
