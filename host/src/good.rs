//! What is remembered of hooks that once ran well, so that one whose files go bad over a restart still runs, or
//! at least keeps its events and does not fail open; and that a version had not proved itself yet, so that a restart
//! does not spare it that.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A folder of the data directory: `good/<id>/manifest.json`, and beside it the component it names,
/// `<sha256>.wasm`. The manifest is replaced last and by rename, so that the two always belong together. Beside them,
/// as long as a newer version is on probation: `trial.json`.
pub(crate) struct Good {
    folder: Option<PathBuf>,
    /// Where a component was kept already: many hooks may share one, and their files are links to one.
    kept: Mutex<HashMap<String, PathBuf>>,
    /// What was written and may not be on the disk yet.
    unsynced: Mutex<Vec<PathBuf>>,
}

/// What makes two versions of a hook the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Identity {
    /// The component's SHA-256.
    pub(crate) component: String,
    /// The SHA-256 of the merged manifest's JSON.
    pub(crate) manifest: String,
    /// What stands for the values of its secrets in this process. It is written nowhere.
    #[serde(skip)]
    pub(crate) secrets: Option<u64>,
}

impl Identity {
    /// Whether two versions differ in no file of the hooks directory: at most in their secrets.
    pub(crate) fn has_files_of(&self, other: &Self) -> bool {
        self.component == other.component && self.manifest == other.manifest
    }
}

/// What is remembered of one hook.
#[derive(Serialize, Deserialize)]
pub(crate) struct Remembered {
    /// The component's SHA-256; none where no version of the hook has run yet.
    pub(crate) component: Option<String>,
    manifest: Box<RawValue>,
}

impl Remembered {
    /// The merged manifest as JSON.
    pub(crate) fn manifest(&self) -> &str {
        self.manifest.get()
    }
}

/// A version that is to be remembered.
pub(crate) struct Keep<'a> {
    pub(crate) id: &'a str,
    /// The merged manifest as JSON.
    pub(crate) manifest: &'a str,
    /// The component's SHA-256 and its bytes.
    pub(crate) component: Option<(&'a str, &'a [u8])>,
}

impl Good {
    /// Remembers under the data directory, or not at all.
    pub(crate) fn under(data: Option<&Path>) -> Self {
        Self {
            folder: data.map(|data| data.join("good")),
            kept: Mutex::default(),
            unsynced: Mutex::default(),
        }
    }

    /// What is remembered of a hook.
    pub(crate) fn recall(&self, id: &str) -> Option<Remembered> {
        let json = fs::read(self.folder(id)?.join(MANIFEST)).ok()?;
        serde_json::from_slice(&json).ok()
    }

    /// The bytes of the component that a hook is remembered with. They are not vouched for.
    pub(crate) fn component(&self, id: &str, digest: &str) -> Option<Vec<u8>> {
        fs::read(self.folder(id)?.join(file(digest))).ok()
    }

    /// Remembers a version in place of the one before it.
    pub(crate) fn remember(&self, keep: &Keep<'_>) -> io::Result<()> {
        let Some(folder) = self.folder(keep.id) else {
            return Ok(());
        };
        let component = keep.component.map(|(digest, _)| digest.to_owned());
        let manifest = RawValue::from_string(keep.manifest.to_owned())?;
        let known = self.recall(keep.id);
        if known.is_some_and(|known| known.component == component && known.manifest() == manifest.get()) {
            return self.forget_trial(keep.id);
        }
        private_folder(&folder)?;
        if let Some((digest, bytes)) = keep.component {
            self.keep_component(&folder.join(file(digest)), digest, bytes)?;
        }
        let json = serde_json::to_vec(&Remembered { component, manifest })?;
        self.put(&folder, MANIFEST, &json)?;
        forget_others(&folder, keep.component.map(|(digest, _)| file(digest)))
    }

    fn keep_component(&self, path: &Path, digest: &str, bytes: &[u8]) -> io::Result<()> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let linked = kept.get(digest).is_some_and(|other| fs::hard_link(other, path).is_ok());
        if !linked && !path.exists() {
            replace(path, bytes)?;
            self.unsynced().push(path.to_owned());
        }
        kept.insert(digest.to_owned(), path.to_owned());
        Ok(())
    }

    /// Remembers that a version goes on probation, beside the one that it is to prove itself against.
    pub(crate) fn try_out(&self, id: &str, version: &Identity) -> io::Result<()> {
        let Some(folder) = self.folder(id).filter(|folder| folder.exists()) else {
            return Ok(());
        };
        self.put(&folder, TRIAL, &serde_json::to_vec(version)?)
    }

    /// Whether a version was on probation when the host stopped.
    pub(crate) fn is_trial(&self, id: &str, version: &Identity) -> bool {
        let json = self.folder(id).and_then(|folder| fs::read(folder.join(TRIAL)).ok());
        let trial = json.and_then(|json| serde_json::from_slice::<Identity>(&json).ok());
        trial.is_some_and(|trial| trial.has_files_of(version))
    }

    /// Forgets that a version of a hook was on probation.
    pub(crate) fn forget_trial(&self, id: &str) -> io::Result<()> {
        match self.folder(id).map(|folder| fs::remove_file(folder.join(TRIAL))) {
            Some(Err(error)) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn put(&self, folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
        let path = folder.join(name);
        replace(&path, bytes)?;
        self.unsynced().extend([path, folder.to_owned()]);
        Ok(())
    }

    /// Whether something was written that may not be on the disk yet.
    pub(crate) fn is_unsynced(&self) -> bool {
        !self.unsynced().is_empty()
    }

    /// Has the disk keep what was written. Blocks.
    pub(crate) fn sync(&self) -> io::Result<()> {
        let mut paths = std::mem::take(&mut *self.unsynced());
        paths.sort();
        paths.dedup();
        // The folders of hooks that are new stand in the one above.
        paths.extend(self.folder.clone().filter(|_| !paths.is_empty()));
        let sync = |path: &PathBuf| match File::open(path).and_then(|file| file.sync_all()) {
            // It was replaced or forgotten meanwhile.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            synced => synced,
        };
        // One that fails does not keep the others from being synced.
        paths.iter().map(sync).fold(Ok(()), io::Result::and)
    }

    fn unsynced(&self) -> MutexGuard<'_, Vec<PathBuf>> {
        self.unsynced.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets a hook.
    pub(crate) fn forget(&self, id: &str) -> io::Result<()> {
        match self.folder(id).map(fs::remove_dir_all) {
            Some(Err(error)) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn folder(&self, id: &str) -> Option<PathBuf> {
        Some(self.folder.as_ref()?.join(id))
    }
}

const MANIFEST: &str = "manifest.json";
const TRIAL: &str = "trial.json";

fn file(digest: &str) -> String {
    format!("{digest}.wasm")
}

/// Takes the components of earlier versions away.
fn forget_others(folder: &Path, current: Option<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)?.flatten() {
        let name = entry.file_name().into_string().unwrap_or_default();
        if name != MANIFEST && Some(&name) != current.as_ref() {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Writes a file whole or not at all.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = path.with_extension(format!("{}.part", uuid::Uuid::now_v7()));
    let replaced = fs::write(&temporary, bytes).and_then(|()| fs::rename(&temporary, path));
    if replaced.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    replaced
}

pub(crate) fn private_folder(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}
