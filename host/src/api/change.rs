//! One change to a hook: tried first, written whole, live when it is answered.

use super::Service;
use super::files::{Change, Files, refused};
use super::problem::Refusal;
use crate::directory::Directory;
use crate::event::Event;
use crate::host::{Host, Rehearsal};
use crate::problem::Place;
use crate::roster::Roster;
use crate::view::HookView;
use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// The told event that says that a hook was changed (R107).
const CHANGED: &str = "charging.api.post_database_submit_success";

/// Which hook is changed, and under which conditions.
pub(super) struct Order {
    pub(super) id: String,
    pub(super) headers: HeaderMap,
    pub(super) dry: bool,
    pub(super) change: Change,
}

/// What is to be written, and what the hook would be.
struct Plan {
    directory: Directory,
    before: Files,
    after: Files,
    view: Option<HookView>,
}

impl Service {
    /// Carries out a change, even if its caller leaves; one after the other.
    pub(super) async fn change(self, order: Order) -> Result<Response, Refusal> {
        let changed = tokio::spawn(async move {
            let _turn = self.turn.lock().await;
            self.carry_out(order).await
        });
        changed.await.unwrap_or_else(|ended| std::panic::resume_unwind(ended.into_panic()))
    }

    async fn carry_out(&self, order: Order) -> Result<Response, Refusal> {
        let (rehearsal, roster) = (self.host.rehearsal(), self.host.roster());
        let wasm_bytes_max = self.host.limits().component_bytes;
        let (id, dry) = (order.id.clone(), order.dry);
        let planned = blocking(move || {
            let plan = plan(&order, &rehearsal, &roster, wasm_bytes_max)?;
            if !order.dry {
                plan.after.write(&plan.before, &plan.directory, &order.id)?;
            }
            Ok(plan)
        });
        let Plan { before, after, view, .. } = planned.await?;
        if dry {
            return Ok(answer(&id, &before, &after, view));
        }
        let roster = self.host.reload().await?;
        let live = roster.hooks().find(|hook| *hook.manifest().id == *id).map(|hook| HookView::of(hook));
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

fn plan(
    order: &Order,
    rehearsal: &Rehearsal,
    roster: &Roster,
    wasm_bytes_max: usize,
) -> Result<Plan, Refusal> {
    let directory = open(rehearsal)?;
    let Order { id, headers, change, .. } = order;
    let before = Files::read(&directory, id, wasm_bytes_max)?;
    permit(change, &before, id, headers)?;
    spare_others(change, id, roster)?;
    let place = Place::file(directory.display(&format!("{id}.toml")));
    let after = before.after(change, &place)?;
    let view = match change {
        Change::Remove => None,
        _ => {
            let supposed = after.supposed(open(rehearsal)?, id);
            let hook = rehearsal.hook(&supposed, id, &roster.catalogue);
            Some(HookView::of(&hook.map_err(|problems| Refusal::because(StatusCode::BAD_REQUEST, problems))?))
        }
    };
    Ok(Plan { directory, before, after, view })
}

/// The hooks directory.
pub(super) fn open(rehearsal: &Rehearsal) -> Result<Directory, Refusal> {
    match rehearsal.directory() {
        Some(directory) => directory.map_err(refused),
        None => Err(Refusal::new(StatusCode::CONFLICT, "this host has no hooks directory")),
    }
}

/// Whether the hook is there or not, as it must be, and is the one that the caller saw.
fn permit(change: &Change, before: &Files, id: &str, headers: &HeaderMap) -> Result<(), Refusal> {
    let refuse = |status, detail: String| Err(Refusal::new(status, detail));
    match change {
        Change::Create(_) if before.toml.is_some() => {
            return refuse(StatusCode::CONFLICT, format!("there is a hook {id:?} already"));
        }
        Change::Create(_) if !before.exist() => return Ok(()),
        Change::Component(_) if !before.exist() => return Ok(()),
        _ if !before.exist() => return refuse(StatusCode::NOT_FOUND, format!("there is no hook {id:?}")),
        _ => {}
    }
    let Some(wanted) = headers.get(header::IF_MATCH) else {
        let detail = "name the version that you change with If-Match: its ETag, or *";
        return refuse(StatusCode::PRECONDITION_REQUIRED, detail.to_owned());
    };
    let tag = before.tag();
    let wanted = wanted.to_str().unwrap_or_default();
    match wanted.split(',').map(str::trim).any(|wanted| wanted == "*" || wanted == tag) {
        true => Ok(()),
        false => refuse(
            StatusCode::PRECONDITION_FAILED,
            format!("the hook has changed meanwhile: it is {tag} now"),
        ),
    }
}

/// A component that serves several hooks is not changed under one of them.
fn spare_others(change: &Change, id: &str, roster: &Roster) -> Result<(), Refusal> {
    let file = format!("{id}.wasm");
    let others = |hook: &&str| *hook != id;
    let mut sharing =
        roster.hooks().map(|hook| hook.manifest()).filter(|manifest| manifest.component == file);
    let own = roster.hooks().map(|hook| hook.manifest()).find(|manifest| *manifest.id == *id);
    let detail = match change {
        Change::Component(_) | Change::Remove => {
            let shared = sharing.find(|manifest| others(&&*manifest.id));
            let foreign = own.filter(|own| matches!(change, Change::Component(_)) && own.component != file);
            match (shared, foreign) {
                (Some(other), _) => format!("{file} serves the hook {:?} as well", &*other.id),
                (None, Some(own)) => format!("the component of {id} is {}, which it shares", own.component),
                (None, None) => return Ok(()),
            }
        }
        Change::Create(_) | Change::Replace(_) | Change::Patch(_) => return Ok(()),
    };
    Err(Refusal::new(StatusCode::CONFLICT, detail))
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
