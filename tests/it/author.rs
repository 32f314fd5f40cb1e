//! What the author of a hook has: cases, measurements, a look into a component, and where it failed.

mod bench;
mod inspect;
mod place;
mod test;

use crate::command::tenterhook;
use std::fs;
use tenterhook_tests::{Run, guest};

/// What the operator says of a hook that is tried on a busy machine.
const UNHURRIED: &str = "[limits]\ndeadline = \"20s\"\n";

/// A command line in a folder with the component of a test guest, `hook.wasm`.
fn with_guest<const N: usize>(args: [&str; N], name: &str) -> Run<'static> {
    let component = fs::read(guest(name)).unwrap();
    tenterhook(args).file("hook.wasm", component).file("hook.toml", format!("priority = 1\n{UNHURRIED}"))
}

/// An event as a case has it.
fn event(data: &str) -> String {
    format!(
        r#"{{"specversion":"1.0","id":"1","type":"cloud.pre_create","source":"t","time":"2026-01-31T12:00:00Z","option":"SERVER","data":{data}}}"#
    )
}

/// A case with this outcome, or none yet.
fn case(data: &str, outcome: &str) -> String {
    let outcome = if outcome.is_empty() { String::new() } else { format!(",\n  \"outcome\": {outcome}") };
    format!("{{\n  \"event\": {}{outcome}\n}}\n", event(data))
}
