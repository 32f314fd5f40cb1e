//! What a hook is: what it says of itself, and what its operator says over it.
//!
//! A component carries a manifest of its own; the operator's TOML is laid over it key by key. The
//! two have two schemas, because asking is not getting: limits, grants and status are the
//! operator's alone. The merged whole is checked once and becomes a [`Manifest`].

mod check;
mod grant;
mod limit;
mod network;
mod notification;
mod prefix;
mod property;
mod schedule;
mod schema;
mod script;
mod secret;
mod target;

pub(crate) use check::check;
pub use grant::Grants;
pub(crate) use notification::Subject;
pub use prefix::UrlPrefix;
pub(crate) use schema::{embedded, kept, last_good, operator};
pub use secret::Secret;
#[cfg(feature = "api")]
pub(crate) use secret::is_name as is_secret_name;
pub(crate) use target::{Format, url as target_url};

use crate::catalogue::EventKind;
use crate::event::Mode;
use crate::filter::Filter;
use crate::limits::Limits;
use crate::schedule::Schedule;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// The property that holds the script of a hook in JavaScript.
pub(crate) const SCRIPT: &str = "script";

/// What happens when a hook fires (R93, R115).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// A sandboxed WebAssembly component.
    Component,
    /// A script in a sandboxed JavaScript engine.
    Javascript,
    /// A POST to a target.
    Http,
    /// A local program.
    Script,
    /// A message to a target, without code.
    Notification,
}

impl Class {
    /// Every class.
    pub const ALL: [Self; 5] =
        [Self::Component, Self::Javascript, Self::Http, Self::Script, Self::Notification];
}

/// Whether a hook is put to work (R79–R82).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It runs on its events.
    Enabled,
    /// It does not run.
    Disabled,
    /// It does not run, is kept, and is listed only when asked for.
    Archived,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 3] = [Self::Enabled, Self::Disabled, Self::Archived];
}

/// What a failed hook means for an asked event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum OnFailure {
    /// Refuse the event: fail closed.
    Veto,
    /// Go on without the hook: fail open.
    Accept,
}

impl OnFailure {
    const ALL: [Self; 2] = [Self::Veto, Self::Accept];
}

/// How long a sandbox lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Isolation {
    /// A new sandbox for every event.
    Fresh,
    /// One sandbox for many events: the hook may see what it kept of earlier ones.
    Warm,
}

impl Isolation {
    const ALL: [Self; 2] = [Self::Fresh, Self::Warm];
}

/// In which order a hook gets told events, beyond that of first attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Ordered {
    /// A later event of a subject is held until the one before it is delivered or dead.
    Subject,
}

impl Ordered {
    const ALL: [Self; 1] = [Self::Subject];
}

/// What becomes of events that a hook caused (R28).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Caused {
    /// The hook is not run on them.
    Skip,
    /// It is, unless it is itself among their causes: for guards that must see everything.
    Run,
}

impl Caused {
    const ALL: [Self; 2] = [Self::Skip, Self::Run];
}

macro_rules! words {
    ($($word:ty)*) => {$(
        impl fmt::Display for $word {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&format!("{self:?}").to_lowercase())
            }
        }
    )*};
}
words! { Class Status OnFailure Isolation Ordered Caused }

/// One kind of event a hook listens to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// The kind.
    pub kind: Arc<EventKind>,
    /// Which events of the kind.
    pub filter: Filter,
}

/// A hook's checked manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Manifest {
    /// The stem of its files (R67, R90).
    pub id: Arc<str>,
    /// For people (R75, R91).
    pub name: String,
    /// A sentence more (R92).
    pub description: String,
    /// What happens when it fires.
    pub class: Class,
    /// The component's file in the hooks directory.
    pub component: String,
    /// The digest that the component must have, in lower-case hex.
    pub sha256: Option<String>,
    /// The area it binds to: its type (R94, R98).
    pub area: String,
    /// Lower first, negative allowed, ties by id (R68, R83, R84, R95).
    pub priority: i64,
    /// Whether it is put to work.
    pub status: Status,
    /// What a failure means; by default it fails closed where the event may be vetoed.
    pub on_failure: Option<OnFailure>,
    /// How long a sandbox lives.
    pub isolation: Isolation,
    /// The events it listens to (R99).
    pub on: Vec<Subscription>,
    /// When the scheduled event of its area is raised for it alone (R17).
    pub schedule: Vec<Schedule>,
    /// What one call may use.
    pub limits: Limits,
    /// What it is set to: texts as they are, everything else as compact JSON, secrets as references to them.
    pub properties: BTreeMap<String, String>,
    /// The properties that refer to secrets.
    pub secrets: BTreeMap<String, Secret>,
    /// The one tenant whose events it sees.
    pub tenant: Option<String>,
    /// In which order it gets told events; by default only first attempts are made in the order of arrival.
    pub ordered: Option<Ordered>,
    /// Whether it runs on events that hooks caused.
    pub caused: Caused,
    /// What it may reach.
    pub grants: Grants,
    /// Whether its operator wrote a TOML for it.
    pub has_toml: bool,
}

impl Manifest {
    /// Whether its TOML holds the script that it runs.
    pub(crate) fn has_inline_script(&self) -> bool {
        self.class == Class::Javascript && self.properties.contains_key(SCRIPT)
    }

    /// Whether it is put to work.
    pub fn is_enabled(&self) -> bool {
        self.status == Status::Enabled
    }

    /// What its failure means for events of a kind.
    pub fn on_failure(&self, kind: &EventKind) -> OnFailure {
        let default = if kind.powers.veto { OnFailure::Veto } else { OnFailure::Accept };
        self.on_failure.unwrap_or(default)
    }

    /// The wall-clock time of one call in a mode.
    pub fn deadline(&self, mode: Mode) -> Duration {
        let sandboxed = matches!(self.class, Class::Component | Class::Javascript);
        self.limits.deadline.unwrap_or(match (mode, sandboxed) {
            (Mode::Ask, true) => Limits::ASK_DEADLINE,
            (Mode::Tell, true) => Limits::TELL_DEADLINE,
            (Mode::Ask, false) => Limits::OUTSIDE_ASK_DEADLINE,
            (Mode::Tell, false) => Limits::OUTSIDE_TELL_DEADLINE,
        })
    }
}
