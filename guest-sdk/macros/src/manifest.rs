//! What a hook says of itself: one JSON object and a newline, for the section `tenterhook:manifest`.

use serde_json::{Map, Value, json};
use syn::LitStr;

use crate::args::{Hook, On};
use crate::check::Handler;

/// The manifest's text. `name` is the title where the author gave none.
pub(crate) fn manifest(hook: &Hook, name: &str, area: &str, handlers: &[Handler]) -> String {
    let on: Vec<Value> = handlers.iter().flat_map(|handler| entries(&handler.on)).collect();
    let mut manifest = json!({
        "manifest": 1,
        "name": text(hook.name.as_ref()).unwrap_or_else(|| name.replace('_', " ").into()),
        "type": area,
        "priority": hook.priority,
        "on": on,
    });
    let optional = [
        ("description", text(hook.description.as_ref())),
        ("on_failure", text(hook.on_failure.as_ref())),
        ("properties", (!hook.properties.is_empty()).then(|| hook.properties.clone().into())),
    ];
    for (key, value) in optional {
        if let Some(value) = value {
            manifest[key] = value;
        }
    }
    format!("{manifest}\n")
}

/// One entry per event, all with the same filter.
fn entries(on: &On) -> impl Iterator<Item = Value> {
    on.events.iter().map(|event| {
        let mut entry = Map::from_iter([("event".to_owned(), event.value().into())]);
        for facet in &on.facets {
            let values: Vec<String> = facet.values.iter().map(LitStr::value).collect();
            entry.insert(facet.name.to_string(), values.into());
        }
        entry.into()
    })
}

fn text(literal: Option<&LitStr>) -> Option<Value> {
    literal.map(|literal| literal.value().into())
}
