use tenterhook_sdk::prelude::*;

#[hook(on = "cloud.pre_create", option = ["DISK", "SERVR"], priority = 1)]
fn near(_: Event) -> Verdict {
    accept()
}

mod listed {
    use super::*;

    #[hook(on = "cloud.post_payment", option = "REFUNDED", priority = 1)]
    fn listed(_: Event) -> Verdict {
        accept()
    }
}

mod optionless {
    use super::*;

    #[hook(on = "cloud.pre_payment", option = "EUR", priority = 1)]
    fn optionless(_: Event) -> Verdict {
        accept()
    }
}

mod any {
    use super::*;

    #[hook(on = "cloud.pre_create", option = ["ANY", "DISK"], priority = 1)]
    fn any(_: Event) -> Verdict {
        accept()
    }
}

fn main() {}
