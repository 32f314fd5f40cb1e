//! Replaces the data by the environment and the arguments that it finds.

use tenterhook_sdk::prelude::*;

#[hook(on = "cloud.*", priority = 0)]
fn environment(_: Event<RawJson>) -> Verdict {
    let variables: Vec<String> = std::env::vars().map(|(name, _)| name).collect();
    let arguments: Vec<String> = std::env::args().collect();
    replace(json!([variables, arguments]))
}
