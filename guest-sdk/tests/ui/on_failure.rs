use tenterhook_sdk::prelude::*;

#[hook(on = ["cloud.post_create", "cloud.post_delete"], priority = 1, on_failure = "accept")]
fn told(_: Event) -> Verdict {
    accept()
}

#[hooks(priority = 1, on_failure = "veto")]
mod one_told {
    use super::*;

    #[on("billing.clients.delete")]
    fn told(_: Event) -> Verdict {
        accept()
    }
}

fn main() {}
