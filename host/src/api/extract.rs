//! What handlers take from a request. What cannot be taken is refused with a problem document.

use super::problem::Refusal;
use crate::data::Data;
use crate::directory::is_id;
use crate::problem::{Place, Problem};
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::IntoParams;

/// A whole body, up to the limit of its route.
pub(super) struct Body(Bytes);

impl Body {
    pub(super) fn bytes(&self) -> &Bytes {
        &self.0
    }

    /// What was read of a body elsewhere.
    pub(super) fn from(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }

    /// The body as JSON, checked as data is.
    pub(super) fn json(&self) -> Result<Data, Refusal> {
        Data::parse(self.text()?, self.0.len()).map_err(|error| {
            let problem = Problem::error(Place::file("body"), error.to_string());
            Refusal::because(StatusCode::BAD_REQUEST, vec![problem])
        })
    }

    /// The body as text.
    pub(super) fn text(&self) -> Result<&str, Refusal> {
        std::str::from_utf8(&self.0).map_err(|error| {
            let message = format!("the body is not UTF-8: {error}");
            Refusal::new(StatusCode::BAD_REQUEST, message)
        })
    }
}

impl Body {
    /// The body of a request that no route bounds.
    pub(super) async fn read(mut request: Request, bytes_max: usize) -> Result<Self, Refusal> {
        DefaultBodyLimit::max(bytes_max).apply(&mut request);
        Self::from_request(request, &()).await
    }
}

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        let bytes = Bytes::from_request(request, state).await;
        bytes.map(Self).map_err(|rejection| Refusal::new(rejection.status(), rejection.body_text()))
    }
}

/// The id of a hook in a path.
pub(super) struct Id(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let id = Path::<String>::from_request_parts(parts, state).await;
        let Path(id) = id.map_err(|rejection| Refusal::new(rejection.status(), rejection.body_text()))?;
        checked_id(id).map(Self)
    }
}

/// The number of a row of the journal in a path.
pub(super) struct Number(pub(super) i64);

impl<S: Send + Sync> FromRequestParts<S> for Number {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let number = Path::<i64>::from_request_parts(parts, state).await;
        let Path(number) =
            number.map_err(|rejection| Refusal::new(rejection.status(), rejection.body_text()))?;
        Ok(Self(number))
    }
}

/// A text that is a hook's id, and so no path.
pub(super) fn checked_id(id: String) -> Result<String, Refusal> {
    if is_id(&id) {
        return Ok(id);
    }
    let problem = Problem::error(Place::default(), format!("{id:?} is no id for a hook"));
    let problem = problem.hint("use a-z, 0-9, _ and -, at most 64, beginning with a letter or digit");
    Err(Refusal::because(StatusCode::BAD_REQUEST, vec![problem]))
}

/// The parameters after the question mark. Unknown ones are refused.
pub(super) struct Query<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        Self::of(&parts.uri)
    }
}

impl<T: DeserializeOwned> Query<T> {
    /// Those of an address.
    pub(super) fn of(uri: &Uri) -> Result<Self, Refusal> {
        let query = axum::extract::Query::<T>::try_from_uri(uri);
        query
            .map(|query| Self(query.0))
            .map_err(|rejection| Refusal::new(rejection.status(), rejection.body_text()))
    }
}

/// Whether something is only tried.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Dry {
    /// Say what would happen, and have nothing happen.
    #[serde(default)]
    pub(super) dry: bool,
}

/// The media type of a body, in lower case and without parameters; empty where there is none.
pub(super) fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Refuses a body of a media type that is not one of `wanted`.
pub(super) fn require_media_type(headers: &HeaderMap, wanted: &[&str]) -> Result<(), Refusal> {
    let media = media_type(headers);
    if wanted.contains(&media.as_str()) {
        return Ok(());
    }
    let detail = format!("the body's media type {media:?} is not understood; send {}", wanted.join(" or "));
    Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail))
}
