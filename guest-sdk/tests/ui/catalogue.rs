use tenterhook_sdk::prelude::*;

#[hook(on = "shop.pre_order", priority = 1, catalogue = "nowhere.toml")]
fn order(_: Event) -> Verdict {
    accept()
}

fn main() {}
