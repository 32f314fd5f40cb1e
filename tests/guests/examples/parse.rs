//! Parses the data into a tree of its own, and answers how many values are in it.

use tenterhook_sdk::prelude::*;
use tenterhook_sdk::serde_json::Value;

#[hook(on = "cloud.*", priority = 0)]
fn parse(event: Event) -> Verdict {
    replace(json!({ "values": count(&event.data) }))
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(members) => members.values().map(count).sum(),
        _ => 0,
    }
}
