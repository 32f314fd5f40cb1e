//! Logs at every level, and prints to both streams.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this is what it is there for")]

use tenterhook_sdk::prelude::*;

#[hook(on = "cloud.*", priority = 0)]
fn say(_: Event<RawJson>) -> Verdict {
    log::trace!("one");
    log::debug!("two");
    log::info!("three");
    log::warn!("four");
    log::error!("five");
    println!("six\nseven");
    eprint!("eight");
    accept()
}
