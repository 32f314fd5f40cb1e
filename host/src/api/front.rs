//! What every request passes: whoever may not ask is refused, and every answer is counted and logged.
//!
//! `POST /v1/events`, which applications call for whatever they do, goes straight to its handler, and everything else
//! through the router. That has every layer and handler copied for each request, and counting the copies of what
//! processors share takes longer than a hook.

use super::access::{Caller, Guard};
use super::live::SeesData;
use super::metrics::Route;
use super::tokens::Scope;
use super::{Service, access, events, router};
use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::http::Method;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tower::ServiceExt;

/// The route of a request that reached none, or was refused before.
const NONE: Cow<'static, str> = Cow::Borrowed("none");

/// Everything behind the door.
pub(super) struct Front {
    service: Service,
    /// None where the application guards the door itself.
    guard: Option<Arc<Guard>>,
    router: Router,
}

impl Front {
    /// Lets in whom `guard` lets in.
    pub(super) fn guarded(service: Service, guard: Arc<Guard>) -> Self {
        let router = router(service.clone()).merge(access::session(Arc::clone(&guard)));
        Self { service, guard: Some(guard), router: router.layer(middleware::from_fn(remember)) }
    }

    /// Takes everybody for the owner, who is shown no event's data all the same.
    pub(super) fn open(service: Service) -> Self {
        let router = router(service.clone()).layer(middleware::from_fn(remember));
        Self { service, guard: None, router }
    }

    pub(super) async fn answer(&self, request: Request) -> Response {
        let (began, method, uri) = (Instant::now(), known(request.method()), request.uri().clone());
        let admitted = self.guard.as_ref().map_or_else(|| Ok(Caller::Owner), |guard| guard.admit(&request));
        let caller = admitted.as_ref().ok().cloned();
        let (pattern, response) = match admitted {
            Ok(caller) => self.handle(request, caller).await,
            Err(refusal) => (NONE, refusal.into_response()),
        };
        let (status, took) = (response.status(), began.elapsed());
        self.service.metrics.count(Route { method, pattern }, status, took);
        log(method, uri.path(), &response, took, caller.as_ref());
        response
    }

    async fn handle(&self, mut request: Request, caller: Caller) -> (Cow<'static, str>, Response) {
        if request.uri().path() == events::PATH && request.method() == Method::POST {
            let answer = events::take(&self.service, caller, request).await;
            return (Cow::Borrowed(events::PATH), answer.into_response());
        }
        if self.guard.is_some() && caller.may(Scope::Admin) {
            request.extensions_mut().insert(SeesData);
        }
        request.extensions_mut().insert(caller);
        let Ok(mut response) = self.router.clone().oneshot(request).await;
        let matched = response.extensions_mut().remove::<MatchedPath>();
        (matched.map_or(NONE, |matched| matched.as_str().to_owned().into()), response)
    }
}

/// Has the answer know the pattern of its route.
async fn remember(request: Request, next: Next) -> Response {
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let mut response = next.run(request).await;
    if let Some(matched) = matched {
        response.extensions_mut().insert(matched);
    }
    response
}

/// Writes a line to the access log: no query, no header, nothing of a body.
fn log(method: &str, path: &str, response: &Response, took: Duration, caller: Option<&Caller>) {
    tracing::info!(
        target: "tenterhook::access",
        method,
        path,
        status = response.status().as_u16(),
        micros = took.as_micros().try_into().unwrap_or(u64::MAX),
        token = caller.and_then(Caller::token).unwrap_or("-"),
    );
}

/// A method by its name; a client may invent others.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
