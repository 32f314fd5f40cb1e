//! One change to a hook, live when it is answered.

use super::Service;
use super::problem::Refusal;
use super::task::to_its_end;
use crate::change::{Change, Files, Order, Plan};
use crate::event::Event;
use crate::host::Host;
use crate::view::HookView;
use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// The told event that says that a hook was changed (R107).
const CHANGED: &str = "charging.api.post_database_submit_success";

/// A change, and whether it is only tried.
pub(super) struct Request {
    id: String,
    seen: Option<String>,
    dry: bool,
    change: Change,
}

impl Request {
    /// A change of the version that `If-Match` names.
    pub(super) fn new(id: String, headers: &HeaderMap, dry: bool, change: Change) -> Self {
        let seen = headers.get(header::IF_MATCH).map(|seen| seen.to_str().unwrap_or_default().to_owned());
        Self { id, seen, dry, change }
    }
}

impl Service {
    /// Carries out a change, even if its caller leaves; one after the other.
    pub(super) async fn change(self, request: Request) -> Result<Response, Refusal> {
        to_its_end(async move {
            let _turn = self.turn.lock().await;
            self.carry_out(request).await
        })
        .await
    }

    async fn carry_out(&self, Request { id, seen, dry, change }: Request) -> Result<Response, Refusal> {
        let (rehearsal, roster) = (self.host.rehearsal(), self.host.roster());
        let wasm_bytes_max = self.host.limits().component_bytes;
        let order = Order { id: id.clone(), seen, change };
        let planned = blocking(move || {
            let plan = order.plan(&rehearsal, &roster, wasm_bytes_max)?;
            if !dry {
                plan.write(&order.id)?;
            }
            Ok(plan)
        });
        let Plan { before, after, hook, .. } = planned.await?;
        let view = hook.as_ref().map(HookView::of);
        if dry {
            return Ok(answer(&id, &before, &after, view));
        }
        let roster = self.host.reload().await?;
        let live = roster.hook(&id).map(|hook| HookView::of(hook));
        tell(self.host.clone(), &id, (before.exist(), after.exist()), live.as_ref());
        Ok(answer(&id, &before, &after, live.or(view)))
    }
}

/// Runs what waits for the disk and the compiler where it holds up no event.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|ended| std::panic::resume_unwind(ended.into_panic()))
}

/// Tells the hooks that listen to it that one of them was changed (R107). Nobody waits for them.
fn tell(host: Host, id: &str, (was, is): (bool, bool), live: Option<&HookView>) {
    let action = match (was, is) {
        (false, _) => "Insert",
        (true, true) => "Update",
        (true, false) => "Delete",
    };
    let event = Event::new(CHANGED, "tenterhook").facet("table", "Hook").facet("action", action).subject(id);
    let event = match live {
        Some(view) => event.data(view),
        None => event.data(&json!({ "id": id })),
    };
    tokio::spawn(async move {
        match event {
            Ok(event) => {
                if let Err(error) = host.tell(event).await {
                    tracing::warn!("a change of a hook was not told: {error}");
                }
            }
            Err(error) => tracing::warn!("a change of a hook cannot be told: {error}"),
        }
    });
}

fn answer(id: &str, before: &Files, after: &Files, view: Option<HookView>) -> Response {
    let Some(view) = view else { return StatusCode::NO_CONTENT.into_response() };
    let status = if before.exist() { StatusCode::OK } else { StatusCode::CREATED };
    let mut response = (status, [tag(after)], Json(view)).into_response();
    if let (false, Ok(location)) = (before.exist(), HeaderValue::try_from(format!("/v1/hooks/{id}"))) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// The header that names the version of a hook's files.
pub(super) fn tag(files: &Files) -> (header::HeaderName, String) {
    (header::ETAG, files.tag())
}
