//! What is seen of hooks at work: `GET /v1/outcomes`, every outcome as it is decided, and
//! `GET /v1/hooks/{id}/stats`, what a hook did so far.

use super::Service;
use crate::outcome::{Outcome, WithoutData};
use crate::problem::{Place, Problem};
use axum::extract::{Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::convert::Infallible;
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;
use tokio_stream::wrappers::errors::BroadcastStreamRecvError;
use tokio_stream::wrappers::{BroadcastStream, WatchStream};
use tokio_stream::{Stream, StreamExt};

/// Who may look on at the same time.
pub(super) const WATCHERS_MAX: usize = 64;

/// Whoever checks tokens puts this among the extensions of a request whose sender may see events' data.
#[derive(Debug, Clone, Copy)]
pub(super) struct SeesData;

/// Which outcomes are wanted; all, where nothing is said.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// Those of this event.
    event: Option<String>,
    /// Those in whose trail this hook is.
    hook: Option<String>,
}

impl Wanted {
    fn covers(&self, outcome: &Outcome) -> bool {
        let hook = |hook: &String| outcome.trail.iter().any(|line| *line.hook == **hook);
        self.event.as_ref().is_none_or(|event| *event == outcome.event) && self.hook.as_ref().is_none_or(hook)
    }
}

/// Streams outcomes until the client leaves or the service stops. Each is an event `outcome`; whoever does not keep
/// up gets an event `missed` with their number in place of those that were lost.
pub(super) async fn outcomes(
    State(service): State<Service>,
    Query(wanted): Query<Wanted>,
    request: Request,
) -> Response {
    let Ok(place) = Arc::clone(&service.watchers).try_acquire_owned() else {
        let busy = format!("{WATCHERS_MAX} others look on already");
        return problem(StatusCode::SERVICE_UNAVAILABLE, "too many look on", &[error(busy)]);
    };
    let sees_data = request.extensions().get::<SeesData>().is_some();
    let outcomes = BroadcastStream::new(service.host.outcomes()).map(Some);
    // Whoever looks on must not hold up a service that stops.
    let stop = WatchStream::new(service.stopping).filter_map(|stopping| stopping.then_some(None));
    let until_stop = outcomes.merge(stop).map_while(|outcome| outcome);
    let stream = written(until_stop, wanted, sees_data, place);
    Sse::new(stream).keep_alive(KeepAlive::default()).into_response()
}

/// Outcomes as they are sent. Holds the watcher's place.
fn written(
    outcomes: impl Stream<Item = Result<Arc<Outcome>, BroadcastStreamRecvError>>,
    wanted: Wanted,
    sees_data: bool,
    place: OwnedSemaphorePermit,
) -> impl Stream<Item = Result<Event, Infallible>> {
    outcomes.filter_map(move |outcome| {
        let _place = &place;
        let event = match outcome {
            Ok(outcome) if !wanted.covers(&outcome) => return None,
            Ok(outcome) if sees_data => Event::default().event("outcome").json_data(&*outcome),
            Ok(outcome) => Event::default().event("outcome").json_data(WithoutData(&outcome)),
            Err(BroadcastStreamRecvError::Lagged(missed)) => {
                Event::default().event("missed").json_data(serde_json::json!({ "missed": missed }))
            }
        };
        event.ok().map(Ok)
    })
}

/// Answers what a hook did so far.
pub(super) async fn stats(State(service): State<Service>, Path(id): Path<String>) -> Response {
    match service.host.roster().hook(&id) {
        Some(hook) => axum::Json(hook.stats()).into_response(),
        None => problem(StatusCode::NOT_FOUND, "no such hook", &[error(format!("there is no hook {id:?}"))]),
    }
}

fn error(message: String) -> Problem {
    Problem::error(Place::default(), message)
}

/// A problem document (RFC 9457).
pub(super) fn problem(status: StatusCode, title: &str, problems: &[Problem]) -> Response {
    let body = serde_json::json!({
        "type": "about:blank", "title": title, "status": status.as_u16(), "problems": problems,
    });
    (status, [(header::CONTENT_TYPE, "application/problem+json")], body.to_string()).into_response()
}
