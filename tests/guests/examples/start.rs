//! Is told when it starts; fails there if its property `fail` says so. Counts what it saw in the log.

use tenterhook_guests::{Event, Verdict, property, raw};
use tenterhook_sdk::log;

fn start(event: Event) -> Result<Verdict, String> {
    log::info!("{} {:?}", event.name, event.mode);
    if event.name.ends_with("initialisation") && property("fail") == "true" {
        return Err("nothing to start with".into());
    }
    Ok(Verdict::Accept)
}

raw!(start);
