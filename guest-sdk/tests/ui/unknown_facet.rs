use tenterhook_sdk::prelude::*;

#[hook(on = "cloud.pre_create", table = "Account", priority = 1)]
fn table(_: Event) -> Verdict {
    accept()
}

mod near {
    use super::*;

    #[hook(on = "cloud.pre_create", optoin = "SERVER", priority = 1)]
    fn near(_: Event) -> Verdict {
        accept()
    }
}

mod none {
    use super::*;

    #[hook(on = "billing.clients.create", option = "ANY", priority = 1)]
    fn none(_: Event) -> Verdict {
        accept()
    }
}

fn main() {}
