//! Leaves by `exit`.

#![allow(clippy::exit, reason = "this is what it is there for")]

use tenterhook_sdk::prelude::*;

#[hook(on = "cloud.*", priority = 0)]
fn leave(_: Event<RawJson>) -> Verdict {
    std::process::exit(3)
}
