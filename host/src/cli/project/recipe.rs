//! How a project is built: by cargo, or by what it says itself.

use crate::cli::build;
use crate::cli::cargo;
use anyhow::{Context, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Who builds a project.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Recipe {
    Cargo,
    Npm,
    Script,
}

impl Recipe {
    /// That of a folder, if it is a project.
    pub(crate) fn of(folder: &Path) -> Option<Self> {
        let known = [("Cargo.toml", Self::Cargo), ("package.json", Self::Npm), ("build.sh", Self::Script)];
        known.into_iter().find(|(file, _)| folder.join(file).is_file()).map(|(_, recipe)| recipe)
    }

    /// Builds a project's component: into `out` where cargo does. What a compiler says goes to standard error.
    pub(super) fn build(self, folder: &Path, out: &Path, debug: bool) -> anyhow::Result<PathBuf> {
        match self {
            Self::Cargo => {
                let built = build::build(&[folder.to_owned()], out, debug)?;
                let name = built.into_iter().map(|built| built.name).next().unwrap_or_default();
                Ok(out.join(format!("{name}.wasm")))
            }
            Self::Npm => {
                by_itself("npm", &["run", "--silent", "build"], folder, "Node.js from https://nodejs.org")
            }
            Self::Script => by_itself("sh", &["build.sh"], folder, "a shell"),
        }
    }
}

/// The component that a program of the project's own makes.
fn by_itself(program: &str, arguments: &[&str], folder: &Path, from: &str) -> anyhow::Result<PathBuf> {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder);
    // For `tenterhook pack`, wherever this program is.
    command.envs(std::env::current_exe().map(|program| ("TENTERHOOK", program)));
    // What it says is no answer of this command.
    command.stdin(Stdio::null()).stdout(std::io::stderr());
    let status = command.status().map_err(|error| cargo::missing(&command, error, from))?;
    if !status.success() {
        bail!("it was not built, see above; nothing was changed");
    }
    let made = folder.join("build");
    let component = newest(&made);
    component.with_context(|| {
        format!("the build made no component: write it to {}", made.join("<id>.wasm").display())
    })
}

/// The component that was written last.
fn newest(folder: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    let components = entries.filter(|path| path.extension().is_some_and(|extension| extension == "wasm"));
    components.max_by_key(|path| fs::metadata(path).and_then(|metadata| metadata.modified()).ok())
}
