use tenterhook_sdk::prelude::*;

#[hook(on = "cloud.pre_create", priority = 1)]
fn first(_: Event) -> Verdict {
    accept()
}

#[hook(on = "cloud.pre_delete", priority = 1)]
fn second(_: Event) -> Verdict {
    accept()
}

fn main() {}
