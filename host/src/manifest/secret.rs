//! Properties whose value stands elsewhere: `max = { secret = "crm-token" }`.
//!
//! The reference is the operator's alone, and what is shown of a hook. The value is for the guest; where a guest
//! repeats it in words, it is hidden.

use super::Manifest;
use crate::log::Mask;
use crate::problem::{Place, Problem};
use crate::written::{Node, Table, Value};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

const NAME_MAX: usize = 64;
const HINT: &str = "write it as { secret = \"crm-token\" }: lower-case letters, digits and dashes";

/// What a property refers to.
#[derive(Clone)]
pub struct Secret {
    /// The secret's name.
    pub name: String,
    pub(crate) place: Place,
    /// Its value, once it is read.
    pub(crate) value: Option<Arc<str>>,
}

/// A secret with another value is another one; where its name was written says nothing.
impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.value == other.value
    }
}

impl Eq for Secret {}

/// Without the value.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What a property's value refers to, if it refers to a secret.
fn reference(node: &Node) -> Option<&Node> {
    match &node.value {
        Value::Table(table) => table.get("secret"),
        _ => None,
    }
}

fn properties(table: &Table) -> &[(String, Node)] {
    match table.get("properties").map(|node| &node.value) {
        Some(Value::Table(properties)) => properties.0.as_slice(),
        _ => &[],
    }
}

/// A component refers to no secret.
pub(super) fn refuse(table: &Table, problems: &mut Vec<Problem>) {
    for (key, node) in properties(table).iter().filter(|(_, node)| reference(node).is_some()) {
        let message = format!("the property {key:?} refers to a secret");
        problems.push(Problem::error(node.place.clone(), message).hint("only the operator's TOML may"));
    }
}

/// Says what is wrong with an operator's references.
pub(super) fn check(table: &Table, problems: &mut Vec<Problem>) {
    for (key, node) in properties(table).iter().filter(|(_, node)| !is_reference(node)) {
        let (message, hint) = if reference(node).is_some() {
            (format!("the property {key:?} = {} refers to no secret", node.json()), HINT)
        } else if holds_reference(node) {
            (format!("the property {key:?} holds a secret"), "only a whole property may be one")
        } else {
            continue;
        };
        problems.push(Problem::error(node.place.clone(), message).hint(hint));
    }
}

/// Whether a value is a reference and nothing else.
fn is_reference(node: &Node) -> bool {
    let alone = matches!(&node.value, Value::Table(table) if table.keys().eq(["secret"]));
    alone && name(node).is_some()
}

fn holds_reference(node: &Node) -> bool {
    let holds = |node: &Node| is_reference(node) || holds_reference(node);
    match &node.value {
        Value::Table(table) => table.0.iter().any(|(_, node)| holds(node)),
        Value::List(list) => list.iter().any(holds),
        _ => false,
    }
}

/// The name of the secret that a property's value refers to.
pub(super) fn name(node: &Node) -> Option<&str> {
    match &reference(node)?.value {
        Value::Text(name) if is_name(name) => Some(name),
        _ => None,
    }
}

/// A name is a file's and a variable's: it leads nowhere else.
pub(crate) fn is_name(name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !name.is_empty() && name.len() <= NAME_MAX && !name.starts_with('-') && name.chars().all(is_part)
}

/// The secrets that a merged manifest's properties refer to.
pub(super) fn secrets(table: &Table) -> BTreeMap<String, Secret> {
    let secret = |(key, node): &(String, Node)| {
        let name = name(node)?.to_owned();
        Some((key.clone(), Secret { name, place: node.place.clone(), value: None }))
    };
    properties(table).iter().filter_map(secret).collect()
}

impl Manifest {
    /// The properties as the guest sees them.
    pub(crate) fn revealed(&self) -> BTreeMap<String, String> {
        let mut properties = self.properties.clone();
        for (key, secret) in &self.secrets {
            properties.insert(key.clone(), secret.value.as_deref().unwrap_or_default().to_owned());
        }
        properties
    }

    /// Hides the secrets in what the guest says.
    pub(crate) fn mask(&self) -> Mask {
        Mask::of(self.secrets.values().filter_map(|secret| secret.value.as_deref()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_nowhere_else() {
        for name in ["crm-token", "a", "k8s", "2nd"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", "../x", "/etc/passwd", "a/b", "A", "a_b", "-a", "a.b", "a\0", &"a".repeat(65)] {
            assert!(!is_name(name), "{name}");
        }
    }

    #[test]
    fn a_secret_is_another_where_its_value_is_and_shows_none() {
        let secret = |value: &str, line| {
            let place = Place { file: None, line: Some(line) };
            Secret { name: "s".into(), place, value: Some(value.into()) }
        };
        assert_eq!(secret("one", 1), secret("one", 2));
        assert_ne!(secret("one", 1), secret("two", 1));
        assert!(!format!("{:?}", secret("one", 1)).contains("one"));
    }
}
