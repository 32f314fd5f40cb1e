//! The project of a hook: how it is built, and when its files have changed.

use crate::cli::cargo::{self, Package};
use crate::cli::exit::Bad;
use crate::problem::{Place, Problem};
use anyhow::{Context, bail};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::SystemTime;

/// Folders that hold what is made, not what is written.
const MADE: [&str; 5] = ["target", "build", "hooks", "node_modules", "__pycache__"];

/// A folder with a hook's sources.
#[derive(Debug, Clone)]
pub(super) struct Project {
    folder: PathBuf,
    builder: Builder,
}

/// Who builds it.
#[derive(Debug, Clone, Copy)]
enum Builder {
    Cargo,
    Npm,
    Script,
}

/// A component that was built.
#[derive(Debug, Clone)]
pub(super) struct Built {
    pub(super) id: String,
    pub(super) file: PathBuf,
}

/// The files of a project, and when each was written.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Sources {
    files: BTreeMap<PathBuf, (SystemTime, u64)>,
    pub(super) folders: Vec<PathBuf>,
}

impl Project {
    /// The project in a folder.
    pub(super) fn of(folder: &Path) -> Result<Self, Bad> {
        let builders =
            [("Cargo.toml", Builder::Cargo), ("package.json", Builder::Npm), ("build.sh", Builder::Script)];
        let builder = builders.into_iter().find(|(file, _)| folder.join(file).is_file());
        let (_, builder) = builder.ok_or_else(|| {
            let place = Place::file(folder.display().to_string());
            let message = "there is no Cargo.toml, package.json or build.sh in it";
            Problem::error(place, message).hint("name the folder of a hook; `tenterhook new` makes one")
        })?;
        Ok(Self { folder: folder.to_owned(), builder })
    }

    /// What the operator says of the hook.
    pub(super) fn toml(&self) -> PathBuf {
        self.folder.join("hook.toml")
    }

    /// Where its cases are.
    pub(super) fn cases(&self) -> PathBuf {
        self.folder.join("cases")
    }

    /// Builds it. What its compiler says goes to standard error.
    pub(super) fn build(&self) -> anyhow::Result<Built> {
        let (program, arguments, from) = match self.builder {
            Builder::Cargo => {
                let package = Package::of(&self.folder)?;
                let id = package.name.clone();
                let file = cargo::compile(&[package], true)?.pop().context("cargo made no component")?;
                return Ok(Built { id, file });
            }
            Builder::Npm => {
                ("npm", ["run", "--silent", "build"].as_slice(), "Node.js from https://nodejs.org")
            }
            Builder::Script => ("sh", ["build.sh"].as_slice(), "a shell"),
        };
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&self.folder);
        // What it says is no answer of this command.
        command.stdin(Stdio::null()).stdout(std::io::stderr());
        let status = command.status().map_err(|error| cargo::missing(&command, error, from))?;
        if !status.success() {
            bail!("it was not built, see above; nothing was changed");
        }
        let file = self.newest().with_context(|| {
            format!(
                "the build made no component: write it to {}/<id>.wasm",
                self.folder.join("build").display()
            )
        })?;
        let id = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Built { id, file })
    }

    /// The component that was written last.
    fn newest(&self) -> Option<PathBuf> {
        let entries = fs::read_dir(self.folder.join("build")).ok()?.flatten().map(|entry| entry.path());
        let components = entries.filter(|path| path.extension().is_some_and(|extension| extension == "wasm"));
        components.max_by_key(|path| fs::metadata(path).and_then(|metadata| metadata.modified()).ok())
    }

    /// Its sources as they are now. Dot-names, what is built, and the lock that cargo writes do not count.
    pub(super) fn sources(&self) -> Sources {
        let mut sources = Sources::default();
        let mut folders = vec![self.folder.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
                let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
                let Ok(metadata) = fs::metadata(&path) else { continue };
                if name.starts_with('.') || name.ends_with('~') {
                    continue;
                }
                if metadata.is_dir() {
                    // A link could lead back.
                    let is_own = entry.file_type().is_ok_and(|kind| kind.is_dir());
                    folders.extend(Some(path).filter(|_| is_own && !MADE.contains(&&*name)));
                } else if !name.ends_with(".lock") && name != "package-lock.json" {
                    let written = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                    sources.files.insert(path, (written, metadata.len()));
                }
            }
            sources.folders.push(folder);
        }
        sources
    }
}

impl Sources {
    /// Whether any file is another.
    pub(super) fn differ(&self, before: &Self) -> bool {
        self.files != before.files
    }

    /// When the last of those files was written that were not there before.
    pub(super) fn changed_at(&self, before: &Self) -> Option<SystemTime> {
        let new = self.files.iter().filter(|(path, file)| before.files.get(*path) != Some(file));
        new.map(|(_, (written, _))| *written).max()
    }
}
