//! Says the property `text` wherever it can: in the log, on both streams, in several shapes, and with its last breath.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this is what it is there for")]

use tenterhook_sdk::prelude::*;

#[hook(on = "cloud.*", priority = 0, properties(text = ""))]
fn say(_: Event<RawJson>) -> Result<Verdict> {
    let text = property_or("text", String::new())?;
    log::info!("log {text}");
    log::info!("debug {text:?}");
    println!("out {text}");
    let json = json!([text]).to_string();
    println!("json {}", json.trim_matches(['[', ']', '"']));
    eprint!("err {text}");
    panic!("last {text}")
}
