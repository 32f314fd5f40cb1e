//! Hooks that are not called until somebody resumes them, because their target said that it is gone:
//! `<data>/stopped.toml`.
//!
//! An entry holds for one version. Whoever changes a hook, or puts it to rest, has resumed it too.

use crate::good::{private_folder, replace};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The versions that were stopped, by the hook's id.
#[derive(Default)]
pub(crate) struct Stopped {
    path: Option<PathBuf>,
    versions: Mutex<BTreeMap<String, String>>,
}

impl Stopped {
    /// Reads the list under the data directory. Without one it lasts as long as the host.
    pub(crate) fn under(data: Option<&Path>) -> Self {
        let path = data.map(|data| data.join("stopped.toml"));
        let text = path.as_ref().and_then(|path| std::fs::read_to_string(path).ok());
        let versions = text.map(|text| {
            toml::from_str(&text).unwrap_or_else(|error| {
                tracing::warn!(%error, "the list of stopped hooks cannot be read");
                BTreeMap::new()
            })
        });
        Self { path, versions: Mutex::new(versions.unwrap_or_default()) }
    }

    /// Whether this version of a hook was stopped.
    pub(crate) fn holds(&self, id: &str, version: &str) -> bool {
        self.versions().get(id).is_some_and(|stopped| stopped == version)
    }

    /// Notes that a version was stopped.
    pub(crate) fn note(&self, id: &str, version: &str) -> io::Result<()> {
        let mut versions = self.versions();
        versions.insert(id.to_owned(), version.to_owned());
        self.write(&versions)
    }

    /// Forgets that a hook was stopped; whether it was.
    pub(crate) fn forget(&self, id: &str) -> io::Result<bool> {
        let mut versions = self.versions();
        let was_stopped = versions.remove(id).is_some();
        if was_stopped {
            self.write(&versions)?;
        }
        Ok(was_stopped)
    }

    fn versions(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.versions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, versions: &BTreeMap<String, String>) -> io::Result<()> {
        let Some(path) = &self.path else { return Ok(()) };
        if let Some(folder) = path.parent() {
            private_folder(folder)?;
        }
        replace(path, toml::to_string(versions).map_err(io::Error::other)?.as_bytes())
    }
}
