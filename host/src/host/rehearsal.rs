//! What would become of a hook, before its files are changed.

#[cfg(feature = "api")]
use super::Host;
use super::job::Stock;
use crate::catalogue::Catalogue;
use crate::directory::Directory;
use crate::good::Good;
use crate::load::{Compile, Loaded, rehearse};
use crate::problem::{Place, Problem};
use crate::rejected::Rejected;
use crate::roster::{Hook, State};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// What a hook may lack until it is enabled.
const LATER: [&str; 3] = ["file", "admission", "secret"];

/// What a changed hook is tried with.
#[derive(Clone)]
pub(crate) struct Rehearsal {
    pub(super) hooks: Option<PathBuf>,
    pub(super) stock: Arc<Stock>,
}

#[cfg(feature = "api")]
impl Host {
    /// What changed hooks are tried with.
    pub(crate) fn rehearsal(&self) -> Rehearsal {
        self.0.rehearsal.clone()
    }
}

impl Rehearsal {
    /// The hooks directory, where the host has one.
    pub(crate) fn directory(&self) -> Option<io::Result<Directory>> {
        self.hooks.as_deref().map(Directory::open)
    }

    /// The hook of this id as `directory` has it, compiled and not run; or everything that is wrong with it. A hook
    /// that is not enabled may lack its component, its digest and its secrets; and where its component is not new, what is
    /// wrong with that is no obstacle.
    pub(crate) fn hook(
        &self,
        directory: &Directory,
        id: &str,
        catalogue: &Catalogue,
        new_component: bool,
    ) -> Result<Hook, Vec<Problem>> {
        // Neither what is remembered nor what was rejected counts: the operator asks for this version.
        let (good, rejected) = (Good::under(None), Rejected::under(None));
        let loading = self.stock.loading((&good, &rejected), Compile::All, false);
        let mut registry = rehearse(directory, id, catalogue.clone(), &loading);
        let mut problems = registry.problems;
        let Some(Loaded { manifest, problems: own, .. }) = registry.hooks.pop() else {
            problems.retain(Problem::is_error);
            return Err(problems);
        };
        problems.extend(own);
        let hinders = |problem: &Problem| match problem.kind {
            None => true,
            Some(kind) => manifest.is_enabled() || (new_component && !LATER.contains(&kind)),
        };
        problems.retain(|problem| problem.is_error() && hinders(problem));
        if manifest.on.is_empty() && problems.is_empty() {
            let place = Place::file(directory.display(&format!("{id}.toml")));
            let problem = Problem::error(place, "nobody knows the hook's events");
            problems.push(problem.hint("name them under \"on\""));
        }
        if problems.is_empty() {
            Ok(Hook::new(manifest, None, State::Idle, Arc::default(), Arc::default()))
        } else {
            Err(problems)
        }
    }
}
