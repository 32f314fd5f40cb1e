use tenterhook_sdk::prelude::*;

#[hook(on = [], priority = 1)]
fn no_events(_: Event) -> Verdict {
    accept()
}

mod number {
    use super::*;

    #[hook(on = 3, priority = 1)]
    fn number(_: Event) -> Verdict {
        accept()
    }
}

mod twice {
    use super::*;

    #[hook(on = "cloud.pre_create", priority = 1, priority = 2)]
    fn twice(_: Event) -> Verdict {
        accept()
    }
}

mod wide {
    use super::*;

    #[hook(on = "cloud.pre_create", priority = 3_000_000_000)]
    fn wide(_: Event) -> Verdict {
        accept()
    }
}

mod title {
    use super::*;

    #[hook(on = "cloud.pre_create", priority = 1, name = 7)]
    fn title(_: Event) -> Verdict {
        accept()
    }
}

mod property {
    use super::*;

    #[hook(on = "cloud.pre_create", priority = 1, properties(max = 2 + 2))]
    fn property(_: Event) -> Verdict {
        accept()
    }
}

mod properties {
    use super::*;

    #[hook(on = "cloud.pre_create", priority = 1, properties = "max")]
    fn properties(_: Event) -> Verdict {
        accept()
    }
}

#[hooks(priority = 1, on = "cloud.pre_create")]
mod misplaced {
    use super::*;

    #[on("cloud.pre_create")]
    fn handler(_: Event) -> Verdict {
        accept()
    }
}

fn main() {}
