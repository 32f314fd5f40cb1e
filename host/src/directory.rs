//! The hooks directory: the one registry there is. Reads files safely, knows nothing of what they mean.

#[cfg(any(feature = "api", feature = "cli"))]
mod write;

use crate::problem::{Place, Problem};
use rustix::fs::{Dir, Mode, OFlags, ResolveFlags, openat2};
use rustix::io::Errno;
use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// An open directory. Links inside it are followed, nothing leaves it.
pub(crate) struct Directory {
    path: PathBuf,
    fd: OwnedFd,
    /// Files that are only supposed, to see what the directory would be with them.
    supposed: HashMap<String, Vec<u8>>,
}

/// Links are followed as long as they stay inside.
const BENEATH: ResolveFlags = ResolveFlags::BENEATH.union(ResolveFlags::NO_MAGICLINKS);

/// Bytes of a TOML file.
pub(crate) const TOML_BYTES_MAX: usize = 1 << 20;

impl Directory {
    /// Opens a directory.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let fd = rustix::fs::open(path, flags, Mode::empty())?;
        Ok(Self { path: path.to_owned(), fd, supposed: HashMap::new() })
    }

    /// The names of what is in it or in a folder of it, sorted; dot-names are not looked at. A folder
    /// that is missing is empty.
    pub(crate) fn names(&self, folder: &str) -> io::Result<Vec<String>> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let path = if folder.is_empty() { "." } else { folder };
        let fd = match openat2(&self.fd, path, flags, Mode::empty(), BENEATH) {
            Err(Errno::NOENT) => return Ok(Vec::new()),
            fd => fd?,
        };
        let mut names = Vec::new();
        for entry in Dir::read_from(&fd)? {
            let entry = entry?;
            names.extend(entry.file_name().to_str().ok().map(str::to_owned));
        }
        if folder.is_empty() {
            names.extend(self.supposed.keys().cloned());
        }
        names.retain(|name| !name.starts_with('.'));
        names.sort();
        names.dedup();
        Ok(names)
    }

    /// How a file is named in problems.
    pub(crate) fn display(&self, name: &str) -> String {
        self.path.join(name).display().to_string()
    }

    /// Reads a regular file of at most `bytes_max` bytes that not everybody may write to.
    pub(crate) fn read(&self, name: &str, bytes_max: usize) -> Result<Vec<u8>, String> {
        if let Some(bytes) = self.supposed.get(name) {
            let fits = bytes.len() <= bytes_max;
            return if fits { Ok(bytes.clone()) } else { Err(too_large(bytes_max)) };
        }
        self.open_file(name, bytes_max).and_then(|mut file| {
            let mut bytes = Vec::new();
            let limit = bytes_max as u64 + 1;
            file.by_ref().take(limit).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
            if bytes.len() > bytes_max {
                return Err(too_large(bytes_max));
            }
            Ok(bytes)
        })
    }

    pub(crate) fn open_file(&self, name: &str, bytes_max: usize) -> Result<File, String> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let fd = openat2(&self.fd, name, flags, Mode::empty(), BENEATH).map_err(|error| match error {
            Errno::XDEV => "leads out of its directory".to_owned(),
            Errno::NOENT => "there is no such file".to_owned(),
            error => error.to_string(),
        })?;
        let file = File::from(fd);
        let metadata = file.metadata().map_err(|error| error.to_string())?;
        if !metadata.is_file() {
            return Err("is no regular file".into());
        }
        if metadata.permissions().mode() & 0o002 != 0 {
            return Err("everybody may write to it (chmod o-w)".into());
        }
        if metadata.len() > bytes_max as u64 {
            return Err(too_large(bytes_max));
        }
        Ok(file)
    }

    /// Who may do what with a file; none where there is no such file.
    pub(crate) fn mode(&self, name: &str) -> io::Result<Option<u32>> {
        match openat2(&self.fd, name, OFlags::PATH | OFlags::CLOEXEC, Mode::empty(), BENEATH) {
            Err(Errno::NOENT) => Ok(None),
            fd => Ok(Some(rustix::fs::fstat(fd?)?.st_mode)),
        }
    }

    /// How long ago a file was last changed, or, where there is none, anything came to the directory or went.
    /// Writing, replacing and renaming all count, and nobody can set this time.
    pub(crate) fn age(&self, name: &str) -> Option<Duration> {
        let flags = OFlags::PATH | OFlags::CLOEXEC;
        let open = |name: &str| openat2(&self.fd, name, flags, Mode::empty(), BENEATH);
        let stat = rustix::fs::fstat(open(name).or_else(|_| open(".")).ok()?).ok()?;
        let seconds = Duration::from_secs(stat.st_ctime.try_into().ok()?);
        let changed = UNIX_EPOCH + seconds + Duration::from_nanos(stat.st_ctime_nsec);
        SystemTime::now().duration_since(changed).ok()
    }

    /// Reads a TOML file as text.
    pub(crate) fn read_toml(&self, name: &str) -> Result<String, String> {
        let bytes = self.read(name, TOML_BYTES_MAX)?;
        String::from_utf8(bytes).map_err(|error| format!("is not UTF-8: {}", error.utf8_error()))
    }
}

fn too_large(bytes_max: usize) -> String {
    format!("is larger than {}", bytesize::ByteSize::b(bytes_max as u64))
}

/// Whether a text can be a hook's id: `[a-z0-9][a-z0-9_-]{0,63}`.
pub(crate) fn is_id(id: &str) -> bool {
    let first = id.bytes().next().is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let rest = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-';
    first && id.len() <= 64 && id.bytes().all(rest)
}

/// What stands for one hook in a directory.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Stem {
    /// The files' common stem: the hook's id.
    pub(crate) id: String,
    /// `<id>.toml`
    pub(crate) toml: bool,
    /// `<id>.wasm`
    pub(crate) wasm: bool,
    /// `<id>.js`
    pub(crate) js: bool,
}

impl Stem {
    /// Groups file names by stem, sorted; files of other kinds are passed over.
    pub(crate) fn group(names: &[String]) -> Vec<Self> {
        let mut stems: BTreeMap<&str, Self> = BTreeMap::new();
        for name in names {
            let Some((id, kind)) = name.rsplit_once('.') else {
                continue;
            };
            if !["toml", "wasm", "js"].contains(&kind) {
                continue;
            }
            let stem = stems.entry(id).or_insert_with(|| Self { id: id.to_owned(), ..Self::default() });
            match kind {
                "toml" => stem.toml = true,
                "wasm" => stem.wasm = true,
                _ => stem.js = true,
            }
        }
        stems.into_values().collect()
    }

    /// Whether the stem can be an id.
    pub(crate) fn is_id(&self) -> bool {
        is_id(&self.id)
    }

    /// What is wrong with the files' names, among all `stems`.
    pub(crate) fn problems(&self, stems: &[Self], place: &Place) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut error = |message: String, hint: &str| {
            problems.push(Problem::error(place.clone(), message).hint(hint));
        };
        if !self.is_id() {
            let message = format!("{:?} is no id for a hook", self.id);
            error(message, "name the file with a-z, 0-9, _ and -, at most 64, no dot");
        }
        let alike = |other: &&Self| other.id != self.id && other.id.eq_ignore_ascii_case(&self.id);
        if let Some(other) = stems.iter().find(alike) {
            error(format!("{:?} and {:?} differ only in case", self.id, other.id), "rename one");
        }
        if self.js && self.wasm {
            error(format!("{0}.js beside {0}.wasm", self.id), "keep the one that is the hook");
        } else if self.js && !self.toml {
            let hint = "write there what it is for: class = \"javascript\", name, type, priority, [[on]]";
            error(format!("{0}.js without {0}.toml", self.id), hint);
        }
        problems
    }
}
