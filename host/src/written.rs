//! What a person or a tool wrote, as a tree in which every value knows its place.
//!
//! TOML files and the JSON of a component's manifest become the same tree, so that one set of
//! rules reads both and every problem names file and line.

mod json;
mod measure;

pub(crate) use json::from_json;

use crate::problem::{Place, Problem};
use std::collections::HashMap;
use toml::de::{DeTable, DeValue};

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) place: Place,
    pub(crate) value: Value,
}

#[derive(Debug, Clone)]
pub(crate) enum Value {
    Null,
    Boolean(bool),
    Integer(i64),
    /// Any other number, as written.
    Number(String),
    Text(String),
    /// A TOML date or time.
    Time(String),
    List(Vec<Node>),
    Table(Table),
}

/// Keys in the order they were written.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table(pub(crate) Vec<(String, Node)>);

impl Table {
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, node)| node)
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    pub(crate) fn remove(&mut self, key: &str) -> Option<Node> {
        let index = self.0.iter().position(|(name, _)| name == key)?;
        Some(self.0.remove(index).1)
    }

    /// Lays `over` on this table: tables merge key by key, everything else is replaced whole, and stands last.
    pub(crate) fn overlay(&mut self, over: Table) {
        let mut entries: Vec<_> = std::mem::take(&mut self.0).into_iter().map(Some).collect();
        let mut places: HashMap<String, usize> = HashMap::new();
        for (at, (key, _)) in entries.iter().flatten().enumerate() {
            places.insert(key.clone(), at);
        }
        for (key, node) in over.0 {
            let old = places.get(&key).and_then(|&at| entries[at].as_mut());
            match (old.map(|(_, old)| &mut old.value), node.value) {
                (Some(Value::Table(old)), Value::Table(new)) => old.overlay(new),
                (_, value) => {
                    if let Some(at) = places.insert(key.clone(), entries.len()) {
                        entries[at] = None;
                    }
                    entries.push(Some((key, Node { place: node.place, value })));
                }
            }
        }
        self.0 = entries.into_iter().flatten().collect();
    }

    /// As compact JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        self.0.iter().map(|(key, node)| (key.clone(), node.json())).collect()
    }

    /// Takes away what a dotted path names; whether there was anything.
    pub(crate) fn unset(&mut self, path: &str) -> bool {
        match path.split_once('.') {
            None => self.remove(path).is_some(),
            Some((first, rest)) => self.0.iter_mut().any(|(name, node)| match &mut node.value {
                Value::Table(table) if name == first => table.unset(rest),
                _ => false,
            }),
        }
    }
}

impl Node {
    /// What kind of value it is, for a message.
    pub(crate) fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "null",
            Value::Boolean(_) => "a boolean",
            Value::Integer(_) => "an integer",
            Value::Number(_) => "a number",
            Value::Text(_) => "a string",
            Value::Time(_) => "a date or time",
            Value::List(_) => "an array",
            Value::Table(_) => "a table",
        }
    }

    fn wanted(&self, name: &str, kind: &str) -> Problem {
        Problem::error(self.place.clone(), format!("{name:?} must be {kind}, not {}", self.kind()))
    }

    pub(crate) fn text(&self, name: &str, problems: &mut Vec<Problem>) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => {
                problems.push(self.wanted(name, "a string"));
                None
            }
        }
    }

    pub(crate) fn integer(&self, name: &str, problems: &mut Vec<Problem>) -> Option<i64> {
        match self.value {
            Value::Integer(integer) => Some(integer),
            _ => {
                problems.push(self.wanted(name, "an integer"));
                None
            }
        }
    }

    pub(crate) fn boolean(&self, name: &str, problems: &mut Vec<Problem>) -> Option<bool> {
        match self.value {
            Value::Boolean(boolean) => Some(boolean),
            _ => {
                problems.push(self.wanted(name, "true or false"));
                None
            }
        }
    }

    pub(crate) fn table(&self, name: &str, problems: &mut Vec<Problem>) -> Option<&Table> {
        match &self.value {
            Value::Table(table) => Some(table),
            _ => {
                problems.push(self.wanted(name, "a table"));
                None
            }
        }
    }

    pub(crate) fn list(&self, name: &str, problems: &mut Vec<Problem>) -> Option<&[Node]> {
        match &self.value {
            Value::List(list) => Some(list),
            _ => {
                problems.push(self.wanted(name, "an array"));
                None
            }
        }
    }

    /// One string or an array of strings, each with its place.
    pub(crate) fn texts(&self, name: &str, problems: &mut Vec<Problem>) -> Vec<(&str, &Place)> {
        let list = match &self.value {
            Value::List(list) => list.as_slice(),
            _ => std::slice::from_ref(self),
        };
        list.iter().filter_map(|node| Some((node.text(name, problems)?, &node.place))).collect()
    }

    /// As compact JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        match &self.value {
            Value::Null => serde_json::Value::Null,
            Value::Boolean(boolean) => (*boolean).into(),
            Value::Integer(integer) => (*integer).into(),
            Value::Number(number) => serde_json::from_str(number).unwrap_or_else(|_| number.clone().into()),
            Value::Text(text) | Value::Time(text) => text.clone().into(),
            Value::List(list) => list.iter().map(Node::json).collect(),
            Value::Table(table) => table.json(),
        }
    }
}

/// Reads a TOML file; `file` names it in problems. What can be read is returned even so.
pub(crate) fn from_toml(file: &str, text: &str, problems: &mut Vec<Problem>) -> Table {
    let lines = Lines::of(file, text);
    let (table, errors) = DeTable::parse_recoverable(text);
    problems.extend(errors.iter().map(|error| {
        let place = lines.place(error.span().map_or(0, |span| span.start));
        Problem::error(place, format!("not TOML: {}", error.message()))
    }));
    lines.table(table.get_ref())
}

struct Lines<'a> {
    file: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    fn of(file: &'a str, text: &str) -> Self {
        let starts = text.match_indices('\n').map(|(at, _)| at).collect();
        Self { file, starts }
    }

    fn place(&self, offset: usize) -> Place {
        let line = 1 + self.starts.partition_point(|&newline| newline < offset);
        Place { file: Some(self.file.to_owned()), line: Some(line) }
    }

    fn table(&self, table: &DeTable<'_>) -> Table {
        let mut entries: Vec<_> = table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        let node = |offset, value| Node { place: self.place(offset), value: self.value(value) };
        Table(
            entries
                .into_iter()
                .map(|(key, value)| (key.get_ref().to_string(), node(key.span().start, value.get_ref())))
                .collect(),
        )
    }

    fn value(&self, value: &DeValue<'_>) -> Value {
        match value {
            DeValue::String(text) => Value::Text(text.to_string()),
            DeValue::Integer(integer) => i64::from_str_radix(integer.as_str(), integer.radix())
                .map_or_else(|_| Value::Number(integer.as_str().to_owned()), Value::Integer),
            DeValue::Float(float) => Value::Number(float.as_str().to_owned()),
            DeValue::Boolean(boolean) => Value::Boolean(*boolean),
            DeValue::Datetime(time) => Value::Time(time.to_string()),
            DeValue::Array(array) => Value::List(
                array
                    .iter()
                    .map(|item| Node {
                        place: self.place(item.span().start),
                        value: self.value(item.get_ref()),
                    })
                    .collect(),
            ),
            DeValue::Table(table) => Value::Table(self.table(table)),
        }
    }
}

#[cfg(test)]
mod tests;
