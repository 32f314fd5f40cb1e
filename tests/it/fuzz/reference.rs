//! RFC 7396 as its section 2 has it, on trees of values: what the host does on texts is compared with it.

use serde_json::{Map, Value};

/// `MergePatch(Target, Patch)`, line by line.
pub(crate) fn merge_patch(target: Value, patch: Value) -> Value {
    let Value::Object(patch) = patch else { return patch };
    let mut merged = match target {
        Value::Object(target) => target,
        _ => Map::new(),
    };
    for (name, value) in patch {
        if value.is_null() {
            merged.remove(&name);
        } else {
            let old = merged.remove(&name).unwrap_or(Value::Null);
            merged.insert(name, merge_patch(old, value));
        }
    }
    Value::Object(merged)
}
