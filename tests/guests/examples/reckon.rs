//! Says that it was given the event, counts it in its state, among all and by its id, takes a moment in which it may be
//! killed, and fails up to the attempt that the data names.

use tenterhook_sdk::prelude::*;

#[hook(on = "cloud.*", priority = 0)]
fn reckon(event: Event) -> Result<Verdict> {
    log::info!("given {} {}", event.id, event.attempt);
    state::increment("events", 1)?;
    state::increment(&event.id, 1)?;
    for step in 0..1_000_000 {
        std::hint::black_box(step);
    }
    let falter = event.data["falter"].as_u64().unwrap_or_default();
    if u64::from(event.attempt) <= falter { Err("not yet".into()) } else { Ok(accept()) }
}
