//! JSON as it was written, for data that must survive byte for byte.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use serde_json::value::RawValue;

/// JSON text as it came: `Event<RawJson>`, or a field of the handler's own type.
///
/// Any other type goes through serde, where numbers may lose digits and keys their order.
pub type RawJson = Box<RawValue>;

/// The members of a JSON object in the order in which they were written, their values as they were written.
///
/// ```
/// use tenterhook_sdk::prelude::*;
/// use tenterhook_sdk::serde_json;
///
/// let mut object: RawObject = serde_json::from_str(r#"{"total": 1E5, "pin": 4711, "rate": 0.10}"#)?;
/// object.0.retain(|(name, _)| name != "pin");
/// assert_eq!(serde_json::to_string(&object)?, r#"{"total":1E5,"rate":0.10}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct RawObject(pub Vec<(String, RawJson)>);

impl<'de> Deserialize<'de> for RawObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = RawObject;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<RawObject, M::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(RawObject(members))
            }
        }

        deserializer.deserialize_map(Members)
    }
}

impl Serialize for RawObject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_keeps_its_order_and_its_values() -> serde_json::Result<()> {
        let text = r#"{"z":1E5,"a":12345678901234567890.10,"m":{ "b": [1.0] },"\n":null}"#;
        let object: RawObject = serde_json::from_str(text)?;
        let names: Vec<_> = object.0.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["z", "a", "m", "\n"]);
        assert_eq!(object.0[2].1.get(), r#"{ "b": [1.0] }"#);
        assert_eq!(serde_json::to_string(&object)?, text);
        Ok(())
    }

    #[test]
    fn what_is_no_object_is_refused() {
        let error = serde_json::from_str::<RawObject>("[1]").expect_err("an array is none");
        let message = "invalid type: sequence, expected an object at line 1 column 0";
        assert_eq!(error.to_string(), message);
    }
}
