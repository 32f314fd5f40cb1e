//! The `[grants]` of a hook: what its operator lets it reach beside what every hook may. A component's `[wants]` are
//! the same words, and get it nothing.

use crate::problem::Problem;
use crate::written::{Node, Table, Value};
use serde::{Deserialize, Serialize};

/// What may be granted.
pub(super) const KEYS: [&str; 1] = ["keyvalue"];

/// What a hook may reach beside what every hook may.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct Grants {
    /// State of its own, kept between events: `wasi:keyvalue`.
    pub keyvalue: bool,
}

/// The grants of a merged manifest; a want that is neither granted nor denied is a warning.
pub(super) fn grants(table: &Table, problems: &mut Vec<Problem>) -> Grants {
    let keyvalue = flag(table, "grants", "keyvalue", problems);
    let wanted = flag(table, "wants", "keyvalue", problems);
    if let (Some((true, node)), None) = (wanted, keyvalue) {
        let problem = Problem::warning(node.place.clone(), "it wants keyvalue, and is not granted it");
        problems.push(problem.hint("put keyvalue = true under [grants], or keyvalue = false"));
    }
    Grants { keyvalue: keyvalue.is_some_and(|(granted, _)| granted) }
}

/// A grant that is given or not. One that cannot be understood is none.
fn flag<'a>(table: &'a Table, of: &str, key: &str, problems: &mut Vec<Problem>) -> Option<(bool, &'a Node)> {
    let Some(Node { value: Value::Table(grants), .. }) = table.get(of) else { return None };
    let node = grants.get(key)?;
    Some((node.boolean(&format!("{of}.{key}"), problems).unwrap_or(false), node))
}
