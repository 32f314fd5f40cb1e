//! Replaces the data by the property `data`, whatever its text is.

use tenterhook_guests::{Event, Verdict, property, raw};

fn replace(_: Event) -> Result<Verdict, String> {
    Ok(Verdict::Replace(property("data")))
}

raw!(replace);
