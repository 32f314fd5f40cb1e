use tenterhook_sdk::prelude::*;

#[hook(on = "cloud.pre_creat", priority = 1)]
fn near(_: Event) -> Verdict {
    accept()
}

mod native {
    use super::*;

    #[hook(on = "PRE_CREATE", priority = 1)]
    fn native(_: Event) -> Verdict {
        accept()
    }
}

mod area {
    use super::*;

    #[hook(on = "clouds.*", priority = 1)]
    fn area(_: Event) -> Verdict {
        accept()
    }
}

mod far {
    use super::*;

    #[hook(on = "weather.rain", priority = 1)]
    fn far(_: Event) -> Verdict {
        accept()
    }
}

fn main() {}
