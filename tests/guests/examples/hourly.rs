//! Counts the hours in its state, by schedules of its own.

use tenterhook_sdk::prelude::*;

#[hook(
    on = "cloud.scheduled",
    priority = 0,
    schedule(every = "1h", name = "hourly"),
    schedule(cron = "0 13 * * *", timezone = "Europe/Berlin"),
    wants(keyvalue = true)
)]
fn hourly(event: Event) -> Result<Verdict> {
    let schedule = event.subject.unwrap_or_default();
    log::info!("{schedule}: {}", state::increment(&schedule, 1)?);
    Ok(accept())
}
