//! `<data>/cause.keys`: what causes are signed with, its owner's alone, replaced after 30 days or by command.
//!
//! The file is looked at whenever a key is needed, so that a command replaces a running service's key at once. It is
//! made when the first cause is signed. Without a data directory, or where it cannot be used, keys last as long as the
//! process.

use crate::cause::{Act, Cause, Key, Keyring, Sign};
use crate::stamp::Stamp;
use jiff::Timestamp;
use rustix::fs::{FlockOperation, flock};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes of the file: far more keys than still verify.
const BYTES_MAX: u64 = 1 << 20;

/// The keys of a data directory.
pub(crate) struct Keys {
    data: Option<PathBuf>,
    known: Mutex<Known>,
}

/// The keys of one state of the file.
#[derive(Default)]
struct Known {
    stamp: Option<Stamp>,
    keyring: Arc<Keyring>,
}

impl Keys {
    /// Those of a data directory, or of this process.
    pub(crate) fn under(data: Option<&Path>) -> Arc<Self> {
        Arc::new(Self { data: data.map(Path::to_owned), known: Mutex::default() })
    }

    /// The keys as they are now. While the file cannot be used, those before it are.
    pub(crate) fn current(&self) -> Arc<Keyring> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        self.look(&mut known);
        Arc::clone(&known.keyring)
    }

    /// Signs causes with the newest key, and makes another where it is too old.
    pub(crate) fn signer(self: &Arc<Self>) -> Sign {
        let keys = Arc::clone(self);
        Arc::new(move |act| keys.sign(act, Timestamp::now()))
    }

    fn sign(&self, act: Act<'_>, now: Timestamp) -> String {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        self.look(&mut known);
        if known.keyring.is_due(now) {
            self.renew(&mut known, now);
        }
        let keyring = Arc::clone(&known.keyring);
        drop(known);
        // Without a key, which takes a machine without random numbers, there is nothing that would count.
        keyring.sign(&Cause::of(act, now)).unwrap_or_default()
    }

    fn look(&self, known: &mut Known) {
        let Some(data) = &self.data else { return };
        let path = path_in(data);
        let stamp = Stamp::of(&path);
        if stamp.is_none() || stamp == known.stamp {
            return;
        }
        known.stamp = stamp;
        match read(&path) {
            Ok(keyring) => known.keyring = Arc::new(keyring),
            Err(error) => tracing::error!("{}: {error}", path.display()),
        }
    }

    fn renew(&self, known: &mut Known, now: Timestamp) {
        let renewed = match &self.data {
            // Another process may have been faster; then its key is the newest.
            Some(data) => change(data, now, |keyring| keyring.is_due(now)),
            None => Err(io::ErrorKind::NotFound.into()),
        };
        let keyring = match renewed {
            Ok(keyring) => Ok(keyring),
            Err(error) => {
                if let Some(data) = &self.data {
                    tracing::error!("{}: {error}", path_in(data).display());
                }
                new_key(now).map(|key| known.keyring.rotated(key, now))
            }
        };
        match keyring {
            Ok(keyring) => known.keyring = Arc::new(keyring),
            Err(error) => tracing::error!(%error, "no key can be made to sign causes with"),
        }
        known.stamp = self.data.as_deref().and_then(|data| Stamp::of(&path_in(data)));
    }
}

/// Has another key sign from now on; says which. Those before it verify for another 90 days.
#[cfg(all(feature = "cli", feature = "api"))]
pub(crate) fn rotate(data: &Path) -> io::Result<String> {
    let keyring = change(data, Timestamp::now(), |_| true)?;
    Ok(keyring.newest().map(|key| key.id().to_owned()).unwrap_or_default())
}

fn path_in(data: &Path) -> PathBuf {
    data.join("cause.keys")
}

/// Adds a key to the file, if `wanted` says so of those that are in it. Returns what the file then holds.
fn change(data: &Path, now: Timestamp, wanted: impl FnOnce(&Keyring) -> bool) -> io::Result<Keyring> {
    DirBuilder::new().recursive(true).mode(0o700).create(data)?;
    // Held until the end: two who add a key at once would lose one.
    let folder = File::open(data)?;
    flock(&folder, FlockOperation::LockExclusive)?;
    let path = path_in(data);
    let keyring = match read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Keyring::default(),
        keyring => keyring?,
    };
    if !wanted(&keyring) {
        return Ok(keyring);
    }
    let keyring = keyring.rotated(new_key(now)?, now);
    let temporary = data.join(format!(".cause.keys.{}", std::process::id()));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
    file.write_all(keyring.to_text().as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&temporary, &path)?;
    folder.sync_all()?;
    Ok(keyring)
}

/// The keys in a file that is nobody else's.
fn read(path: &Path) -> io::Result<Keyring> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() || metadata.mode() & 0o077 != 0 {
        return Err(io::Error::other("others may read or write it, chmod 600"));
    }
    let mut text = String::new();
    file.take(BYTES_MAX).read_to_string(&mut text)?;
    Keyring::parse(&text).map_err(|line| io::Error::other(format!("line {line} is no key")))
}

fn new_key(now: Timestamp) -> io::Result<Key> {
    let mut bytes = [0; 36];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(Key::new(bytes, now))
}
