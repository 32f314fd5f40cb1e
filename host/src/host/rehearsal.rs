//! What would become of a hook, before its files are changed.

use super::{Host, HostBuilder};
use crate::catalogue::Catalogue;
use crate::directory::Directory;
use crate::load::{Loaded, rehearse};
use crate::machine::Engine;
use crate::problem::{Place, Problem};
use crate::roster::{Hook, State};
use std::io;
use std::sync::Arc;

/// What a changed hook is tried with.
#[derive(Clone)]
pub(crate) struct Rehearsal {
    builder: HostBuilder,
    engine: Engine,
}

impl Host {
    /// What changed hooks are tried with.
    pub(crate) fn rehearsal(&self) -> Rehearsal {
        self.0.rehearsal.clone()
    }
}

impl Rehearsal {
    pub(super) fn of(builder: &HostBuilder, engine: &Engine) -> Self {
        Self { builder: builder.clone(), engine: engine.clone() }
    }

    /// The hooks directory, where the host has one.
    pub(crate) fn directory(&self) -> Option<io::Result<Directory>> {
        self.builder.hooks.as_deref().map(Directory::open)
    }

    /// The hook of this id as `directory` has it, compiled and not run; or everything that is wrong with it. A hook
    /// that is not enabled may lack its component.
    pub(crate) fn hook(
        &self,
        directory: &Directory,
        id: &str,
        catalogue: &Catalogue,
    ) -> Result<Hook, Vec<Problem>> {
        let (compiler, _) = self.builder.compiling(&self.engine);
        let mut registry = rehearse(directory, id, catalogue.clone(), &compiler, &self.builder.limits);
        let Some(Loaded { manifest, .. }) = registry.hooks.pop() else {
            registry.problems.retain(Problem::is_error);
            if registry.problems.is_empty() {
                let place = Place::file(directory.display(&format!("{id}.toml")));
                let problem = Problem::error(place, "nobody knows the hook's events");
                registry.problems.push(problem.hint("name them under \"on\""));
            }
            return Err(registry.problems);
        };
        let hinders =
            |problem: &Problem| problem.is_error() && (manifest.is_enabled() || problem.kind != Some("file"));
        registry.problems.retain(hinders);
        if registry.problems.is_empty() {
            Ok(Hook::new(manifest, State::Idle, Arc::default()))
        } else {
            Err(registry.problems)
        }
    }
}
