//! Events as HTTP requests carry them: one or many in a body, or one whose attributes are headers.

use super::{Parsed, Reader};
use crate::data::Data;
use crate::problem::{Place, Problem};
use serde_json::value::RawValue;

/// What a body holds.
#[derive(Debug)]
pub enum Body {
    /// One event.
    One(Parsed),
    /// An array of events, in its order.
    Batch(Vec<Parsed>),
}

impl Reader {
    /// Reads a body that is one JSON value: an event, or an array of events.
    pub fn body(&self, text: &str) -> Body {
        let place = Place::file(&self.file);
        if !text.trim_start().starts_with('[') {
            return Body::One(self.event(text, place));
        }
        match serde_json::from_str::<&RawValue>(text) {
            Ok(_) => Body::Batch(self.value(text, place)),
            Err(error) => Body::One(Err(vec![self.syntax(&error)])),
        }
    }

    /// Reads an event whose attributes stand beside its data, as in the binary mode of CloudEvents. Without
    /// a body its data is `{}`.
    pub fn binary<'a>(&self, attributes: impl IntoIterator<Item = (&'a str, &'a str)>, body: &str) -> Parsed {
        let place = Place::file(&self.file);
        let body = if body.trim().is_empty() { "{}" } else { body };
        if let Err(error) = Data::parse(body, self.data_bytes_max) {
            return Err(vec![Problem::error(place, format!("data: {error}"))]);
        }
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let members =
            attributes.into_iter().map(|(name, value)| format!("{}:{},", quoted(name), quoted(value)));
        // The same event in structured mode: what is wrong with either is said in the same words.
        self.event(&format!("{{{}\"data\":{body}}}", members.collect::<String>()), place)
    }
}
