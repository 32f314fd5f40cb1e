use tenterhook_sdk::prelude::*;

#[hook(on = "cloud.pre_create", priority = 1)]
fn nothing() -> Verdict {
    accept()
}

mod waits {
    use super::*;

    #[hook(on = "cloud.pre_create", priority = 1)]
    async fn waits(_: Event) -> Verdict {
        accept()
    }
}

fn main() {}
