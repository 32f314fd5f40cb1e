//! Which fields go, and what is left of a JSON text without them. Numbers and order stay as they were
//! written, which is why nothing here is read into a tree of values.

use std::fmt;

use tenterhook_sdk::prelude::*;
use tenterhook_sdk::serde::de::{Deserializer, MapAccess, Visitor};
use tenterhook_sdk::serde::ser::Serializer;
use tenterhook_sdk::serde_json::{self, value::to_raw_value};

const MASK: &str = "***";

/// The fields to take away and those to mask.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Redaction {
    #[serde(default)]
    remove: Vec<String>,
    #[serde(default)]
    mask: Vec<String>,
}

impl Redaction {
    /// The merge patch that redacts an object, or the redacted whole of a list; `None` where there is
    /// nothing to redact.
    pub(crate) fn redact(&self, data: &RawJson) -> Result<Option<RawJson>> {
        self.redacted(data, Shape::Patch)
    }

    fn redacted(&self, value: &RawJson, shape: Shape) -> Result<Option<RawJson>> {
        match value.get().as_bytes().first() {
            Some(b'{') => self.object(value, shape),
            Some(b'[') => self.array(value),
            _ => Ok(None),
        }
    }

    fn object(&self, value: &RawJson, shape: Shape) -> Result<Option<RawJson>> {
        let mut left = Vec::new();
        let mut is_changed = false;
        for (name, value) in serde_json::from_str::<Object>(value.get())?.0 {
            let is_one_of =
                |names: &[String]| names.iter().any(|each| each.eq_ignore_ascii_case(&name));
            let redacted = if is_one_of(&self.remove) {
                is_changed = true;
                if shape == Shape::Patch {
                    left.push((name, to_raw_value(&())?));
                }
                continue;
            } else if is_one_of(&self.mask) {
                Some(to_raw_value(MASK)?)
            } else {
                self.redacted(&value, shape)?
            };
            is_changed |= redacted.is_some();
            match redacted {
                Some(redacted) => left.push((name, redacted)),
                None if shape == Shape::Whole => left.push((name, value)),
                None => {}
            }
        }
        Ok(if is_changed {
            Some(to_raw_value(&Object(left))?)
        } else {
            None
        })
    }

    /// A patch cannot reach into an array, so an array with something to redact is replaced as a whole.
    fn array(&self, value: &RawJson) -> Result<Option<RawJson>> {
        let mut items: Vec<RawJson> = serde_json::from_str(value.get())?;
        let mut is_changed = false;
        for item in &mut items {
            if let Some(redacted) = self.redacted(item, Shape::Whole)? {
                *item = redacted;
                is_changed = true;
            }
        }
        Ok(if is_changed {
            Some(to_raw_value(&items)?)
        } else {
            None
        })
    }
}

/// What becomes of a redacted object: only what changed, or all of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Patch,
    Whole,
}

/// An object's members in the order in which they were written.
struct Object(Vec<(String, RawJson)>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Object;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Object, M::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Object(members))
            }
        }

        deserializer.deserialize_map(Members)
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(data: &str, patch: &str) {
        let redaction = Redaction {
            remove: vec!["pin".to_owned()],
            mask: vec!["msisdn".to_owned()],
        };
        let data: RawJson = serde_json::from_str(data).expect("the test's data is JSON");
        let redacted = redaction.redact(&data);
        assert_eq!(
            redacted.map(|patch| patch.map(|patch| patch.get().to_owned())),
            Ok(Some(patch.to_owned()))
        );
    }

    #[test]
    fn a_patch_names_what_changes() {
        check(
            r#"{"a":1,"pin":2,"b":{"c":3,"msisdn":4}}"#,
            r#"{"pin":null,"b":{"msisdn":"***"}}"#,
        );
    }

    #[test]
    fn an_array_keeps_its_order_and_its_digits() {
        let data = r#"{"rows":[{"z":1E5,"pin":0,"a":0.10},12345678901234567890.10,[{"PIN":1}]]}"#;
        check(
            data,
            r#"{"rows":[{"z":1E5,"a":0.10},12345678901234567890.10,[{}]]}"#,
        );
    }
}
