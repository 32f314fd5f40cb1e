//! Where secrets come from: a directory with a file for each, or the environment.

use crate::directory::Directory;
use crate::limits::KIB;
use crate::manifest::{Manifest, Secret};
use crate::problem::{Place, Problem};
use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Bytes of a secret.
const BYTES_MAX: usize = 64 * KIB;
/// The bit of a file's mode that lets everybody read it.
const READABLE: u32 = 0o004;

/// Where secrets come from.
#[derive(Clone, Default)]
pub(crate) struct Secrets {
    directory: Option<PathBuf>,
    /// What fingerprints are made with: one that is written down would tell nothing.
    key: RandomState,
}

/// The directory while a hook's secrets are read; none is named, or it is open, or why it is not.
type Open = Option<Result<Directory, String>>;

impl Secrets {
    /// From this directory first.
    pub(crate) fn of(directory: PathBuf) -> Self {
        Self { directory: Some(directory), ..Self::default() }
    }

    /// The directory, where one is named.
    pub(crate) fn directory(&self) -> Option<&Path> {
        self.directory.as_deref()
    }

    /// Reads the secrets that a hook's properties refer to; says which there are not. Gives back a number that
    /// stands for their values as long as this process lives; none where there are none.
    pub(crate) fn fill(&self, manifest: &mut Manifest, problems: &mut Vec<Problem>) -> Option<u64> {
        if manifest.secrets.is_empty() {
            return None;
        }
        let directory = self.open();
        for (property, secret) in &mut manifest.secrets {
            match read(directory.as_ref(), &secret.name) {
                Ok(value) => secret.value = Some(value.into()),
                Err(reason) => problems.push(missing(property, secret, &reason)),
            }
            problems.extend(directory.iter().flatten().filter_map(|directory| exposed(directory, secret)));
        }
        let value = |secret: &Secret| secret.value.clone();
        Some(self.key.hash_one(manifest.secrets.values().map(value).collect::<Vec<_>>()))
    }

    /// What a secret is, or why it is not known.
    pub(crate) fn get(&self, name: &str) -> Result<String, String> {
        read(self.open().as_ref(), name).map_err(|reason| format!("the secret {name:?} {reason}"))
    }

    /// How long ago one of a hook's secrets was last changed.
    pub(crate) fn age(&self, manifest: &Manifest) -> Option<Duration> {
        if manifest.secrets.is_empty() {
            return None;
        }
        let directory = self.open()?.ok()?;
        manifest.secrets.values().filter_map(|secret| directory.age(&secret.name)).min()
    }

    fn open(&self) -> Open {
        let path = self.directory.as_deref()?;
        let why = |error| format!("{} cannot be opened: {error}", path.display());
        Some(Directory::open(path).map_err(why))
    }
}

/// What a secret is, or why it is not known.
fn read(directory: Option<&Result<Directory, String>>, name: &str) -> Result<String, String> {
    let absent = match directory {
        Some(Ok(directory)) => match directory.mode(name) {
            Ok(None) => "is not set".to_owned(),
            _ => {
                let bytes = directory.read(name, BYTES_MAX);
                return value(bytes.map_err(|reason| format!("cannot be read: {reason}"))?);
            }
        },
        Some(Err(reason)) => format!("is not set: {reason}"),
        None => "is not set".to_owned(),
    };
    match std::env::var_os(variable(name)) {
        Some(text) => value(std::os::unix::ffi::OsStringExt::into_vec(text)),
        None => Err(absent),
    }
}

/// A secret without the newline that editors end a file with. An empty one is a mistake.
fn value(bytes: Vec<u8>) -> Result<String, String> {
    if bytes.len() > BYTES_MAX {
        return Err(format!("is larger than {} KiB", BYTES_MAX / KIB));
    }
    let mut text = String::from_utf8(bytes).map_err(|_| "is not UTF-8".to_owned())?;
    if text.ends_with('\n') {
        text.truncate(text.len() - if text.ends_with("\r\n") { 2 } else { 1 });
    }
    if text.is_empty() { Err("is empty".to_owned()) } else { Ok(text) }
}

fn missing(property: &str, secret: &Secret, reason: &str) -> Problem {
    let message = format!("the property {property:?}: the secret {:?} {reason}", secret.name);
    let hint = format!("it is a file of the secrets directory, or {}", variable(&secret.name));
    Problem::error(secret.place.clone(), message).hint(hint).kind("secret")
}

/// Says that everybody on this machine may read a secret. It is used all the same: in a container there is nobody
/// else, and what mounts secrets there often leaves them readable.
fn exposed(directory: &Directory, secret: &Secret) -> Option<Problem> {
    let mode = directory.mode(&secret.name).ok()??;
    let message = format!("the secret {:?} may be read by everybody", secret.name);
    let place = Place::file(directory.display(&secret.name));
    (mode & READABLE != 0).then(|| Problem::warning(place, message).hint("chmod o-r"))
}

fn variable(name: &str) -> String {
    format!("TENTERHOOK_SECRET_{}", name.replace('-', "_").to_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_newline_at_the_end_is_no_part_of_it() {
        let read = |text: &str| value(text.as_bytes().to_vec());
        assert_eq!(read("a"), Ok("a".into()));
        assert_eq!(read("a\n"), Ok("a".into()));
        assert_eq!(read("a\r\n"), Ok("a".into()));
        assert_eq!(read(" a \n\n"), Ok(" a \n".into()));
        assert_eq!(read("\n"), Err("is empty".into()));
        assert!(read(&"a".repeat(BYTES_MAX + 1)).is_err() && value(vec![0xff]).is_err());
    }

    #[test]
    fn a_name_is_one_variable() {
        assert_eq!(variable("crm-token-2"), "TENTERHOOK_SECRET_CRM_TOKEN_2");
    }
}
