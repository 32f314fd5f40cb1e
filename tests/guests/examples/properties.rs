//! Replaces the data by its properties, each as the text that the host hands over.

use tenterhook_guests::{Event, Verdict, raw};
use tenterhook_sdk::bindings::wasi::config::store;

fn properties(_: Event) -> Result<Verdict, String> {
    let all = store::get_all().map_err(|error| format!("{error:?}"))?;
    let missing = store::get("not set").map_err(|error| format!("{error:?}"))?;
    if missing.is_some() {
        return Err("a property that is not set has a value".into());
    }
    Ok(Verdict::Replace(serde_json::json!(all).to_string()))
}

raw!(properties);
