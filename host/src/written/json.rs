//! JSON as the tree, read without `serde_json::Value`: to that, some keys are commands to read a string as more
//! JSON, as deep as it likes.

use super::{Node, Table, Value};
use crate::problem::Place;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use std::collections::BTreeMap;
use std::fmt;

/// Turns what was read into the tree; everything in it stands at `place`.
pub(crate) fn from_json(value: Value, place: &Place) -> Node {
    let placed = |node: Node| from_json(node.value, place);
    let value = match value {
        Value::List(list) => Value::List(list.into_iter().map(placed).collect()),
        Value::Table(Table(table)) => {
            Value::Table(Table(table.into_iter().map(|(key, node)| (key, placed(node))).collect()))
        }
        value => value,
    };
    Node { place: place.clone(), value }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Tree)
    }
}

/// A value whose place is not known yet.
impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self { place: Place::default(), value: Value::deserialize(deserializer)? })
    }
}

struct Tree;

impl<'de> Visitor<'de> for Tree {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, boolean: bool) -> Result<Value, E> {
        Ok(Value::Boolean(boolean))
    }

    fn visit_i64<E>(self, integer: i64) -> Result<Value, E> {
        Ok(Value::Integer(integer))
    }

    fn visit_u64<E>(self, integer: u64) -> Result<Value, E> {
        Ok(i64::try_from(integer).map_or_else(|_| Value::Number(integer.to_string()), Value::Integer))
    }

    fn visit_f64<E>(self, float: f64) -> Result<Value, E> {
        Ok(Value::Number(serde_json::Value::from(float).to_string()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Value::List(items))
    }

    /// Of a key that stands twice the last counts.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = BTreeMap::new();
        while let Some((key, node)) = map.next_entry::<String, Node>()? {
            members.insert(key, node);
        }
        Ok(Value::Table(Table(members.into_iter().collect())))
    }
}
