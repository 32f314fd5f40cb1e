//! `inspect`: what a component is and wants, and why it would be refused.

use super::with_guest;
use crate::command::tenterhook;
use std::fs;
use tenterhook_tests::{guest, plugin};

#[test]
fn a_component_is_shown_with_what_it_wants() {
    let ended = with_guest(["inspect", "hook.wasm", "--json"], "ask-everything").ends();
    let found = ended.exits(0).json();
    assert_eq!(found["refused"], false, "{ended}");
    assert_eq!(found["contract"], "0.1.0");
    assert_eq!(found["tier"], "optimised");
    assert_eq!(found["bytes"].as_u64(), Some(fs::metadata(guest("ask-everything")).unwrap().len()));
    assert_eq!(found["manifest"]["type"], "cloud");
    let gets = |name: &str| {
        let imports = found["imports"].as_array().unwrap();
        let import = imports.iter().find(|import| import["name"].as_str().unwrap().starts_with(name));
        import.unwrap_or_else(|| panic!("{name} in {ended}"))["gets"].as_str().unwrap().to_owned()
    };
    assert_eq!(gets("wasi:keyvalue/store"), "by grant: keyvalue");
    assert_eq!(gets("wasi:io/poll"), "always there");
    assert!(found["grants"].as_array().unwrap().iter().any(|grant| grant == "keyvalue"), "{ended}");
    let quota = plugin("server-quota");
    let shown = tenterhook(["inspect"]).args([&quota]).ends();
    shown
        .exits(0)
        .shows("contract")
        .shows("0.1.0 (this host serves 0.1)")
        .shows("on          cloud.pre_create");
    shown.shows("it would be loaded").shows("exports  tenterhook:hook/handler@0.1.0");
}

#[test]
fn what_is_refused_says_why_and_its_kind() {
    let junk = tenterhook(["inspect", "junk.wasm", "--json"]).file("junk.wasm", "junk").ends();
    let found = junk.exits(2).json();
    assert_eq!((&found["refused"], &found["contract"]), (&true.into(), &serde_json::Value::Null), "{junk}");
    let bytes = fs::read(guest("accept")).unwrap();
    // The same length, another version: a contract of the future.
    let (old, new) = (b"tenterhook:hook/handler@0.1.0", b"tenterhook:hook/handler@9.1.0");
    let mut other = bytes.clone();
    for at in (0..bytes.len() - old.len()).filter(|at| bytes[*at..].starts_with(old)) {
        other[at..at + new.len()].copy_from_slice(new);
    }
    assert_ne!(bytes, other);
    let ended = tenterhook(["inspect", "other.wasm"]).file("other.wasm", &other).ends();
    ended.exits(2).shows("it would be refused").shows("9.1.0 (this host serves 0.1)");
    tenterhook(["inspect", "gone.wasm"]).ends().exits(2).prints("").says("gone.wasm: error: cannot be read");
    tenterhook(["inspect"]).ends().exits(2).says("<COMPONENT>");
}
