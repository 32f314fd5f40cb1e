//! Properties whose value stands elsewhere: `max = { secret = "crm-token" }`.
//!
//! The reference is the operator's alone, and what is shown of a hook. The value is for the guest; where a guest
//! repeats it in words, it is masked.

use super::Manifest;
use crate::log::{LogLine, LogSink, harmless};
use crate::problem::{Place, Problem};
use crate::written::{Node, Table, Value};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

const MASK: &str = "***";
const NAME_MAX: usize = 64;

/// What a property refers to.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    /// The secret's name.
    pub name: String,
    pub(crate) place: Place,
    /// Its value, once it is read.
    pub(crate) value: Option<Arc<str>>,
}

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

fn references(table: &Table) -> impl Iterator<Item = (&String, &Node, &Node)> {
    let properties = match table.get("properties").map(|node| &node.value) {
        Some(Value::Table(properties)) => properties.0.as_slice(),
        _ => &[],
    };
    properties.iter().filter_map(|(key, node)| Some((key, node, reference(node)?)))
}

/// A component refers to no secret.
pub(super) fn refuse(table: &Table, problems: &mut Vec<Problem>) {
    for (key, node, _) in references(table) {
        let message = format!("the property {key:?} refers to a secret");
        problems.push(Problem::error(node.place.clone(), message).hint("only the operator's TOML may"));
    }
}

/// Says what is wrong with an operator's references.
pub(super) fn check(table: &Table, problems: &mut Vec<Problem>) {
    for (key, node, name) in references(table) {
        let alone = matches!(&node.value, Value::Table(table) if table.keys().eq(["secret"]));
        let fits = matches!(&name.value, Value::Text(name) if is_name(name));
        if !alone || !fits {
            let message = format!("the property {key:?} = {} refers to no secret", node.json());
            let hint = "write it as { secret = \"crm-token\" }: lower-case letters, digits and dashes";
            problems.push(Problem::error(node.place.clone(), message).hint(hint));
        }
    }
}

/// A name is a file's and a variable's: it leads nowhere else.
fn is_name(name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    name.len() <= NAME_MAX && name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(is_part)
}

/// The secrets that a merged manifest's properties refer to.
pub(super) fn secrets(table: &Table) -> BTreeMap<String, Secret> {
    let secret = |(key, node, name): (&String, &Node, &Node)| match &name.value {
        Value::Text(name) if is_name(name) => {
            let secret = Secret { name: name.clone(), place: node.place.clone(), value: None };
            Some((key.clone(), secret))
        }
        _ => None,
    };
    references(table).filter_map(secret).collect()
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

    /// What the guest says, without its secrets.
    pub(crate) fn discreet(&self, text: String) -> String {
        mask(&self.secrets, text)
    }

    /// A log that the guest's secrets do not get into.
    pub(crate) fn discreet_log(&self, log: &LogSink) -> LogSink {
        if self.secrets.is_empty() {
            return Arc::clone(log);
        }
        let (secrets, log) = (self.secrets.clone(), Arc::clone(log));
        Arc::new(move |line: LogLine| {
            let (context, message) = (mask(&secrets, line.context), mask(&secrets, line.message));
            log(LogLine { context, message, ..line });
        })
    }
}

fn mask(secrets: &BTreeMap<String, Secret>, mut text: String) -> String {
    let values = secrets.values().filter_map(|secret| secret.value.as_deref());
    for value in values.filter(|value| !value.is_empty()) {
        // As it is, and as it stands in a line of the log.
        for value in [value, &harmless(value, usize::MAX)] {
            if text.contains(value) {
                text = text.replace(value, MASK);
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_nowhere_else() {
        for name in ["crm-token", "a", "k8s"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", "../x", "/etc/passwd", "a/b", "A", "a_b", "-a", "a.b", "a\0", &"a".repeat(65)] {
            assert!(!is_name(name), "{name}");
        }
    }

    #[test]
    fn what_is_masked_is_masked_in_every_shape() {
        let secret =
            |value: &str| Secret { name: "s".into(), place: Place::default(), value: Some(value.into()) };
        let secrets = BTreeMap::from([("a".to_owned(), secret("ge\theim")), ("b".to_owned(), secret(""))]);
        assert_eq!(mask(&secrets, "x ge\theim ge\\theim".into()), "x *** ***");
        assert!(!format!("{secrets:?}").contains("heim"));
    }
}
