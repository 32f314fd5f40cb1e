//! One change to the files of a hook: tried first, then written whole. Knows nothing of who asks for it.

mod files;
mod toml;

pub(crate) use files::{Change, Files};

use crate::directory::{Directory, Stem};
use crate::host::Rehearsal;
use crate::problem::{Place, Problem};
use crate::roster::{Hook, Roster};
use std::io;
use toml_edit::DocumentMut;

/// Which hook is changed, and how.
pub(crate) struct Order {
    /// The hook's id.
    pub(crate) id: String,
    /// The versions that the caller means to change, as in `If-Match`: tags with commas between them, or `*` for
    /// whichever there is.
    pub(crate) seen: Option<String>,
    /// What is done to it.
    pub(crate) change: Change,
}

/// What is to be written, and what the hook would be.
pub(crate) struct Plan {
    directory: Directory,
    /// The files as they are.
    pub(crate) before: Files,
    /// The files as they will be.
    pub(crate) after: Files,
    /// The hook as it will be, unless it is taken away.
    pub(crate) hook: Option<Hook>,
}

/// Why a hook is not changed.
#[derive(Debug)]
pub(crate) enum ChangeError {
    /// What was asked for cannot be used.
    Bad(Vec<Problem>),
    /// There is no such hook.
    Unknown(Problem),
    /// What is there does not allow it.
    Conflict(Problem),
    /// The hook is there, and its caller does not say which version of it is meant.
    Unseen(Problem),
    /// The hook has changed since its caller saw it.
    Stale(Problem),
    /// The hooks directory cannot be read or written.
    Directory(io::Error),
}

impl From<io::Error> for ChangeError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => {
                Self::Conflict(error_of(format!("the hooks directory cannot be changed: {error}")))
            }
            _ => Self::Directory(error),
        }
    }
}

fn error_of(message: impl Into<String>) -> Problem {
    Problem::error(Place::default(), message)
}

/// The hooks directory.
pub(crate) fn open(rehearsal: &Rehearsal) -> Result<Directory, ChangeError> {
    match rehearsal.directory() {
        Some(directory) => Ok(directory?),
        None => Err(ChangeError::Conflict(error_of("this host has no hooks directory"))),
    }
}

impl Order {
    /// Sees what the change would come to. `roster` has the hooks as they are.
    pub(crate) fn plan(
        &self,
        rehearsal: &Rehearsal,
        roster: &Roster,
        wasm_bytes_max: usize,
    ) -> Result<Plan, ChangeError> {
        let directory = open(rehearsal)?;
        let Self { id, change, .. } = self;
        let before = Files::read(&directory, id, wasm_bytes_max)?;
        self.permit(&before, &directory)?;
        self.spare_others(roster)?;
        let place = Place::file(directory.display(&format!("{id}.toml")));
        self.pair(&place)?;
        let after = before.after(change, &place)?;
        let hook = match change {
            Change::Remove => None,
            _ => {
                let supposed = after.supposed(open(rehearsal)?, id);
                let hook = rehearsal.hook(&supposed, id, &roster.catalogue, change.component().is_some());
                Some(hook.map_err(ChangeError::Bad)?)
            }
        };
        Ok(Plan { directory, before, after, hook })
    }

    /// Whether the hook is there or not, as it must be, and is the one that the caller saw.
    fn permit(&self, before: &Files, directory: &Directory) -> Result<(), ChangeError> {
        let Self { id, change, .. } = self;
        match change {
            Change::Create(_) if before.toml.is_some() => {
                return Err(ChangeError::Conflict(error_of(format!("there is a hook {id:?} already"))));
            }
            Change::Create(_) | Change::Component(_) | Change::Pair(..) if !before.exist() => return Ok(()),
            _ if !before.exist() => {
                let known = Stem::group(&directory.names("")?);
                let problem = error_of(format!("there is no hook {id:?}"));
                let known = known.iter().map(|stem| stem.id.as_str());
                return Err(ChangeError::Unknown(problem.did_you_mean(id, known)));
            }
            _ => {}
        }
        let Some(seen) = &self.seen else {
            let message = "name the version that you change with If-Match: its ETag, or *";
            return Err(ChangeError::Unseen(error_of(message)));
        };
        let tag = before.tag();
        match seen.split(',').map(str::trim).any(|seen| seen == "*" || seen == tag) {
            true => Ok(()),
            false => {
                let message = format!("the hook has changed meanwhile: it is {tag} now");
                Err(ChangeError::Stale(error_of(message)))
            }
        }
    }

    /// A TOML that comes with a component is one for it: all else would be checked against the wrong file.
    fn pair(&self, place: &Place) -> Result<(), ChangeError> {
        let Change::Pair(_, toml) = &self.change else { return Ok(()) };
        let (file, document) = (format!("{}.wasm", self.id), toml.parse::<DocumentMut>());
        let named = document.as_ref().ok().and_then(|document| document.get("component")?.as_str());
        match named.filter(|named| *named != file) {
            None => Ok(()),
            Some(named) => {
                let message =
                    format!("component = {named:?} is not what comes with it, which will be {file}");
                Err(ChangeError::Bad(vec![Problem::error(place.clone(), message).hint("leave it out")]))
            }
        }
    }

    /// A component that serves several hooks is not changed under one of them.
    fn spare_others(&self, roster: &Roster) -> Result<(), ChangeError> {
        let Self { id, change, .. } = self;
        if change.component().is_none() && !matches!(change, Change::Remove) {
            return Ok(());
        }
        let file = format!("{id}.wasm");
        let manifests = || roster.hooks().map(|hook| hook.manifest());
        let mut sharing = manifests().filter(|manifest| manifest.component == file && *manifest.id != **id);
        let own = manifests().find(|manifest| *manifest.id == **id);
        let foreign = own.filter(|own| matches!(change, Change::Component(_)) && own.component != file);
        let message = match (sharing.next(), foreign) {
            (Some(other), _) => format!("{file} serves the hook {:?} as well", &*other.id),
            (None, Some(own)) => format!("the component of {id} is {}, which it shares", own.component),
            (None, None) => return Ok(()),
        };
        Err(ChangeError::Conflict(error_of(message)))
    }
}

impl Change {
    /// The component that the hook gets.
    pub(crate) fn component(&self) -> Option<&[u8]> {
        match self {
            Self::Component(bytes) | Self::Pair(bytes, _) => Some(bytes),
            _ => None,
        }
    }
}

impl Plan {
    /// Writes what differs; which files these are.
    pub(crate) fn write(&self, id: &str) -> Result<Vec<String>, ChangeError> {
        Ok(self.after.write(&self.before, &self.directory, id)?)
    }
}
