//! Logs the whole record that it is given, as one JSON text, and replaces the data by that text where it is asked.

use tenterhook_guests::{Event, Verdict, raw};
use tenterhook_sdk::bindings::tenterhook::hook::types::Mode;
use tenterhook_sdk::log;

fn record(event: Event) -> Result<Verdict, String> {
    let text = serde_json::json!({
        "id": event.id,
        "name": event.name,
        "mode": format!("{:?}", event.mode),
        "time": event.time,
        "source": event.source,
        "subject": event.subject,
        "facets": event.facets,
        "attributes": event.attributes,
        "attempt": event.attempt,
        "data": event.data,
    })
    .to_string();
    log::info!("{text}");
    Ok(match event.mode {
        Mode::Ask => Verdict::Replace(text),
        Mode::Tell => Verdict::Accept,
    })
}

raw!(record);
