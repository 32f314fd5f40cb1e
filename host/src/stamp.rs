//! Tells one state of a file from another, so that what was read from it can be read again when it changes.

use rustix::fs::Stat;
use std::path::Path;

/// One state of a file.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub(crate) struct Stamp(u64, i64, u64, i64);

impl Stamp {
    /// The state a file is in; none where there is no file.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        rustix::fs::stat(path).ok().as_ref().map(Self::from_stat)
    }

    #[allow(clippy::unnecessary_cast, reason = "the types of the fields depend on the machine")]
    fn from_stat(stat: &Stat) -> Self {
        Self(stat.st_ino as u64, stat.st_mtime as i64, stat.st_mtime_nsec as u64, stat.st_size as i64)
    }
}
