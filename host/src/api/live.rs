//! What is seen of hooks at work: `GET /v1/outcomes`, every outcome as it is decided, and
//! `GET /v1/hooks/{id}/stats`, what a hook did so far.

use super::Service;
use super::extract::{Id, Query};
use super::problem::Refusal;
use super::schema;
use crate::outcome::{Outcome, WithoutData};
use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::convert::Infallible;
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;
use tokio_stream::wrappers::errors::BroadcastStreamRecvError;
use tokio_stream::wrappers::{BroadcastStream, WatchStream};
use tokio_stream::{Stream, StreamExt};
use utoipa::IntoParams;

/// Who may look on at the same time.
pub(super) const WATCHERS_MAX: usize = 64;

/// Whoever checks tokens puts this among the extensions of a request whose sender may see events' data.
#[derive(Debug, Clone, Copy)]
pub(super) struct SeesData;

/// Which outcomes are wanted; all, where nothing is said.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
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

/// Look on as events are decided
///
/// A stream that lasts until the client leaves or the service stops. Each outcome is an event `outcome`, whose data is
/// an `Outcome`, without the event's data unless the caller has the scope `admin`. Whoever does not keep up gets an
/// event `missed` with their number in place of those that were lost.
#[utoipa::path(
    get,
    path = "/v1/outcomes",
    tag = "events",
    params(Wanted),
    responses((status = 200, description = "Server-sent events", body = String, content_type = "text/event-stream"), Refusal),
)]
pub(super) async fn outcomes(
    State(service): State<Service>,
    Query(wanted): Query<Wanted>,
    request: Request,
) -> Result<Response, Refusal> {
    let Ok(place) = Arc::clone(&service.watchers).try_acquire_owned() else {
        let busy = format!("{WATCHERS_MAX} others look on already");
        return Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE, busy));
    };
    let sees_data = request.extensions().get::<SeesData>().is_some();
    let outcomes = BroadcastStream::new(service.host.outcomes()).map(Some);
    // Whoever looks on must not hold up a service that stops.
    let stop = WatchStream::new(service.stopping.clone()).filter_map(|stopping| stopping.then_some(None));
    let until_stop = outcomes.merge(stop).map_while(|outcome| outcome);
    let stream = written(until_stop, wanted, sees_data, place);
    Ok(Sse::new(stream).keep_alive(KeepAlive::default()).into_response())
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

/// Show what a hook did so far
///
/// Since the host started, over all its versions.
#[utoipa::path(
    get,
    path = "/v1/hooks/{id}/stats",
    tag = "hooks",
    params(("id" = String, Path, description = "The hook's id")),
    responses((status = 200, description = "Its numbers", body = schema::Stats), Refusal),
)]
pub(super) async fn stats(State(service): State<Service>, Id(id): Id) -> Result<Response, Refusal> {
    let roster = service.host.roster();
    let hook = roster.hook(&id);
    let hook = hook.ok_or_else(|| Refusal::new(StatusCode::NOT_FOUND, format!("there is no hook {id:?}")))?;
    Ok(Json(hook.stats()).into_response())
}
