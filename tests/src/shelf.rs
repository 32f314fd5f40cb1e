//! Given: local programs, and hooks that run them.

use crate::Given;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A directory of programs that hooks may run.
pub struct Shelf(TempDir);

impl Default for Shelf {
    fn default() -> Self {
        Self::new()
    }
}

impl Shelf {
    /// An empty one. Everybody may look into it, since programs may be run as somebody else.
    pub fn new() -> Self {
        let folder = TempDir::new().expect("there is room for a temporary directory");
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).expect("it has an owner");
        Self(folder)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// A shell script of this name; its path.
    pub fn put(&self, name: &str, script: &str) -> PathBuf {
        self.file(name, format!("#!/bin/sh\n{script}\n"), 0o755)
    }

    /// Any file, with this mode; its path. One that is there is replaced, as an installer does it.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>, mode: u32) -> PathBuf {
        let (path, beside) = (self.0.path().join(name), self.0.path().join(format!(".{name}")));
        fs::write(&beside, content).expect("the file can be written");
        fs::set_permissions(&beside, Permissions::from_mode(mode)).expect("it has an owner");
        fs::rename(beside, &path).expect("the file can be put into place");
        path
    }

    /// Hooks that may run these programs, started by `tenterhook`, the binary under test.
    pub fn given(&self, tenterhook: &str) -> Given {
        let (path, tenterhook) = (self.0.path().to_owned(), tenterhook.to_owned());
        Given::new().built(move |builder| builder.scripts([&path]).warden(&tenterhook, ["__warden"]))
    }

    /// A world with one hook `a` that runs this shell script on servers that are to be created.
    pub fn with(&self, tenterhook: &str, script: &str, toml: &str) -> Given {
        let path = self.put("a.sh", script);
        self.given(tenterhook).toml("a", &script_toml(&path, toml))
    }

    /// Whether a process runs that was started from here.
    pub fn is_busy(&self) -> bool {
        let command = |entry: fs::DirEntry| fs::read(entry.path().join("cmdline")).ok();
        let here = self.0.path().as_os_str().as_encoded_bytes();
        let holds = |command: Vec<u8>| command.windows(here.len()).any(|part| part == here);
        let all = fs::read_dir("/proc").into_iter().flatten().flatten();
        all.filter_map(command).any(holds)
    }
}

/// The TOML of a hook that runs a program.
pub fn script_toml(path: &Path, more: &str) -> String {
    let limits = if more.contains("deadline") { "" } else { "limits.deadline = '20s'\n" };
    format!(
        "name = 'Script'\nclass = 'script'\ntype = 'cloud'\npriority = 1\n\
         on = [{{ event = 'cloud.pre_create' }}, {{ event = 'cloud.post_create' }}]\n\
         properties.path = '{}'\n{limits}{more}\n",
        path.display()
    )
}
