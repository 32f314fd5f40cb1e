//! The head of the service's description, and the shapes of JSON that is read or written by hand elsewhere.

#![expect(dead_code, reason = "these types are described, and never made")]

mod manifest;

pub(super) use manifest::{Manifest, NewHook, Pair};

use super::access::session;
use super::events::BatchItem;
use super::problem::ProblemDocument;
use crate::event::Mode;
use crate::outcome::{Decision, Origin, Receipt, TrailLine, Veto};
use crate::problem::Problem;
use crate::stats::{Histogram, Last};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi, ToSchema};

#[derive(OpenApi)]
#[openapi(
    info(title = "Tenterhook", description = "A hook host: events are fired, hooks are managed."),
    components(schemas(ProblemDocument)),
    paths(session::begin, session::end),
    modifiers(&Bearer),
    security(("token" = [])),
    tags(
        (name = "events", description = "For applications"),
        (name = "hooks", description = "For operators"),
        (name = "log", description = "What hooks did, and what is owed to them"),
        (name = "host", description = "What the host knows"),
        (name = "console", description = "For the page at /"),
    ),
)]
struct Head;

/// A token of `tenterhook token new`; on a service without tokens, this machine needs none to fire and read.
struct Bearer;

impl Modify for Bearer {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        openapi.components.get_or_insert_default().add_security_scheme("token", bearer);
    }
}

/// The description before any operation but those of the session is in it.
pub(super) fn head() -> utoipa::openapi::OpenApi {
    Head::openapi()
}

/// What came of an event.
#[derive(Serialize, ToSchema)]
pub(super) struct Outcome {
    /// The event's id.
    id: String,
    /// The event's name.
    event: String,
    /// The event's mode.
    mode: Mode,
    /// What was decided.
    decision: Decision,
    /// The data as the hooks amended it; a veto carries none.
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Value>,
    /// Who refused it, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    veto: Option<Veto>,
    /// Whether a hook amended the data.
    amended: bool,
    /// The generation of hooks that decided.
    roster: u64,
    /// What every matching hook did, in their order.
    trail: Vec<TrailLine>,
    /// Of a told event that was written down, and that its hooks get afterwards.
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<Receipt>,
    /// What was taken with a doubt.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    warnings: Vec<Problem>,
    /// The hook that caused the event, so that no other was run on it than those that say `caused = "run"`.
    #[serde(skip_serializing_if = "Option::is_none")]
    suppressed: Option<Origin>,
    /// Where a hook refused or failed: what belongs into the attribute `cause` of the events which that raises.
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<String>,
}

/// What a hook did so far.
#[derive(Serialize, ToSchema)]
pub(super) struct Stats {
    /// Turns it had, whether or not it could be called.
    calls: u64,
    /// Calls that found no sandbox ready and had one made.
    dry: u64,
    /// How its turns ended.
    verdicts: BTreeMap<String, u64>,
    /// How often it failed in which way.
    failures: BTreeMap<String, u64>,
    /// How long calls took.
    latency_micros: Histogram,
    /// What calls used of their fuel.
    fuel: Histogram,
    /// Its last outcomes, the newest first.
    last: Vec<Last>,
}

/// The answer to one event, or to a batch.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum Fired {
    One(Box<Outcome>),
    Batch(Vec<BatchItem>),
}

/// An event: CloudEvents 1.0, JSON format.
#[derive(Serialize, ToSchema)]
pub(super) struct CloudEvent {
    /// `1.0`
    specversion: String,
    /// Unique together with `source`.
    id: String,
    /// The catalogue's name of the event.
    r#type: String,
    /// Who raises it.
    source: String,
    /// When, in RFC 3339.
    time: Option<String>,
    /// The object it happened to.
    subject: Option<String>,
    /// `application/json`, or another that ends in `+json`.
    datacontenttype: Option<String>,
    /// What it carries: any JSON.
    data: Option<Value>,
    /// Facets, and every other extension attribute.
    #[serde(flatten)]
    attributes: BTreeMap<String, Attribute>,
}

/// The value of an attribute.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum Attribute {
    Text(String),
    Number(f64),
    Boolean(bool),
}

/// An event in JeraSoft's envelope.
#[derive(Serialize, ToSchema)]
pub(super) struct JeraSoft {
    /// What happened.
    event: JeraSoftEvent,
    /// What it carries: any JSON.
    data: Option<Value>,
}

/// What happened, when, and to what.
#[derive(Serialize, ToSchema)]
pub(super) struct JeraSoftEvent {
    /// When, in RFC 3339.
    dt: String,
    /// The event's name without its area.
    events_id: String,
    /// The object it happened to.
    object_id: Attribute,
}

/// One event in either form, or an array of events.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum EventOrEvents {
    CloudEvent(CloudEvent),
    JeraSoft(JeraSoft),
    Batch(Vec<CloudEvent>),
}
