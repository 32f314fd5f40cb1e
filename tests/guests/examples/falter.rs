//! Logs the event's id and the attempt, and fails up to the attempt that the member `falter` of the data names, where
//! the property `falters` is `yes`.

use tenterhook_guests::{Event, Verdict, property, raw};
use tenterhook_sdk::log;

fn falter(event: Event) -> Result<Verdict, String> {
    log::info!("given {} {}", event.id, event.attempt);
    let data: serde_json::Value = serde_json::from_str(&event.data).map_err(|error| error.to_string())?;
    let last = data["falter"].as_u64().filter(|_| property("falters") == "yes").unwrap_or_default();
    if u64::from(event.attempt) <= last { Err("not yet".into()) } else { Ok(Verdict::Accept) }
}

raw!(falter);
