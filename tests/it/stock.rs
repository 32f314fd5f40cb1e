//! The stock plugins, each by the TOML that it comes with, and the events of the demo.

mod charging;
mod cloud;
mod demo;

use std::fs;
use std::path::{Path, PathBuf};
use tenterhook_tests::{Given, World, plugin};

fn plugins() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins")
}

fn read(file: &str) -> String {
    fs::read_to_string(plugins().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// One plugin; its own TOML, in which a text is replaced, or nothing by nothing.
async fn started(name: &str, from: &str, to: &str) -> World {
    let toml = read(&format!("{name}/hook.toml"));
    assert!(toml.contains(from), "{name} says {from:?}");
    let given = Given::new().plugin(name, &toml.replace(from, to));
    given.start().await.without_problems()
}

/// The four hooks of the audit line, which share one component.
fn audited(given: Given) -> Given {
    let given = given.component("audit-line", &plugin("audit-line"));
    ["cloud", "billing", "charging-api", "charging-engine"].iter().fold(given, |given, area| {
        let toml = read(&format!("audit-line/audit-{area}.toml"));
        given.toml(&format!("audit-{area}"), &format!("{toml}\n[limits]\ndeadline = '20s'"))
    })
}
