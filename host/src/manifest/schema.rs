//! Which keys may stand where: in a component's own manifest, and in the operator's TOML.

use super::{grant, secret};
use crate::problem::{Place, Problem};
use crate::written::{self, Node, Table, Value};

/// Keys that a component may set for itself, and its operator over it.
const COMMON: [&str; 9] =
    ["name", "description", "type", "priority", "on", "on_failure", "schedule", "properties", "wants"];

/// Keys that are the operator's alone.
const OPERATOR: [&str; 12] = [
    "id",
    "class",
    "component",
    "sha256",
    "status",
    "isolation",
    "limits",
    "grants",
    "tenant",
    "caused",
    "ordered",
    "unset",
];

/// What a hook that cannot load is remembered by.
const REMEMBERED: [&str; 8] =
    ["name", "type", "priority", "on", "on_failure", "schedule", "tenant", "caused"];

/// Reads the manifest that a component carries: one JSON object with `"manifest": 1`.
pub(crate) fn embedded(component: &str, json: &str, problems: &mut Vec<Problem>) -> Table {
    let place = Place::file(format!("{component} (manifest)"));
    let mut objects = serde_json::Deserializer::from_str(json).into_iter::<Value>();
    let first = match objects.next() {
        Some(Ok(first)) => first,
        Some(Err(error)) => {
            problems.push(Problem::error(place, format!("not JSON: {error}")));
            return Table::default();
        }
        None => return Table::default(),
    };
    if let Some(second) = objects.next() {
        let name = |manifest: &Value| match manifest {
            Value::Table(table) => {
                table.get("name").map_or_else(|| "null".into(), |name| name.json().to_string())
            }
            _ => "null".to_owned(),
        };
        let second = second.map_or_else(|error| error.to_string(), |second| name(&second));
        let message = format!("two manifests in one component: {} and {second}", name(&first));
        let hint = "a component is one hook; put the handlers into one #[hooks] mod";
        problems.push(Problem::error(place.clone(), message).hint(hint));
    }
    let mut table = match written::from_json(first, &place) {
        Node { value: Value::Table(table), .. } => table,
        other => {
            let message = format!("the manifest must be an object, not {}", other.kind());
            problems.push(Problem::error(place, message));
            return Table::default();
        }
    };
    match table.remove("manifest").map(|version| version.json()) {
        Some(version) if version == 1 => {}
        Some(version) => {
            let message = format!("manifest version {version} is not understood");
            problems
                .push(Problem::error(place, message).hint("build the component with an SDK for this host"));
        }
        None => problems.push(Problem::error(place, "the manifest names no version (\"manifest\": 1)")),
    }
    embedded_keys(&table, problems);
    grant::known(&table, problems);
    table
}

fn embedded_keys(table: &Table, problems: &mut Vec<Problem>) {
    for (key, node) in &table.0 {
        let place = node.place.clone();
        if OPERATOR.contains(&key.as_str()) {
            let problem = Problem::error(place, format!("{key:?} is not the component's to set"));
            problems.push(problem.hint("only the operator's TOML may"));
        } else if !COMMON.contains(&key.as_str()) {
            problems.push(Problem::warning(place, format!("unknown key {key:?} is passed over")));
        }
    }
    secret::refuse(table, problems);
}

/// Reads an operator's TOML.
pub(crate) fn operator(file: &str, text: &str, problems: &mut Vec<Problem>) -> Table {
    let table = written::from_toml(file, text, problems);
    let known = || COMMON.into_iter().chain(OPERATOR);
    for (key, node) in table.0.iter().filter(|(key, _)| !known().any(|known| known == key)) {
        let problem = Problem::error(node.place.clone(), format!("unknown key {key:?}"));
        problems.push(problem.did_you_mean(key, known()));
    }
    grant::known(&table, problems);
    secret::check(&table, problems);
    table
}

/// What stands in for the manifest of a component that cannot be read: what is remembered of the
/// last one that loaded.
pub(crate) fn last_good(json: &str) -> Table {
    let mut table = kept(json);
    table.0.retain(|(key, _)| REMEMBERED.contains(&key.as_str()));
    table
}

/// The whole manifest of a version that is remembered.
pub(crate) fn kept(json: &str) -> Table {
    let place = Place::file("the last manifest that loaded");
    let json = serde_json::from_str(json).unwrap_or(Value::Null);
    match written::from_json(json, &place).value {
        Value::Table(table) => table,
        _ => Table::default(),
    }
}
