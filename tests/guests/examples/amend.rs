//! Amends by the property `patch`, whatever its text is.

use tenterhook_guests::{Event, Verdict, property, raw};

fn amend(_: Event) -> Result<Verdict, String> {
    Ok(Verdict::Amend(property("patch")))
}

raw!(amend);
