//! Counts its events in its state, and replaces the data of an asked one by the count; or fails after counting, where
//! the data says so.

use tenterhook_sdk::prelude::*;

#[hook(on = "cloud.*", priority = 0)]
fn tally(event: Event) -> Result<Verdict> {
    let count = state::increment("events", 1)?;
    match event.data.as_str() {
        Some("fail") => return Err("as told".into()),
        Some("panic") => panic!("as told"),
        _ => log::info!("{count}"),
    }
    Ok(if event.mode == Mode::Ask && event.name == "cloud.pre_create" { replace(count) } else { accept() })
}
