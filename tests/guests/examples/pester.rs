//! Asks the host for the same thing `times` times: a property, a log line, the time, a clock to wait for.

use std::hint::black_box;
use tenterhook_guests::{Event, Verdict, property, raw};
use tenterhook_sdk::bindings::wasi::clocks::monotonic_clock;
use tenterhook_sdk::log;

fn pester(_: Event) -> Result<Verdict, String> {
    let times: u64 = property("times").parse().map_err(|error| format!("times: {error}"))?;
    let what = property("what");
    for n in 0..times {
        match what.as_str() {
            "property" => _ = black_box(property("what")),
            "log" => log::info!("{n}"),
            "time" => _ = black_box(monotonic_clock::now()),
            // Never given back.
            "leak" => std::mem::forget(monotonic_clock::subscribe_duration(1)),
            // Given back at once.
            _ => drop(monotonic_clock::subscribe_duration(1)),
        }
    }
    Ok(Verdict::Accept)
}

raw!(pester);
