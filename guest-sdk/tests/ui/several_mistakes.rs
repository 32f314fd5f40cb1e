use tenterhook_sdk::prelude::*;

#[hook(
    on = ["cloud.pre_creat", "cloud.pre_delete"],
    option = "SERVR",
    priority = "high",
    on_failure = "panic",
    nmae = 3,
)]
fn arguments(_: Event) -> Verdict {
    accept()
}

mod events {
    use super::*;

    #[hook(on = ["cloud.pre_creat", "cloud.pre_delete"], option = "SERVR", priority = 1, on_failure = "panic")]
    fn events(_: Event) -> Verdict {
        accept()
    }
}

fn main() {}
