use tenterhook_sdk::prelude::*;

#[hook(on = "cloud.pre_create", priority = 1)]
fn flag(_: Event) -> bool {
    true
}

fn main() {}
