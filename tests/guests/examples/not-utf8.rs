//! Answers bytes that are no UTF-8.

use tenterhook_guests::{Event, Verdict, raw};

#[allow(unsafe_code, reason = "the language would not let it")]
fn not_utf8(_: Event) -> Result<Verdict, String> {
    Ok(Verdict::Replace(unsafe { String::from_utf8_unchecked(vec![b'"', 0xff, b'"']) }))
}

raw!(not_utf8);
