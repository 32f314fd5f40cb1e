//! What a handler is given: one event, its data already read into the handler's own type.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::bindings::tenterhook::hook::types;
use crate::error::Error;

pub use crate::bindings::tenterhook::hook::types::Mode;

/// One event, as the application raised it and as the hooks before this one amended it.
///
/// `T` is what the handler reads the data into: a type of its own with just the fields it needs, or
/// JSON of any shape. Data that does not fit `T` fails the hook, before the handler runs.
#[derive(Clone, Debug)]
pub struct Event<T = Value> {
    /// Unique together with `source`. A repeated delivery has the same id.
    pub id: String,
    /// The catalogue's name of the event, such as `cloud.pre_create`.
    pub name: String,
    /// Whether the application waits for the verdict.
    pub mode: Mode,
    /// When it was raised: RFC 3339, as the sender wrote it.
    pub time: String,
    /// Who raised it.
    pub source: String,
    /// The object it happened to.
    pub subject: Option<String>,
    /// The dimensions hooks filter on, such as `option`.
    pub facets: Vec<(String, String)>,
    /// Everything else the event carries: trace context, tenant, user, customer.
    pub attributes: Vec<(String, String)>,
    /// 1 for the first delivery of a told event, and always for an asked one.
    pub attempt: u32,
    /// The event's data.
    pub data: T,
}

impl<T> Event<T> {
    /// The value of a facet, such as `event.facet("option")`.
    pub fn facet(&self, name: &str) -> Option<&str> {
        value(&self.facets, name)
    }

    /// The value of an attribute, such as `event.attribute("customer")`.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        value(&self.attributes, name)
    }

    /// The tenant on whose behalf the event was raised.
    pub fn tenant(&self) -> Option<&str> {
        self.attribute("tenant")
    }
}

impl<T: DeserializeOwned> Event<T> {
    /// Reads the data of an event that has crossed the sandbox's edge.
    pub(crate) fn read(event: types::Event) -> Result<Self, Error> {
        let data =
            serde_json::from_str(&event.data).map_err(|error| format!("data of {}: {error}", event.name))?;
        Ok(Self {
            id: event.id,
            name: event.name,
            mode: event.mode,
            time: event.time,
            source: event.source,
            subject: event.subject,
            facets: event.facets,
            attributes: event.attributes,
            attempt: event.attempt,
            data,
        })
    }
}

pub(crate) fn value<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}
