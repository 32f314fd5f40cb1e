use tenterhook_sdk::prelude::*;

#[hooks(priority = 1)]
mod quota {
    use super::*;

    #[on("cloud.pre_create", option = ["SERVER", "DISK"])]
    fn first(_: Event) -> Verdict {
        accept()
    }

    #[on(["cloud.pre_modify", "cloud.pre_create"], option = ["NIC", "DISK"])]
    fn second(_: Event) -> Verdict {
        accept()
    }

    #[on("cloud.*", option = "ANY")]
    fn third(_: Event) -> Verdict {
        accept()
    }
}

fn main() {}
