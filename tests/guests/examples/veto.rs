//! Refuses everything, with the properties `code` and `reason`.

use tenterhook_sdk::prelude::*;

#[hook(on = "cloud.*", priority = 0, properties(code = "no", reason = "not today"))]
fn refuse(_: Event<RawJson>) -> Result<Verdict> {
    Ok(veto(property_or("code", String::new())?, property_or("reason", String::new())?))
}
