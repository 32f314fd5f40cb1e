//! What a request that is refused is answered: a problem document (RFC 9457) with every problem in it.

use crate::change::ChangeError;
use crate::host::{FireError, StartError};
use crate::problem::{Place, Problem};
use crate::store::StoreError;
use crate::view::JournalError;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::openapi::{ContentBuilder, RefOr, Response as Description, ResponseBuilder};
use utoipa::{IntoResponses, ToSchema};

/// Seconds after which a caller may try again.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("1");

/// The media type of problem documents.
const PROBLEM_JSON: &str = "application/problem+json";

/// Why something of the journal is not there.
const FORGOTTEN: &str = "what is over is forgotten after a while";

/// A problem document (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProblemDocument {
    /// `about:blank`: the status says what kind of problem it is.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The status in words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What is wrong, in one sentence.
    detail: String,
    /// Everything that is wrong, where it can be told apart.
    problems: Vec<Problem>,
}

/// Why a request is refused.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    detail: String,
    problems: Vec<Problem>,
}

impl Refusal {
    /// Refused for one reason.
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), problems: Vec::new() }
    }

    /// Refused for everything that is wrong with what was sent.
    pub(crate) fn because(status: StatusCode, problems: Vec<Problem>) -> Self {
        let detail = match problems.as_slice() {
            [problem] => problem.to_string(),
            problems => format!("{} problems", problems.len()),
        };
        Self { status, detail, problems }
    }

    /// What the journal does not have, or no longer.
    pub(crate) fn forgotten(what: &str, id: i64) -> Self {
        let problem = Problem::error(Place::default(), format!("there is no {what} {id}"));
        Self::because(StatusCode::NOT_FOUND, vec![problem.hint(FORGOTTEN)])
    }

    pub(crate) fn document(self) -> ProblemDocument {
        ProblemDocument {
            kind: "about:blank",
            title: self.status.canonical_reason().unwrap_or_default(),
            status: self.status.as_u16(),
            detail: self.detail,
            problems: self.problems,
        }
    }
}

impl From<FireError> for Refusal {
    fn from(error: FireError) -> Self {
        match error {
            FireError::Refused(problems) => Self::because(StatusCode::BAD_REQUEST, problems),
            FireError::Conflict => Self::new(StatusCode::CONFLICT, error.to_string()),
            FireError::Full => Self::new(StatusCode::INSUFFICIENT_STORAGE, error.to_string()),
            FireError::Busy | FireError::Journal(_) => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string())
            }
        }
    }
}

impl From<JournalError> for Refusal {
    fn from(error: JournalError) -> Self {
        let problem = |message: String| Problem::error(Place::default(), message);
        match error {
            JournalError::Search(problems) => Self::because(StatusCode::BAD_REQUEST, problems),
            JournalError::Missing => {
                let problem = problem("this service has no journal".into());
                let problem = problem.hint("give it a directory in which it remembers, with --data");
                Self::because(StatusCode::CONFLICT, vec![problem])
            }
            JournalError::Unknown(id) => Self::forgotten("delivery", id),
            JournalError::NotDead(..) => {
                Self::because(StatusCode::CONFLICT, vec![problem(error.to_string())])
            }
            JournalError::Full => Self::new(StatusCode::INSUFFICIENT_STORAGE, error.to_string()),
            JournalError::Failed(_) => Self::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string()),
        }
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        let status = match error {
            StoreError::Full => StatusCode::INSUFFICIENT_STORAGE,
            StoreError::Conflict => StatusCode::CONFLICT,
            StoreError::Failed(_) | StoreError::Spoiled(_) => StatusCode::SERVICE_UNAVAILABLE,
        };
        Self::new(status, error.to_string())
    }
}

impl From<ChangeError> for Refusal {
    fn from(error: ChangeError) -> Self {
        let because = |status, problem| Self::because(status, vec![problem]);
        match error {
            ChangeError::Bad(problems) => Self::because(StatusCode::BAD_REQUEST, problems),
            ChangeError::Unknown(problem) => because(StatusCode::NOT_FOUND, problem),
            ChangeError::Conflict(problem) => because(StatusCode::CONFLICT, problem),
            ChangeError::Unseen(problem) => because(StatusCode::PRECONDITION_REQUIRED, problem),
            ChangeError::Stale(problem) => because(StatusCode::PRECONDITION_FAILED, problem),
            ChangeError::Directory(error) => {
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, format!("the hooks directory: {error}"))
            }
        }
    }
}

impl From<StartError> for Refusal {
    fn from(error: StartError) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = self.status;
        let mut response = (status, Json(self.document())).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
            headers.insert(header::RETRY_AFTER, RETRY_AFTER);
        }
        response
    }
}

/// Every operation may be refused in the same form.
impl IntoResponses for Refusal {
    fn responses() -> BTreeMap<String, RefOr<Description>> {
        let schema = RefOr::Ref(utoipa::openapi::Ref::from_schema_name("ProblemDocument"));
        let content = ContentBuilder::new().schema(Some(schema)).build();
        let response = |description| {
            ResponseBuilder::new().description(description).content(PROBLEM_JSON, content.clone())
        };
        let refused = response("The request cannot be answered as it is; every problem is listed.").build();
        let failed = response("The host cannot answer it now.").build();
        [("4XX".to_owned(), refused.into()), ("5XX".to_owned(), failed.into())].into()
    }
}
