//! Answers `bytes` bytes: as the reason of a veto, a patch, new data or an error text, by the property `as`.

use tenterhook_guests::{Event, Verdict, Veto, property, raw};

fn babble(_: Event) -> Result<Verdict, String> {
    let bytes = property("bytes").parse().map_err(|error| format!("bytes: {error}"))?;
    let text = "x".repeat(bytes);
    match property("as").as_str() {
        "veto" => Ok(Verdict::Veto(Veto { code: String::new(), reason: text })),
        "amend" => Ok(Verdict::Amend(format!("{{\"x\":\"{text}\"}}"))),
        "replace" => Ok(Verdict::Replace(format!("\"{text}\""))),
        _ => Err(text),
    }
}

raw!(babble);
