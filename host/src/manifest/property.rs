//! The `[properties]` of a hook that is no component: its class says which there are.

use crate::problem::Problem;
use crate::written::{Node, Table, Value};

/// The properties that a hook is given.
pub(super) fn properties(table: &Table) -> &[(String, Node)] {
    match table.get("properties").map(|node| &node.value) {
        Some(Value::Table(properties)) => &properties.0,
        _ => &[],
    }
}

/// What to say of a property that there is not, of a hook that is `what`.
pub(super) fn unknown(what: &str, key: &str, node: &Node, known: &[&str]) -> Problem {
    let problem = Problem::error(node.place.clone(), format!("{what} has no property {key:?}"));
    let problem = problem.did_you_mean(key, known.iter().copied());
    problem.or_hint(|| format!("it has {}", known.join(", ")))
}
