//! `/v1/hooks`: what operators do with hooks.

use super::Service;
use super::change::{Request, blocking, tag};
use super::extract::{Body, Dry, Id, Query, checked_id, media_type, require_media_type};
use super::problem::Refusal;
use super::schema;
use super::task::to_its_end;
use crate::change::{Change, Files, open};
use crate::data::{Data, Members};
use crate::directory::TOML_BYTES_MAX;
use crate::problem::{Place, Problem};
use crate::record::Backlogs;
use crate::roster::{Hook, Roster};
use crate::view::{HookView, HooksView, Search};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_STANDARD as BASE64;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;

const JSON: &str = "application/json";
const MERGE_PATCH: &str = "application/merge-patch+json";
const WASM: &str = "application/wasm";

/// List hooks in the order in which they run
///
/// Without a status, archived hooks are not shown.
#[utoipa::path(
    get,
    path = "/v1/hooks",
    tag = "hooks",
    params(Search),
    responses((status = 200, description = "The hooks that are found", body = HooksView), Refusal),
)]
pub(super) async fn list(
    State(service): State<Service>,
    Query(search): Query<Search>,
) -> Result<Json<HooksView>, Refusal> {
    let roster = service.host.roster();
    let found =
        search.find(&roster).map_err(|problems| Refusal::because(StatusCode::BAD_REQUEST, problems))?;
    let backlogs = service.backlogs().await;
    let view = |hook: &Hook| HookView::of(hook).owed(backlogs.get(&*hook.manifest().id));
    let hooks = found.into_iter().map(view).collect();
    Ok(Json(HooksView { hooks, left_out: roster.left_out.clone() }))
}

/// Show a hook
#[utoipa::path(
    get,
    path = "/v1/hooks/{id}",
    tag = "hooks",
    params(("id" = String, Path, description = "The hook's id")),
    responses(
        (status = 200, description = "The hook", body = HookView, headers(("etag" = String, description = "The version of its files"))),
        Refusal,
    ),
)]
pub(super) async fn get(State(service): State<Service>, Id(id): Id) -> Result<Response, Refusal> {
    let roster = service.host.roster();
    let hook = known(&roster, &id)?;
    let (rehearsal, wasm_bytes_max) = (service.host.rehearsal(), service.host.limits().component_bytes);
    let files = blocking(move || Ok(Files::read(&open(&rehearsal)?, &id, wasm_bytes_max)?)).await?;
    let backlogs = service.backlogs().await;
    let view = HookView::of(hook).owed(backlogs.get(&*hook.manifest().id));
    Ok(([tag(&files)], Json(view)).into_response())
}

impl Service {
    /// What is owed to each hook; nothing where that cannot be known.
    pub(super) async fn backlogs(&self) -> Arc<Backlogs> {
        match self.host.record() {
            Some(record) => record.backlogs().await.unwrap_or_default(),
            None => Arc::default(),
        }
    }
}

/// Create a hook
///
/// One that is not enabled may be created before its component is uploaded.
#[utoipa::path(
    post,
    path = "/v1/hooks",
    tag = "hooks",
    params(Dry),
    request_body(content = schema::NewHook, content_type = JSON),
    responses((status = 201, description = "The hook", body = HookView), (status = 200, description = "The hook, whose component was there already", body = HookView), Refusal),
)]
pub(super) async fn create(
    State(service): State<Service>,
    Query(Dry { dry }): Query<Dry>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    require_media_type(&headers, &[JSON])?;
    let (id, manifest) = new_hook(&body.json()?)?;
    service.change(Request::new(id, &headers, dry, Change::Create(manifest))).await
}

/// The parts of `{"id", "manifest"}`, or everything that is wrong with them.
fn new_hook(body: &Data) -> Result<(String, Data), Refusal> {
    let mut problems = Vec::new();
    let mut error = |message: String| problems.push(Problem::error(Place::file("body"), message));
    let Some(Members(members)) = Members::of(body.as_str()) else {
        error("a new hook is a JSON object".into());
        return Err(Refusal::because(StatusCode::BAD_REQUEST, problems));
    };
    let (mut id, mut manifest) = (None, None);
    for (key, raw) in members {
        match key.as_str() {
            "id" => match serde_json::from_str(raw.get()) {
                Ok(text) => id = Some(text),
                Err(_) => error(format!("\"id\" must be a string, not {raw}")),
            },
            "manifest" => manifest = Data::parse(raw.get(), usize::MAX).ok(),
            _ => error(format!("unknown key {key:?}: a new hook has \"id\" and \"manifest\"")),
        }
    }
    match (id, manifest) {
        (Some(id), Some(manifest)) if problems.is_empty() => Ok((checked_id(id)?, manifest)),
        _ => {
            if problems.is_empty() {
                problems.push(Problem::error(Place::file("body"), "a new hook has \"id\" and \"manifest\""));
            }
            Err(Refusal::because(StatusCode::BAD_REQUEST, problems))
        }
    }
}

/// Replace a hook's manifest
///
/// What the operator wrote goes, but for what is the same; what the component says of itself stays.
#[utoipa::path(
    put,
    path = "/v1/hooks/{id}",
    tag = "hooks",
    params(("id" = String, Path, description = "The hook's id"), ("if-match" = String, Header, description = "Its ETag"), Dry),
    request_body(content = schema::Manifest, content_type = JSON),
    responses((status = 200, description = "The hook", body = HookView), Refusal),
)]
pub(super) async fn replace(
    State(service): State<Service>,
    Id(id): Id,
    Query(Dry { dry }): Query<Dry>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    require_media_type(&headers, &[JSON])?;
    let change = Change::Replace(body.json()?);
    service.change(Request::new(id, &headers, dry, change)).await
}

/// Change some of a hook's manifest
///
/// A JSON merge patch (RFC 7396): what it does not name stays, `null` takes away what the operator wrote.
#[utoipa::path(
    patch,
    path = "/v1/hooks/{id}",
    tag = "hooks",
    params(("id" = String, Path, description = "The hook's id"), ("if-match" = String, Header, description = "Its ETag"), Dry),
    request_body(content((schema::Manifest = MERGE_PATCH), (schema::Manifest = JSON))),
    responses((status = 200, description = "The hook", body = HookView), Refusal),
)]
pub(super) async fn patch(
    State(service): State<Service>,
    Id(id): Id,
    Query(Dry { dry }): Query<Dry>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    require_media_type(&headers, &[MERGE_PATCH, JSON])?;
    let change = Change::Patch(body.json()?);
    service.change(Request::new(id, &headers, dry, change)).await
}

/// Archive a hook
///
/// It no longer runs, is kept, and is listed only when asked for.
#[utoipa::path(
    post,
    path = "/v1/hooks/{id}/archive",
    tag = "hooks",
    params(("id" = String, Path, description = "The hook's id"), ("if-match" = String, Header, description = "Its ETag"), Dry),
    responses((status = 200, description = "The hook", body = HookView), Refusal),
)]
pub(super) async fn archive(
    State(service): State<Service>,
    Id(id): Id,
    Query(Dry { dry }): Query<Dry>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let archived = Data::parse(r#"{"status":"archived"}"#, usize::MAX);
    let archived =
        archived.map_err(|error| Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    service.change(Request::new(id, &headers, dry, Change::Patch(archived))).await
}

/// Accept a hook's version that was taken back
///
/// The version that its files hold runs from now on, although it failed where the one before it did not.
#[utoipa::path(
    post,
    path = "/v1/hooks/{id}/accept",
    tag = "hooks",
    params(("id" = String, Path, description = "The hook's id")),
    responses((status = 200, description = "The hook", body = HookView), Refusal),
)]
pub(super) async fn accept(State(service): State<Service>, Id(id): Id) -> Result<Json<HookView>, Refusal> {
    to_its_end(async move {
        let was_rejected = service.host.accept(&id).await?;
        let roster = service.host.roster();
        let hook = known(&roster, &id)?;
        if !was_rejected {
            let detail = format!("no version of the hook {id:?} was taken back");
            return Err(Refusal::new(StatusCode::CONFLICT, detail));
        }
        Ok(Json(HookView::of(hook)))
    })
    .await
}

/// Resume a hook
///
/// One that was stopped, because its target answered that it is gone, or that rests, because it failed too often, is called
/// again, and gets what it is owed.
#[utoipa::path(
    post,
    path = "/v1/hooks/{id}/resume",
    tag = "hooks",
    params(("id" = String, Path, description = "The hook's id")),
    responses((status = 200, description = "The hook", body = HookView), Refusal),
)]
pub(super) async fn resume(State(service): State<Service>, Id(id): Id) -> Result<Json<HookView>, Refusal> {
    let roster = service.host.roster();
    let hook = known(&roster, &id)?;
    let failed = |error: std::io::Error| Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string());
    if !service.host.resume(&id).map_err(failed)? {
        return Err(Refusal::new(
            StatusCode::CONFLICT,
            format!("the hook {id:?} neither rests nor is stopped"),
        ));
    }
    Ok(Json(HookView::of(hook)))
}

/// The hook of this id, or that there is none.
pub(super) fn known<'r>(roster: &'r Roster, id: &str) -> Result<&'r Arc<Hook>, Refusal> {
    roster.hook(id).ok_or_else(|| {
        let all = roster.hooks().map(|hook| &*hook.manifest().id);
        let problem = Problem::error(Place::default(), format!("there is no hook {id:?}"));
        Refusal::because(StatusCode::NOT_FOUND, vec![problem.did_you_mean(id, all)])
    })
}

/// Remove a hook
///
/// Its manifest and its component are taken away. What it keeps stays, and is there again for a hook of its id, unless
/// that is to be taken away, too; then it is no matter whether there still is such a hook.
#[utoipa::path(
    delete,
    path = "/v1/hooks/{id}",
    tag = "hooks",
    params(("id" = String, Path, description = "The hook's id"), ("if-match" = String, Header, description = "Its ETag"), Removal),
    responses((status = 204, description = "It is gone"), Refusal),
)]
pub(super) async fn remove(
    State(service): State<Service>,
    Id(id): Id,
    Query(Removal { dry, state }): Query<Removal>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let request = Request::new(id.clone(), &headers, dry, Change::Remove);
    if dry || !state {
        return service.change(request).await;
    }
    to_its_end(async move {
        service.host.noted()?;
        let removed = service.clone().change(request).await;
        if removed.as_ref().is_err_and(|refusal| refusal.status != StatusCode::NOT_FOUND) {
            return removed;
        }
        match service.host.forget_state(&id).await? {
            0 => removed,
            _ => Ok(StatusCode::NO_CONTENT.into_response()),
        }
    })
    .await
}

/// How a hook is removed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Removal {
    /// Say what would happen, and have nothing happen.
    #[serde(default)]
    dry: bool,
    /// Forget what it keeps, too.
    #[serde(default)]
    state: bool,
}

/// Upload a hook's component
///
/// Its digest is written into the manifest. Where there is no such hook, the component becomes one. As JSON, it comes
/// with the TOML that is to stand beside it, and both go live together; a `sha256` that is in there has to be right.
/// A component that several hooks share is replaced for all of them, if it is right for every one.
#[utoipa::path(
    put,
    path = "/v1/hooks/{id}/component",
    tag = "hooks",
    params(("id" = String, Path, description = "The hook's id"), ("if-match" = Option<String>, Header, description = "Its ETag, where there is such a hook"), Dry),
    request_body(content((Vec<u8> = WASM), (schema::Pair = JSON))),
    responses(
        (status = 200, description = "The hook", body = HookView),
        (status = 201, description = "The new hook", body = HookView),
        Refusal,
    ),
)]
pub(super) async fn upload(
    State(service): State<Service>,
    Id(id): Id,
    Query(Dry { dry }): Query<Dry>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    require_media_type(&headers, &[WASM, JSON])?;
    let bytes_max = service.host.limits().component_bytes;
    let change = match media_type(&headers).as_str() {
        WASM => Change::Component(body.bytes().clone()),
        _ => pair(&body)?,
    };
    if change.component().is_some_and(|component| component.len() > bytes_max) {
        let detail = format!("the component has more than {bytes_max} bytes");
        return Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, detail));
    }
    service.change(Request::new(id, &headers, dry, change)).await
}

/// How long the body of an upload may be: a component in Base64, and its TOML as a JSON string.
pub(super) fn upload_bytes_max(component_bytes: usize) -> usize {
    component_bytes.div_ceil(3) * 4 + 2 * TOML_BYTES_MAX
}

fn pair(body: &Body) -> Result<Change, Refusal> {
    let bad = |message: String| {
        Refusal::because(StatusCode::BAD_REQUEST, vec![Problem::error(Place::file("body"), message)])
    };
    let pair: schema::Pair = body.json()?.to().map_err(|error| bad(error.to_string()))?;
    let component = BASE64.decode(&pair.component);
    let component = component.map_err(|error| bad(format!("\"component\" is no Base64: {error}")))?;
    if pair.toml.len() > TOML_BYTES_MAX {
        return Err(bad(format!("\"toml\" has more than {TOML_BYTES_MAX} bytes")));
    }
    Ok(Change::Pair(component.into(), pair.toml))
}
