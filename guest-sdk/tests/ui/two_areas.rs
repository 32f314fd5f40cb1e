use tenterhook_sdk::prelude::*;

#[hook(on = ["cloud.pre_create", "billing.clients.create"], priority = 1)]
fn two(_: Event) -> Verdict {
    accept()
}

fn main() {}
