//! Keeps taking memory until there is none.

use tenterhook_sdk::prelude::*;

#[hook(on = "cloud.*", priority = 0)]
fn hoard(_: Event<RawJson>) -> Verdict {
    let mut hoard: Vec<Vec<u8>> = Vec::new();
    loop {
        hoard.push(std::hint::black_box(vec![1; 1 << 20]));
    }
}
