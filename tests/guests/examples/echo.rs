//! Replaces the data by the text that it was given.

use tenterhook_guests::{Event, Verdict, raw};

fn echo(event: Event) -> Result<Verdict, String> {
    Ok(Verdict::Replace(event.data))
}

raw!(echo);
