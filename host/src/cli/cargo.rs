//! Cargo and rustup, as far as hooks are built with them.

use super::exit::Bad;
use crate::problem::{Place, Problem};
use anyhow::{Context, anyhow, bail};
use serde::Deserialize;
use std::io::{BufRead, BufReader, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// What hooks are compiled for.
const TARGET: &str = "wasm32-wasip2";

const RUST: &str = "Rust from https://rustup.rs";

/// A crate that can become a hook.
#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) name: String,
    id: String,
    workspace: PathBuf,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<MetadataPackage>,
    workspace_root: PathBuf,
}

#[derive(Deserialize)]
struct MetadataPackage {
    name: String,
    id: String,
    manifest_path: PathBuf,
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    /// Of a library its crate types, else `bin`, `example`, …
    kind: Vec<String>,
}

impl Target {
    fn is_cdylib(&self) -> bool {
        self.kind.iter().any(|kind| kind == "cdylib")
    }
}

/// What cargo says of one thing it made; of its other messages only the kind is read.
#[derive(Deserialize)]
struct Message {
    reason: String,
    package_id: Option<String>,
    target: Option<Target>,
    #[serde(default)]
    filenames: Vec<PathBuf>,
}

impl Package {
    /// Looks at the crate in a directory. It is [`Bad`] where it cannot become a hook.
    pub(crate) fn of(directory: &Path) -> anyhow::Result<Self> {
        let bad = |message: String| Problem::error(Place::file(directory.display().to_string()), message);
        let manifest = directory.join("Cargo.toml");
        if !manifest.is_file() {
            let problem = bad("is no crate: it has no Cargo.toml".into());
            return Err(Bad::from(problem.hint("name the directory of a crate")).into());
        }
        let manifest = manifest.canonicalize()?;
        let mut metadata = cargo(&["metadata", "--no-deps", "--format-version=1", "--manifest-path"]);
        let output = run(metadata.arg(&manifest).stdin(Stdio::null()).stderr(Stdio::inherit()))?;
        if !output.status.success() {
            return Err(Bad::from(bad("cargo cannot read it, see above".into())).into());
        }
        let metadata: Metadata = serde_json::from_slice(&output.stdout).context("cargo metadata")?;
        let package = metadata.packages.into_iter().find(|package| package.manifest_path == manifest);
        let Some(package) = package else {
            let problem = bad("is a workspace, not a crate".into());
            return Err(Bad::from(problem.hint("name the directories of its crates")).into());
        };
        if !package.targets.iter().any(Target::is_cdylib) {
            let problem = bad(format!("the crate {:?} has no cdylib", package.name));
            let hint = "write [lib] crate-type = [\"cdylib\"] into its Cargo.toml";
            return Err(Bad::from(problem.hint(hint)).into());
        }
        Ok(Self { name: package.name, id: package.id, workspace: metadata.workspace_root })
    }
}

/// Compiles crates, one run of cargo for each workspace. Returns the component of each, in order.
pub(crate) fn compile(packages: &[Package], debug: bool) -> anyhow::Result<Vec<PathBuf>> {
    let mut workspaces: Vec<&Path> = packages.iter().map(|package| package.workspace.as_path()).collect();
    workspaces.sort_unstable();
    workspaces.dedup();
    for workspace in &workspaces {
        add_target(workspace)?;
    }
    let mut made = Vec::new();
    for workspace in workspaces {
        let ids =
            packages.iter().filter(|package| package.workspace == workspace).map(|package| &*package.id);
        made.extend(compile_workspace(workspace, ids, debug)?);
    }
    let component = |package: &Package| {
        let component = made.iter().find(|(id, _)| *id == package.id).map(|(_, file)| file.clone());
        component.ok_or_else(|| anyhow!("cargo made no component of {:?}", package.name))
    };
    packages.iter().map(component).collect()
}

/// Adds the target if rustc does not have it. A workspace may choose its toolchain.
fn add_target(workspace: &Path) -> anyhow::Result<()> {
    let mut rustc = Command::new("rustc");
    let output = run(rustc.args(["--print", "target-libdir", "--target", TARGET]).current_dir(workspace))?;
    let folder = String::from_utf8_lossy(&output.stdout);
    if output.status.success() && Path::new(folder.trim()).is_dir() {
        return Ok(());
    }
    let mut rustup = Command::new("rustup");
    let added = rustup.args(["target", "add", TARGET]).current_dir(workspace).status();
    match added {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => bail!(
            "rustup could not add the target {TARGET}: run `rustup target add {TARGET}` where there is a network"
        ),
        Err(error) if error.kind() == ErrorKind::NotFound => bail!(
            "rustc lacks the target {TARGET} and there is no rustup to add it: \
             install rustup from https://rustup.rs, or your system's package of the target"
        ),
        Err(error) => Err(error).context("rustup"),
    }
}

/// The cdylibs that cargo made, by package id. Cargo's own words go to standard error.
fn compile_workspace<'a>(
    workspace: &Path,
    ids: impl Iterator<Item = &'a str>,
    debug: bool,
) -> anyhow::Result<Vec<(String, PathBuf)>> {
    let mut build =
        cargo(&["build", "--lib", "--target", TARGET, "--message-format=json-render-diagnostics"]);
    build.args((!debug).then_some("--release"));
    build.args(ids.flat_map(|id| ["-p", id]));
    let mut child = build
        .current_dir(workspace)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| missing(&build, error, RUST))?;
    let mut made = Vec::new();
    for line in BufReader::new(child.stdout.take().expect("it was piped")).lines() {
        // Build scripts print to the same pipe, and cargo has more kinds of messages than these.
        let Ok(message) = serde_json::from_str::<Message>(&line?) else {
            continue;
        };
        let is_component =
            message.reason == "compiler-artifact" && message.target.is_some_and(|target| target.is_cdylib());
        let wasm =
            message.filenames.into_iter().find(|file| file.extension().is_some_and(|kind| kind == "wasm"));
        if let (true, Some(id), Some(wasm)) = (is_component, message.package_id, wasm) {
            made.push((id, wasm));
        }
    }
    match child.wait()?.success() {
        true => Ok(made),
        false => bail!("it did not compile, see above; nothing was changed"),
    }
}

fn cargo(args: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(args);
    command
}

fn run(command: &mut Command) -> anyhow::Result<Output> {
    command.output().map_err(|error| missing(command, error, RUST))
}

/// Why a program does not start; `from` says where to get it.
pub(crate) fn missing(command: &Command, error: std::io::Error, from: &str) -> anyhow::Error {
    let program = command.get_program().display();
    match error.kind() {
        ErrorKind::NotFound => {
            anyhow!("{program} is not installed or not in PATH: install {from}")
        }
        _ => anyhow::Error::new(error).context(format!("{program} cannot be started")),
    }
}
