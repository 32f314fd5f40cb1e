//! The files of a project, and putting them into place: all of them or none.

use include_dir::{Dir, DirEntry};
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Files that are to be, by their paths in a folder.
#[derive(Default)]
pub(super) struct Files(Vec<(PathBuf, Vec<u8>)>);

impl Files {
    pub(super) fn add(&mut self, path: impl Into<PathBuf>, content: impl Into<Vec<u8>>) {
        self.0.push((path.into(), content.into()));
    }

    /// Adds a folder of this program, whose paths begin with `prefix`, under another.
    pub(super) fn add_all(&mut self, folder: &Dir<'_>, prefix: &str, to: &Path) {
        for entry in folder.entries() {
            match entry {
                DirEntry::Dir(folder) => self.add_all(folder, prefix, to),
                DirEntry::File(file) => {
                    let path = file.path().strip_prefix(prefix).unwrap_or(file.path());
                    self.add(to.join(path), file.contents());
                }
            }
        }
    }

    /// Writes them into a folder beside `target`, which becomes `target` when it is whole. An empty folder there
    /// is replaced.
    pub(super) fn put(&self, target: &Path) -> io::Result<()> {
        let parent = target.parent().filter(|parent| !parent.as_os_str().is_empty());
        let parent = parent.unwrap_or(Path::new("."));
        let beside = tempfile::Builder::new().prefix(".tenterhook-new-").tempdir_in(parent)?;
        let folder = beside.path().join("project");
        for (path, content) in &self.0 {
            let path = folder.join(path);
            path.parent().map_or(Ok(()), fs::create_dir_all)?;
            fs::write(&path, content)?;
            if path.extension().is_some_and(|extension| extension == "sh") {
                fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
            }
        }
        fs::rename(folder, target)
    }
}
