//! Replaces the data by `levels` levels of arrays.

use tenterhook_guests::{Event, Verdict, property, raw};

fn deep(_: Event) -> Result<Verdict, String> {
    let levels = property("levels").parse().map_err(|error| format!("levels: {error}"))?;
    let nested = "[".repeat(levels) + &"]".repeat(levels);
    if property("as") == "amend" {
        return Ok(Verdict::Amend(format!("{{\"a\":{nested}}}")));
    }
    Ok(Verdict::Replace(nested))
}

raw!(deep);
