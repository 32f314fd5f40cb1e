//! Versions of hooks that are not tried again, and why: those that failed on probation, kept in
//! `<data>/rejected.toml` until their files change or their operator accepts them, and those that did not start,
//! kept until the operator asks for a reload.

use crate::good::{Identity, private_folder, replace};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// The versions, by the hook's id.
#[derive(Clone, Default)]
pub(crate) struct Rejected {
    path: Option<PathBuf>,
    failed: BTreeMap<String, Entry>,
    unfit: BTreeMap<String, Entry>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Entry {
    reason: String,
    #[serde(flatten)]
    identity: Identity,
    /// It differs from the version before it only in its secrets, of which nothing is written down.
    #[serde(skip)]
    passing: bool,
}

impl Entry {
    /// Whether it is of this version. What was written down is so whatever the secrets are.
    fn is_of(&self, identity: &Identity) -> bool {
        let secrets = self.identity.secrets;
        self.identity.has_files_of(identity) && (secrets.is_none() || secrets == identity.secrets)
    }
}

/// Why a version is not tried.
pub(crate) enum Refusal<'a> {
    /// It failed on probation.
    Failed(&'a str),
    /// It did not start.
    Unfit(&'a str),
}

impl Rejected {
    /// Reads the list under the data directory. Without one it lasts as long as the host.
    pub(crate) fn under(data: Option<&Path>) -> Self {
        let path = data.map(|data| data.join("rejected.toml"));
        let text = path.as_ref().and_then(|path| std::fs::read_to_string(path).ok());
        let failed = text.map(|text| {
            toml::from_str(&text).unwrap_or_else(|error| {
                tracing::warn!(%error, "the list of rejected versions cannot be read");
                BTreeMap::new()
            })
        });
        Self { path, failed: failed.unwrap_or_default(), unfit: BTreeMap::new() }
    }

    /// Why this version of a hook is not to be tried.
    pub(crate) fn refusal(&self, id: &str, identity: &Identity) -> Option<Refusal<'_>> {
        let failed = self.failed.get(id).filter(|entry| entry.is_of(identity));
        let unfit = self.unfit.get(id).filter(|entry| entry.is_of(identity));
        let failed = failed.map(|entry| Refusal::Failed(&entry.reason));
        failed.or_else(|| unfit.map(|entry| Refusal::Unfit(&entry.reason)))
    }

    /// Notes a version that failed on probation against `old`, in place of any other of this hook. Where the two
    /// differ only in their secrets, this lasts as long as the host.
    pub(crate) fn reject(
        &mut self,
        id: &str,
        identity: Identity,
        old: Option<&Identity>,
        reason: String,
    ) -> io::Result<()> {
        let passing = old.is_some_and(|old| old.has_files_of(&identity));
        self.failed.insert(id.to_owned(), Entry { reason, identity, passing });
        self.write()
    }

    /// Notes a version that did not start.
    pub(crate) fn note_unfit(&mut self, id: &str, identity: Identity, reason: String) {
        self.unfit.insert(id.to_owned(), Entry { reason, identity, passing: true });
    }

    /// Lets versions that did not start try again.
    pub(crate) fn forget_unfit(&mut self) {
        self.unfit.clear();
    }

    /// Lets the version of a hook that failed on probation try again; whether there was one.
    pub(crate) fn accept(&mut self, id: &str) -> io::Result<bool> {
        let was_rejected = self.failed.remove(id).is_some();
        if was_rejected {
            self.write()?;
        }
        Ok(was_rejected)
    }

    fn write(&self) -> io::Result<()> {
        let Some(path) = &self.path else { return Ok(()) };
        if let Some(folder) = path.parent() {
            private_folder(folder)?;
        }
        let lasting: BTreeMap<_, _> = self.failed.iter().filter(|(_, entry)| !entry.passing).collect();
        let text = toml::to_string(&lasting).map_err(io::Error::other)?;
        replace(path, text.as_bytes())
    }
}
