//! Builds the JavaScript engine of hooks, which is a component, once for all profiles and feature sets.
//!
//! The engine is a workspace of its own in `javascript/`, of which a package of this crate has a copy. It is put together
//! in the target directory and compiled there, for wasm and optimised whatever this crate is compiled with.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

const TARGET: &str = "wasm32-wasip2";
const COMPONENT: &str = "tenterhook_javascript.wasm";

/// What the cargo around this sets for its own target, and the engine must not see.
const FOREIGN: [&str; 6] = [
    "RUSTFLAGS",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_BUILD_TARGET",
    "CARGO_TARGET_DIR",
    "RUSTC_WRAPPER",
    "RUSTC_WORKSPACE_WRAPPER",
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=javascript");
    println!("cargo::rerun-if-changed=wit");
    if env::var_os("CARGO_FEATURE_JAVASCRIPT").is_none() {
        return Ok(());
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo says no OUT_DIR")?);
    // <target>/<profile>/build/<package>/out
    let target = out.ancestors().nth(4).ok_or("OUT_DIR is in no target directory")?.join("javascript");
    let source = target.join("source");
    for (from, to) in [
        ("javascript/src", "src"),
        ("javascript/engine", "engine"),
        ("javascript/manifest.toml", "Cargo.toml"),
        ("javascript/manifest.lock", "Cargo.lock"),
        ("wit", "wit"),
    ] {
        mirror(Path::new(from), &source.join(to))?;
    }
    add_target()?;
    let mut cargo = command("CARGO", "cargo");
    cargo.args(["build", "--release", "--locked", "--target", TARGET, "--target-dir"]).arg(&target);
    cargo.current_dir(&source);
    succeed(&mut cargo, "the JavaScript engine does not build; without it: --no-default-features")?;
    mirror(&target.join(TARGET).join("release").join(COMPONENT), &out.join("javascript.wasm"))
}

/// Copies what differs, with its time, so that cargo sees what has changed and what has not.
fn mirror(from: &Path, to: &Path) -> Result<(), Box<dyn Error>> {
    let metadata = fs::metadata(from).map_err(|error| format!("{}: {error}", from.display()))?;
    if metadata.is_dir() {
        fs::create_dir_all(to)?;
        for entry in fs::read_dir(from)? {
            let name = entry?.file_name();
            mirror(&from.join(&name), &to.join(&name))?;
        }
        return Ok(());
    }
    let bytes = fs::read(from)?;
    if fs::read(to).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    fs::write(to, bytes)?;
    Ok(fs::File::options().write(true).open(to)?.set_modified(metadata.modified()?)?)
}

/// Has rustup fetch the target's standard library if it is not there.
fn add_target() -> Result<(), Box<dyn Error>> {
    let mut rustc = command("RUSTC", "rustc");
    let output = succeed(rustc.args(["--print", "target-libdir", "--target", TARGET]), "rustc does not run")?;
    let library = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    if library.exists() {
        return Ok(());
    }
    let hint = format!("the JavaScript engine needs the target {TARGET}, which cannot be fetched");
    succeed(Command::new("rustup").args(["target", "add", TARGET]), &hint).map(drop)
}

fn command(variable: &str, name: &str) -> Command {
    let mut command = Command::new(env::var_os(variable).unwrap_or_else(|| name.into()));
    let profiles = env::vars_os().map(|(name, _)| name);
    let profiles = profiles.filter(|name| name.to_string_lossy().starts_with("CARGO_PROFILE_"));
    for name in profiles.chain(FOREIGN.map(Into::into)) {
        command.env_remove(name);
    }
    command
}

fn succeed(command: &mut Command, what: &str) -> Result<Output, Box<dyn Error>> {
    let output = command.output().map_err(|error| format!("{what}: {command:?}: {error}"))?;
    if output.status.success() {
        return Ok(output);
    }
    Err(format!("{what}: {command:?}\n{}", String::from_utf8_lossy(&output.stderr)).into())
}
