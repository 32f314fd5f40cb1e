//! Never answers, always busy.

use tenterhook_guests::{Event, Verdict, raw};

fn spin(event: Event) -> Result<Verdict, String> {
    let mut n = event.attempt;
    loop {
        n = std::hint::black_box(n.wrapping_add(1));
    }
}

raw!(spin);
