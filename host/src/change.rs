//! One change to the files of a hook: tried first, then written whole. Knows nothing of who asks for it.

mod files;
mod shared;
mod toml;

pub(crate) use files::{Change, Files};

use crate::catalogue::Catalogue;
use crate::directory::{Directory, Stem};
use crate::host::Rehearsal;
use crate::load::once_each;
use crate::problem::{Place, Problem};
use crate::roster::{Hook, Roster};
use shared::Other;
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
    /// The files of those that share its component, which are changed with it.
    others: Vec<Other>,
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
        let mut after = before.after(change, &place)?;
        let others = self.others(&directory, roster, wasm_bytes_max)?;
        if others.iter().any(|other| other.after.wasm != other.before.wasm) {
            // Its component lies elsewhere.
            after.wasm.clone_from(&before.wasm);
        }
        let mut plan = Plan { directory, before, after, others, hook: None };
        if !matches!(change, Change::Remove) {
            plan.hook = Some(self.rehearse(&plan, rehearsal, &roster.catalogue)?);
        }
        Ok(plan)
    }

    /// The hook as it will be, or everything that is wrong with it and with those that share its component.
    fn rehearse(
        &self,
        plan: &Plan,
        rehearsal: &Rehearsal,
        catalogue: &Catalogue,
    ) -> Result<Hook, ChangeError> {
        let mut supposed = plan.after.supposed(open(rehearsal)?, &self.id);
        for other in &plan.others {
            supposed = other.after.supposed(supposed, &other.id);
        }
        let try_out = |id: &str| rehearsal.hook(&supposed, id, catalogue, self.change.component().is_some());
        let hook = try_out(&self.id);
        let hooks = plan.others.iter().filter(|other| other.is_hook);
        let mut problems: Vec<_> = hooks.filter_map(|other| try_out(&other.id).err()).flatten().collect();
        match hook {
            Ok(hook) if problems.is_empty() => return Ok(hook),
            Ok(_) => {}
            Err(own) => drop(problems.splice(..0, own)),
        }
        once_each(&mut problems);
        Err(ChangeError::Bad(problems))
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

    /// A component that serves other hooks is not taken away from them, nor comes with a TOML for one of them.
    fn spare_others(&self, roster: &Roster) -> Result<(), ChangeError> {
        if !matches!(self.change, Change::Pair(..) | Change::Remove) {
            return Ok(());
        }
        let (file, sharing) = self.sharing(roster);
        match sharing.first() {
            Some(other) => {
                let message = format!("{file} serves the hook {other:?} as well");
                Err(ChangeError::Conflict(error_of(message)))
            }
            None => Ok(()),
        }
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
        let own = (id, &self.before, &self.after);
        let others = self.others.iter().map(|other| (other.id.as_str(), &other.before, &other.after));
        let mut files: Vec<_> = others.chain([own]).collect();
        // The component comes last: until then no digest fits, and then every one does.
        files.sort_by_key(|(_, before, after)| before.wasm != after.wasm);
        let mut written = Vec::new();
        for (id, before, after) in files {
            written.extend(after.write(before, &self.directory, id)?);
        }
        Ok(written)
    }
}
