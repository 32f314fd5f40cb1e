//! The properties of a script: the program, its arguments, and how it gets the event.

use super::Manifest;
use super::property::{properties, unknown};
use crate::limits::{KIB, MIB};
use crate::problem::{Place, Problem};
use crate::written::{Node, Table, Value};

const PROPERTIES: [&str; 3] = ["path", "arguments", "format"];
const FORMATS: [&str; 2] = ["cloudevents", "jerasoft"];
const ARGUMENTS_MAX: usize = 256;
/// Bytes of the path and of all arguments.
const TEXT_BYTES_MAX: usize = 32 * KIB;
/// The least memory that a program can start with.
const MEMORY_MIN: usize = 12 * MIB;
/// What begins the names of the host's own variables, secrets among them.
const OWN: &str = "TENTERHOOK_";

/// What a script hook runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Script {
    pub(crate) path: String,
    pub(crate) arguments: Vec<String>,
    /// JeraSoft's envelope, and not a CloudEvent.
    pub(crate) jerasoft: bool,
}

impl Manifest {
    /// What it runs, of a script.
    pub(crate) fn script(&self) -> Script {
        let property = |name: &str| self.properties.get(name).map(String::as_str);
        let arguments = property("arguments").and_then(|json| serde_json::from_str(json).ok());
        Script {
            path: property("path").unwrap_or_default().to_owned(),
            arguments: arguments.unwrap_or_default(),
            jerasoft: property("format").map_or(self.area == "billing", |format| format == "jerasoft"),
        }
    }
}

/// Says what is wrong with a script's properties and limits.
pub(super) fn check(table: &Table, place: &Place, manifest: &Manifest, problems: &mut Vec<Problem>) {
    let properties = properties(table);
    let property = |name: &str| properties.iter().find(|(key, _)| key == name).map(|(_, node)| node);
    let others = properties.iter().filter(|(key, _)| !PROPERTIES.contains(&key.as_str()));
    problems.extend(others.map(|(key, node)| unknown("a script", key, node, &PROPERTIES)));
    match property("path") {
        Some(node) => drop(fitting(node, "properties.path", problems)),
        None => {
            let message = "the property \"path\" is missing".to_owned();
            let hint = "name the program, as in path = \"/opt/hooks/quota.sh\" under [properties]";
            problems.push(Problem::error(place.clone(), message).hint(hint));
        }
    }
    let arguments = property("arguments").map(|node| arguments(node, problems)).unwrap_or_default();
    if manifest.script().path.len() + arguments > TEXT_BYTES_MAX {
        let message = format!("the path and the arguments have more than {} KiB", TEXT_BYTES_MAX / KIB);
        problems.push(Problem::error(place.clone(), message));
    }
    if let Some(node) = property("format")
        && let Some(text) = node.text("properties.format", problems)
        && !FORMATS.contains(&text)
    {
        let message = format!("a script knows no format {text:?}");
        let problem = Problem::error(node.place.clone(), message).did_you_mean(text, FORMATS);
        problems.push(problem.or_hint(|| format!("it is one of {}", FORMATS.join(", "))));
    }
    if manifest.limits.memory_bytes < MEMORY_MIN {
        let place = match table.get("limits").map(|node| &node.value) {
            Some(Value::Table(limits)) => limits.get("memory").map_or(place, |node| &node.place),
            _ => place,
        };
        let message =
            format!("limits.memory = {} bytes is too little for a script", manifest.limits.memory_bytes);
        let hint = format!("a program takes {} MiB to start in", MEMORY_MIN / MIB);
        problems.push(Problem::error(place.clone(), message).hint(hint));
    }
}

/// A text that a program can be handed.
fn fitting<'n>(node: &'n Node, name: &str, problems: &mut Vec<Problem>) -> Option<&'n str> {
    let text = node.text(name, problems)?;
    if text.contains('\0') {
        problems.push(Problem::error(node.place.clone(), format!("{name} = {text:?} holds a zero byte")));
        return None;
    }
    Some(text)
}

/// Checks the arguments; how many bytes they have.
fn arguments(node: &Node, problems: &mut Vec<Problem>) -> usize {
    let Some(list) = node.list("properties.arguments", problems) else { return 0 };
    if list.len() > ARGUMENTS_MAX {
        let message = format!("{} arguments are more than {ARGUMENTS_MAX}", list.len());
        problems.push(Problem::error(node.place.clone(), message));
    }
    let texts = list.iter().filter_map(|node| fitting(node, "properties.arguments", problems));
    texts.map(str::len).sum()
}

/// The variables of the host's environment that a script is granted.
pub(super) fn environment(table: &Table, problems: &mut Vec<Problem>) -> Vec<String> {
    let Some(Node { value: Value::Table(grants), .. }) = table.get("grants") else { return Vec::new() };
    let Some(node) = grants.get("environment") else { return Vec::new() };
    let list = node.list("grants.environment", problems).unwrap_or_default();
    list.iter().filter_map(|node| variable(node, problems)).collect()
}

fn variable(node: &Node, problems: &mut Vec<Problem>) -> Option<String> {
    let name = node.text("grants.environment", problems)?;
    let first = name.bytes().next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
    let (message, hint) = if name.to_ascii_uppercase().starts_with(OWN) {
        (
            format!("grants.environment: {name:?} is the host's own"),
            "secrets and settings are never handed on",
        )
    } else if !first || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        (
            format!("grants.environment: {name:?} is no variable"),
            "name each by itself, as in [\"LANG\", \"TZ\"]",
        )
    } else {
        return Some(name.to_owned());
    };
    problems.push(Problem::error(node.place.clone(), message).hint(hint));
    None
}
