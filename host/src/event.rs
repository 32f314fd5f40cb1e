//! An event as its application raises it, in the terms of CloudEvents 1.0.

use crate::data::Data;
use crate::problem::{Place, Problem};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::time::SystemTime;

/// Whether the application waits for the outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// About to happen: hooks may veto or amend it.
    Ask,
    /// Has happened: hooks react to it.
    Tell,
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ask => "ask",
            Self::Tell => "tell",
        })
    }
}

/// The attribute that says when the hooks are to get a told event.
pub(crate) const DUE: &str = "due";
/// The attribute with the token of what caused an event. No hook sees it.
pub const CAUSE: &str = "cause";

/// The time, as an event has it.
pub(crate) fn now() -> String {
    format!("{:.6}", jiff::Timestamp::now())
}

/// Something that is about to happen or has happened.
///
/// ```
/// use tenterhook::Event;
///
/// let event = Event::new("cloud.pre_create", "orchestrator")
///     .facet("option", "SERVER")
///     .subject("vdc-7")
///     .data(&serde_json::json!({ "cpu": 4 }))
///     .unwrap();
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Event {
    /// Unique together with `source`; a new UUID (version 7) where the application gives none.
    pub id: String,
    /// The catalogue's name of the event.
    pub name: String,
    /// Who raised it.
    pub source: String,
    /// When, in RFC 3339 as the application wrote it.
    pub time: String,
    /// The object it happened to.
    pub subject: Option<String>,
    /// The dimensions that hooks filter on.
    pub facets: BTreeMap<String, String>,
    /// Every other extension attribute.
    pub attributes: BTreeMap<String, String>,
    /// What the event carries; `{}` where the application gives nothing (R40).
    pub data: Data,
}

impl Event {
    /// An event that happens now, with a new id and empty data.
    pub fn new(name: impl Into<String>, source: impl Into<String>) -> Self {
        Self::known(uuid::Uuid::now_v7().to_string(), now(), name.into(), source.into())
    }

    /// An event that has an id and a time.
    pub(crate) fn known(id: String, time: String, name: String, source: String) -> Self {
        Self {
            id,
            name,
            source,
            time,
            subject: None,
            facets: BTreeMap::new(),
            attributes: BTreeMap::new(),
            data: Data::empty(),
        }
    }

    /// Sets the id.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = id.into();
        self
    }

    /// Sets the time, in RFC 3339.
    #[must_use]
    pub fn time(mut self, time: impl Into<String>) -> Self {
        self.time = time.into();
        self
    }

    /// Sets the object it happened to.
    #[must_use]
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// Sets a facet, such as `option` or `table`.
    #[must_use]
    pub fn facet(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.facets.insert(name.into(), value.into());
        self
    }

    /// Sets an extension attribute, such as `tenant` or `traceparent`.
    #[must_use]
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.attributes.insert(name.into(), value.into());
        self
    }

    /// Says what caused it: the token of a call to the platform ([`Call::cause`](crate::platform::Call::cause)), or of
    /// the outcome that it follows from ([`Outcome::cause`](crate::Outcome::cause)). Such an event wakes no hook.
    #[must_use]
    pub fn caused_by(self, cause: impl Into<String>) -> Self {
        self.attribute(CAUSE, cause)
    }

    /// Sets the data from a value.
    pub fn data(mut self, data: &impl Serialize) -> Result<Self, crate::data::DataError> {
        self.data = Data::from_value(data)?;
        Ok(self)
    }

    /// Sets the data from checked JSON.
    #[must_use]
    pub fn with_data(mut self, data: Data) -> Self {
        self.data = data;
        self
    }

    /// Has a told event wait until `when` before its hooks get it: sets the attribute `due` (R111).
    #[must_use]
    pub fn due(self, when: SystemTime) -> Self {
        let when = jiff::Timestamp::try_from(when).unwrap_or(jiff::Timestamp::MAX);
        self.attribute(DUE, format!("{when:.6}"))
    }

    /// When its hooks are to get it, in microseconds since 1970; an error where the attribute `due` is no time.
    pub(crate) fn due_micros(&self) -> Result<Option<i64>, Problem> {
        let Some(due) = self.attributes.get(DUE) else { return Ok(None) };
        match due.parse::<jiff::Timestamp>() {
            Ok(due) => Ok(Some(due.as_microsecond())),
            Err(_) => {
                let problem = Problem::error(Place::default(), format!("due = {due:?} is no time"));
                Err(problem.hint("write it in RFC 3339, such as 2027-01-31T12:00:00Z"))
            }
        }
    }

    /// The tenant it belongs to: the attribute `tenant`.
    pub fn tenant(&self) -> Option<&str> {
        self.attributes.get("tenant").map(String::as_str)
    }
}
