//! Counts its events in its state, all of them and each by its id, and then does what `falter` does: says that it was
//! given the event, and fails up to the attempt that the data names.

use tenterhook_sdk::prelude::*;

#[hook(on = "cloud.*", priority = 0)]
fn reckon(event: Event) -> Result<Verdict> {
    log::info!("given {} {}", event.id, event.attempt);
    state::increment("events", 1)?;
    state::increment(&event.id, 1)?;
    let falter = event.data["falter"].as_u64().unwrap_or_default();
    if u64::from(event.attempt) <= falter { Err("not yet".into()) } else { Ok(accept()) }
}
