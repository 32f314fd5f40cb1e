//! Where a hook trapped: functions by name, and lines where the component has debug information.

use super::{UNHURRIED, case};
use crate::command::tenterhook;
use std::fs;
use std::path::Path;
use tenterhook_tests::Ended;

const LIB: &str = r#"use tenterhook_sdk::prelude::*;

#[hook(on = "cloud.pre_create", option = "SERVER", priority = 10)]
fn quota(event: Event<u32>) -> Verdict {
    if deepest(event.data) > 3 { veto("no", "no") } else { accept() }
}

#[inline(never)]
fn deepest(number: u32) -> u32 {
    assert!(number < 7, "no such number");
    number
}
"#;

const MANIFEST: &str = r#"[package]
name = "numbers"
version = "0.1.0"
edition = "2024"
[workspace]
[lib]
crate-type = ["cdylib"]
[profile.release]
opt-level = "s"
debug = "line-tables-only"
panic = "abort"
[dependencies]
tenterhook-sdk = { path = "SDK" }
"#;

/// A command line in a crate with names and lines, and with this case.
fn in_crate(args: &[&str], data: &str, outcome: &str) -> Ended {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let sdk = workspace.join("guest-sdk").display().to_string();
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("authored");
    tenterhook([])
        .args(args)
        .file("Cargo.toml", MANIFEST.replace("SDK", &sdk))
        .file("Cargo.lock", fs::read(workspace.join("Cargo.lock")).unwrap())
        .file("src/lib.rs", LIB)
        .file("hook.toml", UNHURRIED)
        .file("cases/a.json", case(data, outcome))
        .env("CARGO_TARGET_DIR", target)
        .env("CARGO_NET_OFFLINE", "true")
        .ends()
}

#[test]
fn a_crate_is_built_and_a_failure_says_where_it_happened() {
    // The second time the component comes from the cache, and knows its lines all the same.
    for _ in 0..2 {
        let ended = in_crate(&["test"], "8", r#"{"decision":"accept"}"#);
        ended.exits(1).shows("-   \"decision\": \"accept\"").shows("+   \"failed\": \"trap\"");
        ended.shows("no such number").shows(", in numbers::deepest (").shows("src/lib.rs:10)");
        ended.hides("panicking::");
    }
    let passed = in_crate(&["test"], "5", r#"{"decision":"veto","code":"no"}"#);
    passed.exits(0).shows("passed of 1 case of numbers");
}

#[test]
fn the_functions_of_a_flame_graph_have_their_names() {
    let ended = in_crate(&["bench", "--flame", "fuel.svg"], "5", "");
    ended.exits(0).shows("FUNCTION").shows("fuel is accounted for in fuel.svg");
    let svg = fs::read_to_string(ended.folder().join("fuel.svg")).unwrap();
    assert!(svg.contains("numbers::"), "{ended}");
}
