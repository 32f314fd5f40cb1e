//! Fails with the property `text`.

use tenterhook_guests::{Event, Verdict, property, raw};

fn fail(_: Event) -> Result<Verdict, String> {
    Err(property("text"))
}

raw!(fail);
