//! `POST /v1/events`: fires events.

use super::Service;
use super::live::problem;
use crate::envelope::Reader;
use crate::event::Event;
use crate::host::FireError;
use crate::trace::TRACEPARENT;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

/// Fires one event.
pub(super) async fn fire(State(service): State<Service>, headers: HeaderMap, body: String) -> Response {
    let reader = Reader::new("body", "http", service.host.limits().data_bytes);
    let Ok([event]) = <[_; 1]>::try_from(reader.read(&body)) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let event = match event {
        Ok(event) => traced(event, &headers),
        Err(problems) => return problem(StatusCode::BAD_REQUEST, "Bad Request", &problems),
    };
    match service.host.fire(event).await {
        Ok(outcome) => Json(outcome).into_response(),
        Err(FireError::Refused(problems)) => problem(StatusCode::BAD_REQUEST, "Bad Request", &problems),
        Err(FireError::Busy) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

/// The event as part of the request's trace, unless it says itself which one it belongs to.
fn traced(event: Event, headers: &HeaderMap) -> Event {
    match headers.get(TRACEPARENT).and_then(|value| value.to_str().ok()) {
        Some(parent) if !event.attributes.contains_key(TRACEPARENT) => event.attribute(TRACEPARENT, parent),
        _ => event,
    }
}
