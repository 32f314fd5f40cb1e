//! An event's data: JSON text that stays text from the door to the guest and back.
//!
//! It is checked once and never rebuilt from a tree, so number precision, key order and unknown
//! fields survive (R35–R42). A merge patch (RFC 7396) rewrites only the levels that it names.

use json_event_parser::{JsonEvent, SliceJsonParser};
use serde::de::{Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

/// How many levels of arrays and objects data may nest.
pub const DEPTH_MAX: usize = 128;

/// One checked JSON text. Cloning is cheap.
#[derive(Clone, PartialEq, Eq)]
pub struct Data(Arc<str>);

/// Why a text is no data.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DataError {
    /// Not JSON; the text says where.
    Syntax(String),
    /// More than [`DEPTH_MAX`] levels.
    Depth,
    /// One object has this key twice.
    DuplicateKey(String),
    /// Longer than allowed: its bytes, and the bytes allowed.
    Size(usize, usize),
}

impl fmt::Display for DataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax(reason) => write!(f, "not JSON: {reason}"),
            Self::Depth => write!(f, "nested deeper than {DEPTH_MAX} levels"),
            Self::DuplicateKey(key) => write!(f, "the key {key:?} stands twice in one object"),
            Self::Size(bytes, max) => write!(f, "{bytes} bytes, at most {max} are allowed"),
        }
    }
}

impl std::error::Error for DataError {}

impl Data {
    /// Checks a JSON text: syntax, at most [`DEPTH_MAX`] levels, no duplicate keys, at most
    /// `bytes_max` bytes.
    pub fn parse(text: &str, bytes_max: usize) -> Result<Self, DataError> {
        Self::check(text, bytes_max)?;
        Self::part(text, bytes_max)
    }

    /// Checks a JSON text that is no data itself, as [`parse`](Self::parse) does.
    pub(crate) fn check(text: &str, bytes_max: usize) -> Result<(), DataError> {
        check(within(text, bytes_max)?)
    }

    /// One value of a JSON text that was checked, which needs no second check.
    pub(crate) fn part(text: &str, bytes_max: usize) -> Result<Self, DataError> {
        Ok(Self(within(text, bytes_max)?.into()))
    }

    /// The JSON of a value, which is small enough to need no limit.
    pub fn from_value(value: &impl Serialize) -> Result<Self, DataError> {
        let text = serde_json::to_string(value).map_err(|e| DataError::Syntax(e.to_string()))?;
        Self::parse(&text, usize::MAX)
    }

    /// `{}`.
    pub fn empty() -> Self {
        Self("{}".into())
    }

    /// The JSON text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads the data as a type of the caller's.
    pub fn to<'a, T: Deserialize<'a>>(&'a self) -> serde_json::Result<T> {
        serde_json::from_str(&self.0)
    }

    /// Whether the text is a JSON object.
    pub fn is_object(&self) -> bool {
        self.0.starts_with('{')
    }

    /// Applies a JSON merge patch (RFC 7396).
    #[must_use]
    pub fn merge(&self, patch: &Data) -> Self {
        Self(merge(Some(&self.0), &patch.0).as_ref().into())
    }
}

impl fmt::Debug for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Data {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw: &RawValue = serde_json::from_str(&self.0).map_err(serde::ser::Error::custom)?;
        raw.serialize(serializer)
    }
}

/// A text without the white space around it, if it is short enough.
fn within(text: &str, bytes_max: usize) -> Result<&str, DataError> {
    let text = text.trim_matches([' ', '\t', '\n', '\r']);
    if text.len() > bytes_max { Err(DataError::Size(text.len(), bytes_max)) } else { Ok(text) }
}

fn check(text: &str) -> Result<(), DataError> {
    let mut parser = SliceJsonParser::new(text.as_bytes());
    let mut open: Vec<Keys<'_>> = Vec::new();
    loop {
        match parser.parse_next().map_err(|e| DataError::Syntax(e.to_string()))? {
            JsonEvent::StartObject | JsonEvent::StartArray => open.push(Keys::default()),
            JsonEvent::EndObject | JsonEvent::EndArray => drop(open.pop()),
            JsonEvent::ObjectKey(key) => {
                let keys = open.last_mut().expect("a key stands in an object");
                if let Err(key) = keys.insert(key) {
                    return Err(DataError::DuplicateKey(key.into_owned()));
                }
            }
            JsonEvent::Eof => return Ok(()),
            JsonEvent::String(_) | JsonEvent::Number(_) | JsonEvent::Boolean(_) | JsonEvent::Null => {}
        }
        if open.len() > DEPTH_MAX {
            return Err(DataError::Depth);
        }
    }
}

/// The keys of one object. Most objects have few, which are compared faster than they are hashed.
#[derive(Default)]
struct Keys<'a> {
    few: Vec<Cow<'a, str>>,
    many: HashSet<Cow<'a, str>>,
}

impl<'a> Keys<'a> {
    const FEW: usize = 16;

    /// Adds a key; gives it back if it was there.
    fn insert(&mut self, key: Cow<'a, str>) -> Result<(), Cow<'a, str>> {
        if self.few.contains(&key) || self.many.contains(&key) {
            return Err(key);
        }
        if self.few.len() < Self::FEW {
            self.few.push(key);
        } else {
            self.many.insert(key);
        }
        Ok(())
    }
}

/// RFC 7396, section 2, on texts: `target` is absent where the patch adds something new.
fn merge<'a>(target: Option<&'a str>, patch: &'a str) -> Cow<'a, str> {
    let Some(Members(patch)) = Members::of(patch) else {
        return patch.into();
    };
    let Members(old) = target.and_then(Members::of).unwrap_or_default();
    let mut place: HashMap<String, usize> =
        old.iter().enumerate().map(|(i, (key, _))| (key.clone(), i)).collect();
    let mut merged: Vec<Option<(String, Cow<'a, str>)>> =
        old.into_iter().map(|(key, value)| Some((key, value.get().into()))).collect();
    for (key, value) in patch {
        let slot = place.get(&key).copied();
        let before = slot.and_then(|i| merged[i].take());
        let after = match (value.get(), &before) {
            ("null", _) => None,
            (value, Some((_, Cow::Borrowed(before)))) => Some(merge(Some(before), value)),
            (value, _) => Some(merge(None, value)),
        };
        match (after, slot) {
            (None, _) => {}
            (Some(after), Some(i)) => merged[i] = Some((key, after)),
            (Some(after), None) => {
                place.insert(key.clone(), merged.len());
                merged.push(Some((key, after)));
            }
        }
    }
    let mut text = String::from("{");
    for (key, value) in merged.into_iter().flatten() {
        let comma = if text.len() > 1 { "," } else { "" };
        text += &format!("{comma}{}:{value}", serde_json::Value::from(key));
    }
    text.push('}');
    text.into()
}

/// The members of a JSON object in their order, values unparsed.
#[derive(Default)]
pub struct Members<'a>(pub Vec<(String, &'a RawValue)>);

impl<'a> Members<'a> {
    /// Reads one level; `None` where `text` is no object.
    pub fn of(text: &'a str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry::<String, &RawValue>()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests;
