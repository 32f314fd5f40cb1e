//! Accepts everything.

use tenterhook_sdk::prelude::*;

#[hook(on = "cloud.*", priority = 0)]
fn accept_all(_: Event<RawJson>) -> Verdict {
    accept()
}
