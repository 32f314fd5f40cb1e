//! Sleeps for the property `ms` milliseconds, then accepts; logs when it begins and ends.

use std::time::Duration;
use tenterhook_sdk::prelude::*;

#[hook(on = "cloud.*", priority = 0, properties(ms = 3_600_000))]
fn sleep(_: Event<RawJson>) -> Result<Verdict> {
    log::info!("begin {}", clock::unix_ms());
    std::thread::sleep(Duration::from_millis(property_or("ms", 0)?));
    log::info!("end {}", clock::unix_ms());
    Ok(accept())
}
