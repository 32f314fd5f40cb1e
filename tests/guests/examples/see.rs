//! Logs all that it is told about an event, one line, and accepts.

use tenterhook_guests::{Event, Verdict, raw};
use tenterhook_sdk::log;

fn see(event: Event) -> Result<Verdict, String> {
    log::info!(
        "{} {} {:?} {} {} {:?} {:?} {:?} {} {}",
        event.id,
        event.name,
        event.mode,
        event.time,
        event.source,
        event.subject,
        event.facets,
        event.attributes,
        event.attempt,
        event.data
    );
    Ok(Verdict::Accept)
}

raw!(see);
