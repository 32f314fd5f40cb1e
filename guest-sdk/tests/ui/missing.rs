use tenterhook_sdk::prelude::*;

#[hook]
fn nothing(_: Event) -> Verdict {
    accept()
}

#[hooks]
mod no_handlers {}

fn main() {}
