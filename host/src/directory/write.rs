//! Changes to the hooks directory: each file is there whole, as it was or as it is to be, whenever somebody looks.

use super::Directory;
use rustix::fs::{AtFlags, Mode, OFlags, fsync, openat, renameat, unlinkat};
use rustix::io::Errno;
use std::fs::File;
use std::io::{self, Write};

impl Directory {
    /// The directory as it would be with this file in it.
    #[must_use]
    pub(crate) fn supposing(mut self, name: String, bytes: Vec<u8>) -> Self {
        self.supposed.insert(name, bytes);
        self
    }

    /// Writes a file: beside it first, under a name that nobody looks at, and renamed once it is on the disk.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let temporary = format!(".{name}.{}", std::process::id());
        let written = self.write_new(&temporary, bytes);
        let renamed = written.and_then(|()| Ok(renameat(&self.fd, &temporary, &self.fd, name)?));
        if renamed.is_err() {
            // What is left of it is in nobody's way.
            let _ = unlinkat(&self.fd, &temporary, AtFlags::empty());
        }
        renamed.and_then(|()| Ok(fsync(&self.fd)?))
    }

    fn write_new(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mode = Mode::RUSR | Mode::WUSR | Mode::RGRP | Mode::ROTH;
        let mut file = File::from(openat(&self.fd, name, flags, mode)?);
        file.write_all(bytes)?;
        file.sync_all()
    }

    /// Takes a file away, if it is there.
    pub(crate) fn remove(&self, name: &str) -> io::Result<()> {
        match unlinkat(&self.fd, name, AtFlags::empty()) {
            Err(Errno::NOENT) => Ok(()),
            removed => Ok(removed.and_then(|()| fsync(&self.fd))?),
        }
    }
}
