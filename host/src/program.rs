//! Local programs that hooks may run: in which directories they lie, and whether one is still what was loaded.
//!
//! Reads and compares files; starts nothing.

use crate::directory::Directory;
use crate::process;
use rustix::fs::Stat;
use std::fs::File;
use std::io::Read;
use std::path::{Component, Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The bits of a file's mode that let somebody run it, and everybody write to it.
const EXECUTABLE: u32 = 0o111;
const WRITABLE: u32 = 0o002;
/// Bytes of the line that names a script's interpreter, as the kernel has it.
const INTERPRETER_BYTES_MAX: usize = 256;
/// Who programs are run as where the host is root and nobody else is named.
const NOBODY: &str = "nobody";

/// Which programs may run, and as whom.
#[derive(Clone, Default)]
pub(crate) struct Scripts {
    pub(crate) directories: Vec<PathBuf>,
    /// A name or a number; none is the host's own user, or `nobody` where that is root.
    pub(crate) user: Option<String>,
    /// What starts them.
    pub(crate) warden: Option<process::Program>,
}

/// What is wrong with a program, and what to do.
pub(crate) type Wrong = (String, String);

fn wrong<T>(message: impl Into<String>, hint: impl Into<String>) -> Result<T, Wrong> {
    Err((message.into(), hint.into()))
}

/// A program as it was when it was loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// The directory that was allowed.
    directory: PathBuf,
    /// The program in it.
    name: String,
    stamp: Stamp,
}

/// What tells one content of a file from another: writing, replacing and changing its mode all show.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stamp {
    device: u64,
    inode: u64,
    size: i64,
    changed: (i64, u64),
}

impl Stamp {
    fn of(stat: &Stat) -> Self {
        Self {
            device: stat.st_dev,
            inode: stat.st_ino,
            size: stat.st_size,
            changed: (stat.st_ctime, stat.st_ctime_nsec),
        }
    }
}

impl Place {
    /// Whether the file is the one that was loaded.
    pub(crate) fn is_unchanged(&self) -> bool {
        let stamp = || {
            let file = Directory::open(&self.directory).ok()?.open_file(&self.name, usize::MAX).ok()?;
            Some(Stamp::of(&rustix::fs::fstat(file).ok()?))
        };
        stamp().as_ref() == Some(&self.stamp)
    }

    /// How long ago it was changed, when it was loaded.
    pub(crate) fn age(&self) -> Option<Duration> {
        let (seconds, nanos) = self.stamp.changed;
        let changed = Duration::from_secs(seconds.try_into().ok()?) + Duration::from_nanos(nanos);
        SystemTime::now().duration_since(UNIX_EPOCH + changed).ok()
    }
}

impl Scripts {
    /// Opens a program, checks it, and reads it whole.
    pub(crate) fn find(&self, path: &str, bytes_max: usize) -> Result<(Place, Vec<u8>), Wrong> {
        let (directory, name) = self.allowed(path)?;
        let open = Directory::open(directory)
            .map_err(|error| (format!("{} cannot be opened: {error}", directory.display()), String::new()))?;
        for folder in name.ancestors().skip(1) {
            let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            let mode = open.mode(&folder.to_string_lossy()).ok().flatten();
            if mode.is_some_and(|mode| mode & WRITABLE != 0) {
                let folder = directory.join(folder);
                return wrong(
                    format!("everybody may write to {}", folder.display()),
                    format!("chmod o-w {}", folder.display()),
                );
            }
        }
        let name = name.to_string_lossy().into_owned();
        let plain = |reason: String| (reason, String::new());
        let mut file = open.open_file(&name, bytes_max).map_err(plain)?;
        let stamp = |file: &File| rustix::fs::fstat(file).map_err(|error| (error.to_string(), String::new()));
        let before = stamp(&file)?;
        if before.st_mode & EXECUTABLE == 0 {
            return wrong("is not executable", format!("chmod +x {path}"));
        }
        let mut bytes = Vec::new();
        file.by_ref()
            .take(bytes_max as u64)
            .read_to_end(&mut bytes)
            .map_err(|error| (error.to_string(), String::new()))?;
        let stamp = Stamp::of(&stamp(&file)?);
        if stamp != Stamp::of(&before) {
            return wrong("is being written", "reload when it is whole");
        }
        interpreted(&bytes)?;
        Ok((Place { directory: directory.to_owned(), name, stamp }, bytes))
    }

    /// The directory that a program lies in, and its path in it.
    fn allowed<'p>(&self, path: &'p str) -> Result<(&Path, &'p Path), Wrong> {
        if self.directories.is_empty() {
            return wrong(
                "no script may run on this host",
                "its operator names the directories of programs with scripts.directories",
            );
        }
        if self.warden.is_none() {
            return wrong(
                "this host has nothing that starts programs",
                "an embedder names it with HostBuilder::warden",
            );
        }
        let path = Path::new(path);
        if !path.is_absolute() || path.components().any(|part| part == Component::ParentDir) {
            return wrong("is no plain path", "write it from the root on, without \"..\"");
        }
        let inside = |directory: &'_ PathBuf| path.strip_prefix(directory).ok();
        let found = self.directories.iter().find_map(|directory| Some((directory, inside(directory)?)));
        match found {
            Some((directory, name)) if !name.as_os_str().is_empty() => Ok((directory, name)),
            _ => {
                let known: Vec<String> =
                    self.directories.iter().map(|directory| directory.display().to_string()).collect();
                wrong(
                    "lies in no directory that programs may run from",
                    format!("these are {}", known.join(", ")),
                )
            }
        }
    }

    /// Whose rights programs have, by user and group; none where they have the host's own.
    pub(crate) fn user(&self) -> Result<Option<(u32, u32)>, String> {
        let own = rustix::process::geteuid();
        let name = match &self.user {
            Some(name) => name.as_str(),
            None if own.is_root() => NOBODY,
            None => return Ok(None),
        };
        let accounts = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        let (uid, gid) = account(&accounts, name).ok_or_else(|| format!("there is no user {name:?}"))?;
        match own.as_raw() == uid {
            true => Ok(None),
            false if own.is_root() => Ok(Some((uid, gid))),
            false => Err(format!("only a host that is root can run programs as {name}")),
        }
    }
}

/// The user and group of a name or a number.
fn account(accounts: &str, name: &str) -> Option<(u32, u32)> {
    let account = |line: &str| {
        let fields: Vec<&str> = line.split(':').collect();
        let found = fields.first() == Some(&name) || fields.get(2) == Some(&name);
        found.then(|| Some((fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?)))?
    };
    accounts.lines().find_map(account).or_else(|| name.parse().ok().map(|id| (id, id)))
}

/// Whether there is the interpreter that a script names.
fn interpreted(bytes: &[u8]) -> Result<(), Wrong> {
    let Some(rest) = bytes.strip_prefix(b"#!") else { return Ok(()) };
    let line = rest.split(|b| *b == b'\n').next().unwrap_or_default();
    let line = String::from_utf8_lossy(&line[..line.len().min(INTERPRETER_BYTES_MAX)]);
    let Some(interpreter) = line.split_whitespace().next() else {
        return wrong("names no interpreter behind #!", "begin it with #!/bin/sh, for one");
    };
    let there = std::fs::metadata(interpreter).is_ok_and(|file| file.is_file());
    if there { Ok(()) } else { wrong(format!("its interpreter {interpreter:?} is missing"), "install it") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_a_name_or_a_number() {
        let accounts = "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65533::/:/none\nbroken\n";
        assert_eq!(account(accounts, "nobody"), Some((65534, 65533)));
        assert_eq!(account(accounts, "65534"), Some((65534, 65533)));
        assert_eq!(account(accounts, "1234"), Some((1234, 1234)));
        assert_eq!((account(accounts, "somebody"), account(accounts, "")), (None, None));
    }
}
