//! The files of a project, to see when they have changed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Folders that hold what is made, not what is written.
const MADE: [&str; 5] = ["target", "build", "hooks", "node_modules", "__pycache__"];

/// The files of a project, and when each was written.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Sources {
    files: BTreeMap<PathBuf, (SystemTime, u64)>,
    pub(super) folders: Vec<PathBuf>,
}

impl Sources {
    /// As they are now. Dot-names, what is built, and the lock that cargo writes do not count.
    pub(super) fn of(project: &Path) -> Self {
        let mut sources = Self::default();
        let mut folders = vec![project.to_owned()];
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
