//! What is remembered of hooks that once ran well, so that one whose files go bad over a restart still runs, or
//! at least keeps its events and does not fail open.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// A folder of the data directory: `good/<id>/manifest.json`, and beside it the component it names,
/// `<sha256>.wasm`. The manifest is replaced last and by rename, so that the two always belong together.
pub(crate) struct Good {
    folder: Option<PathBuf>,
    /// Where a component was kept already: many hooks may share one, and their files are links to one.
    kept: Mutex<HashMap<String, PathBuf>>,
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
        Self { folder: data.map(|data| data.join("good")), kept: Mutex::default() }
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
            return Ok(());
        }
        private_folder(&folder)?;
        if let Some((digest, bytes)) = keep.component {
            self.keep_component(&folder.join(file(digest)), digest, bytes)?;
        }
        let json = serde_json::to_vec(&Remembered { component, manifest })?;
        replace(&folder.join(MANIFEST), &json)?;
        forget_others(&folder, keep.component.map(|(digest, _)| file(digest)))
    }

    fn keep_component(&self, path: &Path, digest: &str, bytes: &[u8]) -> io::Result<()> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let linked = kept.get(digest).is_some_and(|other| fs::hard_link(other, path).is_ok());
        if !linked && !path.exists() {
            replace(path, bytes)?;
        }
        kept.insert(digest.to_owned(), path.to_owned());
        Ok(())
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
