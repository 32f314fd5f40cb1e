//! Notes what it is told in one short line: the event's name without its area, its facets, its subject and data
//! that is not empty.

use tenterhook_guests::{Event, Verdict, raw};
use tenterhook_sdk::log;

fn note(event: Event) -> Result<Verdict, String> {
    let areas = ["charging.api.", "charging.engine.", "billing.", "cloud."];
    let mut line =
        areas.iter().find_map(|area| event.name.strip_prefix(area)).unwrap_or(&event.name).to_owned();
    let facets = event.facets.iter().map(|(_, value)| value).filter(|value| *value != "ANY");
    for word in facets.chain(&event.subject) {
        line = line + " " + word;
    }
    if event.data != "{}" {
        line = line + " " + &event.data;
    }
    log::info!("{line}");
    Ok(Verdict::Accept)
}

raw!(note);
