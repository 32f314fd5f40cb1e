//! `config`: the hook's properties.

use crate::json;
use crate::realm::global;
use boa_engine::object::IntegrityLevel;
use boa_engine::{Context, JsResult};

/// Sets the properties, a JSON object, before the script's top level runs.
pub(crate) fn set(json: &str, context: &mut Context) -> JsResult<()> {
    let config = json::parse(json, context)?;
    if let Some(object) = config.as_object() {
        object.set_integrity_level(IntegrityLevel::Frozen, context)?;
    }
    global("config", config, context)
}
