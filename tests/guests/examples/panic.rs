//! Panics.

use tenterhook_sdk::prelude::*;

#[hook(on = "cloud.*", priority = 0)]
fn panics(event: Event<RawJson>) -> Verdict {
    panic!("no idea what {} is", event.name)
}
