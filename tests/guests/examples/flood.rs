//! Logs and prints far more than is allowed, and sends a terminal escape sequence.

#![allow(clippy::print_stdout, reason = "this is what it is there for")]

use tenterhook_sdk::prelude::*;

#[hook(on = "cloud.*", priority = 0)]
fn flood(_: Event<RawJson>) -> Verdict {
    log::warn!("\x1b]0;owned\x07 \u{202e}desrever\nforged: line");
    for _ in 0..1000 {
        log::info!("{}", "x".repeat(1000));
    }
    for _ in 0..65 {
        println!("{}", "y".repeat(100_000));
    }
    accept()
}
