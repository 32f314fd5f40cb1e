//! Compiled components on disk: by digest and engine, private, authenticated, replaced by rename only.
//!
//! An artifact is native code, so nothing is loaded that this host's user did not write with this directory's
//! key. Whatever is wrong with the directory or a file in it, the component is compiled anew.

use hmac::{Hmac, KeyInit, Mac};
use rustix::fs::{Mode, OFlags};
use sha2::Sha256;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Bytes of all artifacts; beyond it the oldest go.
const CACHE_BYTES_MAX: u64 = 1 << 30;
/// Bytes of one artifact.
pub(super) const ARTIFACT_BYTES_MAX: u64 = 128 << 20;
const TAG_BYTES: usize = 32;
const KEY: &str = "key";

/// The artifacts of one engine.
pub(crate) struct Cache {
    folder: PathBuf,
    key: Hmac<Sha256>,
    engine: String,
}

impl Cache {
    /// Opens a folder, and makes it where there is none. Fails where others may write to it.
    pub(crate) fn open(folder: &Path, engine: String) -> io::Result<Self> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        if !is_private(&fs::metadata(folder)?) {
            let message = "it belongs to somebody else, or others may write to it (chmod 700)";
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, message));
        }
        let key = key(folder)?;
        let key = Hmac::new_from_slice(&key).map_err(io::Error::other)?;
        Ok(Self { folder: folder.to_owned(), key, engine })
    }

    /// The artifact of a component, unless there is none that can be trusted.
    pub(super) fn get(&self, digest: &str) -> Option<Vec<u8>> {
        let mut bytes = read_private(&self.path(digest)).ok()?;
        let (tag, artifact) = bytes.split_at_checked(TAG_BYTES)?;
        self.mac(digest, artifact).verify_slice(tag).ok()?;
        bytes.drain(..TAG_BYTES);
        Some(bytes)
    }

    /// Keeps an artifact.
    pub(super) fn put(&self, digest: &str, artifact: &[u8]) -> io::Result<()> {
        let tag = self.mac(digest, artifact).finalize().into_bytes();
        let path = self.path(digest);
        write_private(&path, &[&tag, artifact])?;
        self.prune(&path)
    }

    fn mac(&self, digest: &str, artifact: &[u8]) -> Hmac<Sha256> {
        let mut mac = self.key.clone();
        mac.update(digest.as_bytes());
        mac.update(self.engine.as_bytes());
        mac.update(artifact);
        mac
    }

    fn path(&self, digest: &str) -> PathBuf {
        self.folder.join(format!("{digest}-{}.cwasm", self.engine))
    }

    /// Takes the oldest artifacts away until what is left fits.
    fn prune(&self, newest: &Path) -> io::Result<()> {
        let artifact = |entry: fs::DirEntry| {
            let (path, metadata) = (entry.path(), entry.metadata().ok()?);
            let is_artifact = path.extension().is_some_and(|extension| extension == "cwasm");
            let age = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            (is_artifact && path != newest).then_some((age, metadata.len(), path))
        };
        let mut artifacts: Vec<_> = fs::read_dir(&self.folder)?.flatten().filter_map(artifact).collect();
        artifacts.sort();
        let mut bytes: u64 = artifacts.iter().map(|(_, bytes, _)| bytes).sum();
        for (_, size, path) in artifacts {
            if bytes <= CACHE_BYTES_MAX {
                break;
            }
            fs::remove_file(path)?;
            bytes -= size;
        }
        Ok(())
    }
}

/// The folder's key; a new one makes every artifact of before worthless.
fn key(folder: &Path) -> io::Result<Vec<u8>> {
    let path = folder.join(KEY);
    match read_private(&path) {
        Ok(key) if key.len() == TAG_BYTES => Ok(key),
        _ => {
            let mut key = vec![0; TAG_BYTES];
            getrandom::fill(&mut key).map_err(io::Error::other)?;
            write_private(&path, &[&key])?;
            Ok(key)
        }
    }
}

/// Whether a file is this user's, and nobody else may write to it.
fn is_private(metadata: &fs::Metadata) -> bool {
    metadata.uid() == rustix::process::geteuid().as_raw() && metadata.mode() & 0o022 == 0
}

fn read_private(path: &Path) -> io::Result<Vec<u8>> {
    let fd = rustix::fs::open(
        path,
        OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK,
        Mode::empty(),
    )?;
    let file = File::from(fd);
    let metadata = file.metadata()?;
    if !metadata.is_file() || !is_private(&metadata) {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    let mut bytes = Vec::new();
    file.take(ARTIFACT_BYTES_MAX + TAG_BYTES as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn write_private(path: &Path, parts: &[&[u8]]) -> io::Result<()> {
    let temporary = path.with_extension(format!("{}.part", uuid::Uuid::now_v7()));
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
    let written = parts.iter().try_for_each(|part| file.write_all(part)).and_then(|()| file.sync_all());
    let kept = written.and_then(|()| fs::rename(&temporary, path));
    if kept.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    kept
}
