//! The head of the service's description, and the shapes of JSON that is read or written by hand elsewhere.

#![expect(dead_code, reason = "these types are described, and never made")]

use super::access::session;
use super::events::BatchItem;
use super::problem::ProblemDocument;
use crate::event::Mode;
use crate::manifest::{Caused, Class, Isolation, OnFailure, Status};
use crate::outcome::{Decision, Origin, Receipt, TrailLine, Veto};
use crate::problem::Problem;
use crate::stats::{Histogram, Last};
use serde::{Deserialize, Serialize};
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

/// A hook that is to be.
#[derive(Serialize, ToSchema)]
pub(super) struct NewHook {
    /// `[a-z0-9][a-z0-9_-]{0,63}`: the stem of its files.
    id: String,
    manifest: Manifest,
}

/// A component with the TOML that is to stand beside it.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Pair {
    /// The TOML, as its operator writes it.
    pub(super) toml: String,
    /// The component, in Base64.
    pub(super) component: String,
}

/// What an operator says of a hook, as in its TOML. What is left out is the component's to say, or has a default.
#[derive(Serialize, ToSchema)]
pub(super) struct Manifest {
    /// For people.
    name: Option<String>,
    /// A sentence more.
    description: Option<String>,
    /// What happens when it fires.
    class: Option<Class>,
    /// The component's file; `<id>.wasm` by default.
    component: Option<String>,
    /// The digest that the component must have.
    sha256: Option<String>,
    /// The area it binds to.
    r#type: Option<String>,
    /// Lower runs first.
    priority: Option<i64>,
    /// Whether it is put to work.
    status: Option<Status>,
    /// What its failure means for an asked event.
    on_failure: Option<OnFailure>,
    /// How long a sandbox lives.
    isolation: Option<Isolation>,
    /// The events it listens to.
    on: Option<Vec<Subscription>>,
    /// What one call may use.
    limits: Option<Limits>,
    /// What it is set to. A value `{"secret": "crm-token"}` refers to a secret.
    properties: Option<BTreeMap<String, Value>>,
    /// The one tenant whose events it sees.
    tenant: Option<String>,
    /// Whether it runs on events that hooks caused; it does not where nothing is said.
    caused: Option<Caused>,
    /// What it may reach.
    grants: Option<NewGrants>,
    /// Keys of the component's own manifest that do not count.
    unset: Option<Vec<String>>,
}

/// What a hook may reach.
#[derive(Serialize, ToSchema)]
pub(super) struct NewGrants {
    /// The methods of the platform that it may call on told events.
    platform: Option<Vec<String>>,
    /// Those that it may call on asked events.
    platform_ask: Option<Vec<String>>,
    /// The variables of the host's environment that a script gets.
    environment: Option<Vec<String>>,
    /// Where its target may lie beside the public Internet, such as `10.0.0.0/8` and `127.0.0.1`.
    networks: Option<Vec<String>>,
}

/// An event, and the values its facets must have.
#[derive(Serialize, ToSchema)]
pub(super) struct Subscription {
    /// The event, or `<area>.*`.
    event: String,
    /// Per facet, its values.
    #[serde(flatten)]
    facets: BTreeMap<String, Values>,
}

/// One value or several.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum Values {
    One(String),
    Several(Vec<String>),
}

/// What one call may use.
#[derive(Serialize, ToSchema)]
#[schema(as = NewLimits)]
pub(super) struct Limits {
    /// Units of fuel.
    fuel: Option<u64>,
    /// Memory.
    memory: Option<Size>,
    /// Wall-clock time, such as `50ms`.
    deadline: Option<String>,
    /// An answer.
    output: Option<Size>,
    /// Log.
    log: Option<Size>,
}

/// Bytes, or a text such as `16MiB`.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum Size {
    Bytes(u64),
    Text(String),
}
