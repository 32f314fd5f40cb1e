//! The console: a page for operators, served from the binary. It needs nothing from outside.
//!
//! It knows nothing of hooks: its scripts ask the API for everything, as any other caller does.

use axum::Router;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sha2::{Digest, Sha256};

/// What the page may do: load its own files and ask its own service. Nothing written into the page runs.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
    img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// A file of the console: its path, its media type, what is in it.
macro_rules! files {
    ($($path:literal $media:ident $name:literal)*) => {
        [$(($path, $media, include_str!(concat!("console/", $name)))),*]
    };
}

const FILES: [(&str, &str, &str); 20] = files! {
    "/" HTML "index.html"
    "/console/console.css" CSS "console.css"
    "/console/views.css" CSS "views.css"
    "/console/icon.svg" SVG "icon.svg"
    "/console/main.js" SCRIPT "main.js"
    "/console/dom.js" SCRIPT "dom.js"
    "/console/service.js" SCRIPT "service.js"
    "/console/session.js" SCRIPT "session.js"
    "/console/hooks.js" SCRIPT "hooks.js"
    "/console/edit.js" SCRIPT "edit.js"
    "/console/form.js" SCRIPT "form.js"
    "/console/hook.js" SCRIPT "hook.js"
    "/console/chart.js" SCRIPT "chart.js"
    "/console/problems.js" SCRIPT "problems.js"
    "/console/catalogue.js" SCRIPT "catalogue.js"
    "/console/outcome.js" SCRIPT "outcome.js"
    "/console/test.js" SCRIPT "test.js"
    "/console/live.js" SCRIPT "live.js"
    "/console/log.js" SCRIPT "log.js"
    "/console/deliveries.js" SCRIPT "deliveries.js"
};

/// The page at `/` and its files under `/console/`.
pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    FILES.into_iter().fold(Router::new(), |router, (path, media, text)| {
        let tag = tag(text);
        router.route(path, get(async move |headers: HeaderMap| answer(&headers, media, text, &tag)))
    })
}

/// What a file's content is known by.
fn tag(text: &str) -> HeaderValue {
    let digest = Sha256::digest(text);
    let hex: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    HeaderValue::try_from(format!("\"{hex}\"")).expect("hex digits in quotes are a header's value")
}

/// A browser asks each time whether its copy is still good, so a new version of the host is a new console.
fn answer(request: &HeaderMap, media: &'static str, text: &'static str, tag: &HeaderValue) -> Response {
    let known = request.get_all(header::IF_NONE_MATCH).iter().any(|tags| names(tags, tag));
    let mut response = if known { StatusCode::NOT_MODIFIED.into_response() } else { text.into_response() };
    let headers = response.headers_mut();
    headers.insert(header::ETAG, tag.clone());
    for (name, value) in [
        (header::CONTENT_TYPE, media),
        (header::CACHE_CONTROL, "no-cache"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Whether one of the tags of an `If-None-Match` is this one (RFC 9110, 13.1.2).
fn names(tags: &HeaderValue, tag: &HeaderValue) -> bool {
    let (Ok(tags), Ok(tag)) = (tags.to_str(), tag.to_str()) else { return false };
    tags.split(',').map(str::trim).any(|one| one == "*" || one.trim_start_matches("W/") == tag)
}
