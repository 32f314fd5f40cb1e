//! Hooks built from source: `tests/guests` and `plugins`, once per test run.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

const TARGET: &str = "wasm32-wasip2";

/// What outer cargo runs set for their own target, and a guest must not see.
const FOREIGN: [&str; 6] = [
    "RUSTFLAGS",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_BUILD_TARGET",
    "CARGO_TARGET_DIR",
    "RUSTC_WRAPPER",
    "RUSTC_WORKSPACE_WRAPPER",
];

/// Small, and quick to build: a test compiles it again in every host.
const PROFILE: [&str; 3] =
    ["profile.release.opt-level='s'", "profile.release.strip=true", "profile.release.panic='abort'"];

/// The component of a test guest: `tests/guests/examples/<name>.rs`.
#[track_caller]
pub fn guest(name: &str) -> PathBuf {
    existing(built().join("examples").join(format!("{}.wasm", name.replace('-', "_"))))
}

/// The component of a stock plugin: `plugins/<name>`.
#[track_caller]
pub fn plugin(name: &str) -> PathBuf {
    existing(built().join(format!("{}.wasm", name.replace('-', "_"))))
}

#[track_caller]
fn existing(path: PathBuf) -> PathBuf {
    assert!(path.exists(), "no such guest: {}", path.display());
    path
}

/// The folder of the built components.
#[track_caller]
fn built() -> &'static Path {
    static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    match BUILT.get_or_init(build) {
        Ok(folder) => folder,
        Err(reason) => panic!("{reason}"),
    }
}

/// Builds into a target directory of its own, so that it never waits for the lock of the cargo that runs
/// the tests.
fn build() -> Result<PathBuf, String> {
    add_target()?;
    let target = target_directory("guests");
    let mut cargo = command("CARGO", "cargo");
    cargo.args(["build", "--release", "--target", TARGET, "--lib", "--examples"]);
    cargo.args(PROFILE.iter().flat_map(|setting| ["--config", setting]));
    cargo.args(["-p", "tenterhook-guests"]);
    cargo.args(plugins().iter().flat_map(|name| ["-p", name]));
    cargo.arg("--target-dir").arg(&target).current_dir(workspace());
    succeed(&mut cargo, "the guests do not build")?;
    Ok(target.join(TARGET).join("release"))
}

pub(crate) fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate is a folder of the workspace")
}

/// A target directory of this name inside that of the cargo that runs the tests.
pub(crate) fn target_directory(name: &str) -> PathBuf {
    let outer = env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    workspace().join(outer.unwrap_or_else(|| "target".into())).join(name)
}

fn plugins() -> Vec<String> {
    let folders = workspace().join("plugins").read_dir().expect("the workspace has plugins");
    let crates = folders.flatten().filter(|folder| folder.path().join("Cargo.toml").exists());
    crates.filter_map(|folder| folder.file_name().into_string().ok()).collect()
}

/// Has rustup fetch the target's standard library if it is not there.
fn add_target() -> Result<(), String> {
    let mut rustc = command("RUSTC", "rustc");
    rustc.args(["--print", "target-libdir", "--target", TARGET]);
    let output = succeed(&mut rustc, "rustc does not run")?;
    let library = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    if !library.exists() {
        let hint = format!("the guests need the target {TARGET}, which cannot be fetched");
        succeed(Command::new("rustup").args(["target", "add", TARGET]), &hint)?;
    }
    Ok(())
}

pub(crate) fn command(variable: &str, name: &str) -> Command {
    let mut command = Command::new(env::var_os(variable).unwrap_or_else(|| name.into()));
    for variable in FOREIGN {
        command.env_remove(variable);
    }
    command
}

pub(crate) fn succeed(command: &mut Command, what: &str) -> Result<Output, String> {
    let output = command.output().map_err(|error| format!("{what}: {command:?}: {error}"))?;
    if output.status.success() {
        return Ok(output);
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    let errors: Vec<&str> = stderr.lines().filter(|line| !line.contains(" Compiling ")).collect();
    Err(format!("{what}: {command:?}\n{}", errors.join("\n")))
}
