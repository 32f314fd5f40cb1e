//! What is said of a hook when it is made or changed.

use crate::manifest::{Caused, Class, Isolation, OnFailure, Ordered, Status};
use crate::schedule::CatchUp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A hook that is to be.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct NewHook {
    /// `[a-z0-9][a-z0-9_-]{0,63}`: the stem of its files.
    id: String,
    manifest: Manifest,
}

/// A component with the TOML that is to stand beside it.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct Pair {
    /// The TOML, as its operator writes it.
    pub(in crate::api) toml: String,
    /// The component, in Base64.
    pub(in crate::api) component: String,
}

/// What an operator says of a hook, as in its TOML. What is left out is the component's to say, or has a default.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct Manifest {
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
    /// When the scheduled event of its area is raised for it alone.
    schedule: Option<Vec<NewSchedule>>,
    /// What one call may use.
    limits: Option<Limits>,
    /// What it is set to. A value `{"secret": "crm-token"}` refers to a secret.
    properties: Option<BTreeMap<String, Value>>,
    /// The one tenant whose events it sees.
    tenant: Option<String>,
    /// In which order it gets told events, beyond that of first attempts.
    ordered: Option<Ordered>,
    /// Whether it runs on events that hooks caused; it does not where nothing is said.
    caused: Option<Caused>,
    /// What it may reach.
    grants: Option<NewGrants>,
    /// Keys of the component's own manifest that do not count.
    unset: Option<Vec<String>>,
}

/// What a hook may reach.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct NewGrants {
    /// The methods of the platform that it may call on told events.
    platform: Option<Vec<String>>,
    /// Those that it may call on asked events.
    platform_ask: Option<Vec<String>>,
    /// What of the web a component may request, such as `https://crm.example.com/api/`.
    http: Option<Vec<String>>,
    /// The variables of the host's environment that a script gets.
    environment: Option<Vec<String>>,
    /// Whether it keeps state between events.
    keyvalue: Option<bool>,
    /// Where its target may lie beside the public Internet, such as `10.0.0.0/8` and `127.0.0.1`.
    networks: Option<Vec<String>>,
}

/// When a hook is run by the clock.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct NewSchedule {
    /// Its name, where a hook has several.
    name: Option<String>,
    /// Minute, hour, day of the month, month, day of the week.
    cron: Option<String>,
    /// Or every so often, such as `15m`.
    every: Option<String>,
    /// From when on, in RFC 3339, or at which time of day.
    start: Option<String>,
    /// A name of the IANA database; `UTC` by default.
    timezone: Option<String>,
    /// What passed while the host was down.
    catch_up: Option<CatchUp>,
}

/// An event, and the values its facets must have.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct Subscription {
    /// The event, or `<area>.*`.
    event: String,
    /// Per facet, its values.
    #[serde(flatten)]
    facets: BTreeMap<String, Values>,
}

/// One value or several.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(in crate::api) enum Values {
    One(String),
    Several(Vec<String>),
}

/// What one call may use.
#[derive(Serialize, ToSchema)]
#[schema(as = NewLimits)]
pub(in crate::api) struct Limits {
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
pub(in crate::api) enum Size {
    Bytes(u64),
    Text(String),
}
