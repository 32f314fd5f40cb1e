//! What is remembered of hooks that once loaded, so that a guard that can no longer load keeps
//! its events and does not fail open.

use crate::written::Table;
use std::io;
use std::path::{Path, PathBuf};

/// A folder of the data directory: `good/<id>/manifest.json`.
pub(crate) struct Good(Option<PathBuf>);

impl Good {
    /// Remembers under the data directory, or not at all.
    pub(crate) fn under(data: Option<&Path>) -> Self {
        Self(data.map(|data| data.join("good")))
    }

    /// The manifest with which a hook last loaded.
    pub(crate) fn recall(&self, id: &str) -> Option<String> {
        std::fs::read_to_string(self.path(id)?).ok()
    }

    /// Remembers the manifest of a hook that loaded.
    pub(crate) fn remember(&self, id: &str, manifest: &Table) -> io::Result<()> {
        let Some(path) = self.path(id) else {
            return Ok(());
        };
        let json = manifest.json().to_string();
        if self.recall(id).as_ref() == Some(&json) {
            return Ok(());
        }
        private_folder(path.parent().expect("the path was joined"))?;
        let temporary = path.with_extension(format!("json.{}", std::process::id()));
        std::fs::write(&temporary, json)?;
        std::fs::rename(temporary, path)
    }

    /// Forgets a hook.
    pub(crate) fn forget(&self, id: &str) -> io::Result<()> {
        match self.path(id).map(std::fs::remove_file) {
            Some(Err(error)) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn path(&self, id: &str) -> Option<PathBuf> {
        Some(self.0.as_ref()?.join(id).join("manifest.json"))
    }
}

fn private_folder(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}
