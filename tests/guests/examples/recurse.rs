//! Calls itself without end.

use tenterhook_guests::{Event, Verdict, raw};

fn recurse(_: Event) -> Result<Verdict, String> {
    Err(deeper(1).to_string())
}

#[inline(never)]
fn deeper(depth: u64) -> u64 {
    let next = std::hint::black_box(depth + 1);
    if next == 0 { 0 } else { std::hint::black_box(deeper(next)) ^ depth }
}

raw!(recurse);
