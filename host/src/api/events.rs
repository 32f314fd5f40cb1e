//! `POST /v1/events`: fires events.

mod arrival;

pub(super) use arrival::Room;

use super::Service;
use super::access::Caller;
use super::extract::{Body, Dry, Query, require_media_type};
use super::problem::{ProblemDocument, Refusal};
use super::schema;
use super::task::to_its_end;
use crate::egress::CAUSE_HEADER;
use crate::envelope::{self, Parsed, Reader};
use crate::event::{CAUSE, Event, Mode};
use crate::host::{FireError, Host};
use crate::outcome::Outcome;
use crate::problem::{Place, Problem};
use crate::trace::TRACEPARENT;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use percent_encoding::percent_decode;
use serde::Serialize;
use std::collections::HashMap;
use utoipa::ToSchema;

/// Where events are fired at.
pub(super) const PATH: &str = "/v1/events";
/// Events in one batch.
const BATCH_MAX: usize = 100;

/// What an outcome takes beside its data, as a rule.
const OUTCOME_BYTES: usize = 512;

const JSON: &str = "application/json";
const STRUCTURED: &str = "application/cloudevents+json";
const BATCH: &str = "application/cloudevents-batch+json";

/// What came of one event of a batch.
#[derive(Serialize, ToSchema)]
pub(super) struct BatchItem {
    /// The status that the event alone would have been answered with.
    status: u16,
    /// What came of it, where it was taken in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Outcome>)]
    outcome: Option<Outcome>,
    /// Why it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<ProblemDocument>,
}

/// Fire events
///
/// One CloudEvent in structured or binary mode, a batch of at most 100, or an event in JeraSoft's envelope. One event has
/// at most `limits.data` (256 KiB by default) of data and 128 KiB around it; a batch has at most 16 times as much in all,
/// and never more than 64 MiB, unless one event may have more. An event
/// that is taken in runs to its end, whether or not the caller waits. A veto is an answer, not an error. An event that
/// a hook caused has the token of its cause as the attribute `cause`, or as the header `tenterhook-cause`, which takes
/// the scope `cause`.
#[utoipa::path(
    post,
    path = "/v1/events",
    tag = "events",
    params(Dry),
    request_body(content(
        (schema::CloudEvent = STRUCTURED),
        (schema::EventOrEvents = JSON),
        (Vec<schema::CloudEvent> = BATCH),
    )),
    responses(
        (status = 200, description = "The outcome of an asked event, or what came of each of a batch", body = schema::Fired),
        (status = 202, description = "The outcome of a told event", body = schema::Outcome),
        Refusal,
    ),
)]
pub(super) async fn fire(
    State(service): State<Service>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response, Refusal> {
    take(&service, caller, request).await
}

/// The same without a router.
pub(super) async fn take(
    service: &Service,
    caller: Caller,
    mut request: Request,
) -> Result<Response, Refusal> {
    let Query(Dry { dry }) = Query::of(request.uri())?;
    let headers = std::mem::take(request.headers_mut());
    let data_bytes_max = service.host.limits().data_bytes;
    let (body, share) = service.batches.read(request, &headers, data_bytes_max).await?;
    let events = caused(read(&service.host, caller.name(), &headers, &body)?, &headers);
    let service = service.clone();
    to_its_end(async move {
        let _share = share;
        let host = &service.host;
        match events {
            envelope::Body::One(event) => {
                let event = event.map(|event| traced(event, &headers));
                answer(&run(host, &caller, event, dry).await?)
            }
            envelope::Body::Batch(events) => batch(host, &caller, events, dry).await,
        }
    })
    .await
}

fn answer(outcome: &Outcome) -> Result<Response, Refusal> {
    let mut body = Vec::with_capacity(OUTCOME_BYTES + outcome.data().map_or(0, |data| data.as_str().len()));
    serde_json::to_writer(&mut body, outcome)
        .map_err(|error| Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    Ok((status(outcome), [(header::CONTENT_TYPE, JSON)], body).into_response())
}

fn status(outcome: &Outcome) -> StatusCode {
    match outcome.mode {
        Mode::Ask => StatusCode::OK,
        Mode::Tell => StatusCode::ACCEPTED,
    }
}

async fn run(host: &Host, caller: &Caller, event: Parsed, dry: bool) -> Result<Outcome, Refusal> {
    let event = event.map_err(FireError::Refused)?;
    let bound = caller.bind(event, &host.roster().catalogue);
    let event = bound.map_err(|problem| Refusal::because(StatusCode::FORBIDDEN, vec![problem]))?;
    let outcome = if dry { host.dry_run(event).await } else { host.fire(event).await };
    Ok(outcome?)
}

/// One event after the other, so that those of one subject keep their order.
async fn batch(host: &Host, caller: &Caller, events: Vec<Parsed>, dry: bool) -> Result<Response, Refusal> {
    if events.len() > BATCH_MAX {
        let detail = format!("the batch has {} events, at most {BATCH_MAX} are allowed", events.len());
        return Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, detail));
    }
    let mut seen = HashMap::new();
    let mut items = Vec::with_capacity(events.len());
    for (number, event) in (1..).zip(events) {
        let outcome = match repeated(&event, number, &mut seen) {
            Some(problem) => Err(Refusal::because(StatusCode::CONFLICT, vec![problem])),
            None => run(host, caller, event, dry).await,
        };
        items.push(item(outcome));
    }
    Ok(Json(items).into_response())
}

fn item(outcome: Result<Outcome, Refusal>) -> BatchItem {
    match outcome {
        Ok(outcome) => BatchItem { status: status(&outcome).as_u16(), outcome: Some(outcome), problem: None },
        Err(refusal) => {
            BatchItem { status: refusal.status.as_u16(), outcome: None, problem: Some(refusal.document()) }
        }
    }
}

/// An event is known by its source and id, so one batch holds none twice.
fn repeated(event: &Parsed, number: usize, seen: &mut HashMap<(String, String), usize>) -> Option<Problem> {
    let event = event.as_ref().ok()?;
    let first = *seen.entry((event.source.clone(), event.id.clone())).or_insert(number);
    (first != number).then(|| {
        let message = format!("the id {:?} is that of event {first} of this batch", event.id);
        Problem::error(Place::file(format!("body, event {number}")), message)
            .hint("give every event an id of its own")
    })
}

fn read(host: &Host, source: &str, headers: &HeaderMap, body: &Body) -> Result<envelope::Body, Refusal> {
    let mut reader = Reader::new("body", source, host.limits().data_bytes);
    if headers.contains_key("ce-specversion") && super::extract::media_type(headers) != STRUCTURED {
        if !body.bytes().is_empty() {
            require_media_type(headers, &[JSON])?;
        }
        reader.file = "request".into();
        let attributes = attributes(headers)?;
        let attributes = attributes.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        return Ok(envelope::Body::One(reader.binary(attributes, body.text()?)));
    }
    require_media_type(headers, &[JSON, STRUCTURED, BATCH])?;
    match reader.body(body.text()?) {
        envelope::Body::One(Ok(_)) if super::extract::media_type(headers) == BATCH => {
            Err(Refusal::new(StatusCode::BAD_REQUEST, "a batch is a JSON array of events"))
        }
        events => Ok(events),
    }
}

/// The attributes in the headers `ce-*`, whose values are percent-encoded UTF-8.
fn attributes(headers: &HeaderMap) -> Result<Vec<(String, String)>, Refusal> {
    let mut attributes = Vec::new();
    let mut problems = Vec::new();
    for (header, value) in headers {
        let Some(name) = header.as_str().strip_prefix("ce-") else { continue };
        match percent_decode(value.as_bytes()).decode_utf8() {
            Ok(value) => attributes.push((name.to_owned(), value.into_owned())),
            Err(error) => {
                let problem = Problem::error(
                    Place::file("request"),
                    format!("the header {header} is not UTF-8: {error}"),
                );
                problems.push(problem.hint("encode it with percent signs"));
            }
        }
    }
    if problems.is_empty() {
        Ok(attributes)
    } else {
        Err(Refusal::because(StatusCode::BAD_REQUEST, problems))
    }
}

/// The events with the cause of the request, unless they say themselves what caused them.
fn caused(events: envelope::Body, headers: &HeaderMap) -> envelope::Body {
    let Some(cause) = headers.get(CAUSE_HEADER) else { return events };
    // What is no text is no cause either, and must not count as none.
    let cause = cause.to_str().unwrap_or_default();
    let with = |event: Parsed| match event {
        Ok(event) if !event.attributes.contains_key(CAUSE) => Ok(event.caused_by(cause)),
        event => event,
    };
    match events {
        envelope::Body::One(event) => envelope::Body::One(with(event)),
        envelope::Body::Batch(events) => envelope::Body::Batch(events.into_iter().map(with).collect()),
    }
}

/// The event as part of the request's trace, unless it says itself which one it belongs to.
fn traced(event: Event, headers: &HeaderMap) -> Event {
    match headers.get(TRACEPARENT).and_then(|value| value.to_str().ok()) {
        Some(parent) if !event.attributes.contains_key(TRACEPARENT) => event.attribute(TRACEPARENT, parent),
        _ => event,
    }
}
