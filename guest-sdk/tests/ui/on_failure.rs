use tenterhook_sdk::prelude::*;

#[hook(on = "cloud.post_create", priority = 1, on_failure = "veto")]
fn told(_: Event) -> Verdict {
    accept()
}

fn main() {}
