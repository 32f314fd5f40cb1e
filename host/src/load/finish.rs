//! From drafts to hooks: every component compiled once, and what becomes of a hook that cannot load.

use super::{Compile, Draft, File, Loaded, Registry};
use crate::catalogue::Catalogue;
use crate::directory::Directory;
use crate::good::Good;
use crate::limits::HostLimits;
use crate::machine::{Compiler, Component, LoadError};
use crate::manifest::{self, Manifest, Status, Subscription};
use crate::problem::{Place, Problem};
use crate::written::Table;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Compiled components by digest.
pub(super) type Components = HashMap<String, Result<Arc<Component>, LoadError>>;

/// Compiles every component once, as many at a time as there are processors, so that one that is slow holds
/// up as few as may be.
pub(super) fn compile_all(compiler: &Compiler, drafts: &[Draft]) -> Components {
    let mut queue: Vec<&File> = drafts.iter().filter_map(|draft| draft.component.as_deref()).collect();
    queue.sort_by(|a, b| a.digest.cmp(&b.digest));
    queue.dedup_by(|a, b| a.digest == b.digest);
    let workers = std::thread::available_parallelism().map_or(1, usize::from).min(queue.len());
    let queue = Mutex::new(queue);
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).pop();
    let work = || {
        let mut done = Components::new();
        while let Some(File { bytes, digest, .. }) = next() {
            done.insert(digest.clone(), compiler.component(bytes, digest).map(Arc::new));
        }
        done
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap_or_default()).collect()
    })
}

/// What is needed to turn drafts into hooks.
pub(super) struct Finish<'a> {
    pub(super) directory: &'a Directory,
    pub(super) limits: &'a HostLimits,
    pub(super) good: &'a Good,
    pub(super) compile: Compile,
    pub(super) components: Components,
}

impl Finish<'_> {
    /// Any error makes a hook unavailable; what is known of it is kept.
    pub(super) fn hook(&self, draft: Draft, registry: &mut Registry) {
        let Draft { mut manifest, operator, table, component: file, mut problems } = draft;
        let component = file.and_then(|file| self.component(&file, &mut problems));
        let reason = problems.iter().find(|problem| problem.is_error());
        let reason = reason.map(|problem| Problem { place: Place::default(), ..problem.clone() }.to_string());
        match &reason {
            Some(_) => self.fall_back(&mut manifest, operator, &registry.catalogue),
            None => self.remember(&manifest, &table, &mut problems),
        }
        registry.problems.append(&mut problems);
        if manifest.on.is_empty() {
            registry.left_out.push(manifest.id.to_string());
        } else {
            registry.hooks.push(Loaded { manifest, component: reason.map_or(Ok(component), Err) });
        }
    }

    fn component(&self, file: &File, problems: &mut Vec<Problem>) -> Option<Arc<Component>> {
        let place = Place::file(self.directory.display(&file.name));
        match self.components.get(&file.digest)? {
            Ok(component) => {
                problems.extend(component.ungranted.iter().map(|name| {
                    let message = format!("imports {name:?}: touching it ends the call");
                    Problem::warning(place.clone(), message)
                }));
                Some(Arc::clone(component))
            }
            Err(error) => {
                problems.push(Problem::error(place, error.to_string()).kind(error.kind()));
                None
            }
        }
    }

    /// A guard that cannot load must not fail open: what its TOML no longer says, the last manifest that loaded
    /// does. What the component says of itself counts only where there is none. Since a TOML that is wrong may
    /// lack some of its events, the last ones are guarded in any case.
    fn fall_back(&self, manifest: &mut Manifest, operator: Table, catalogue: &Catalogue) {
        let Some(json) = self.good.recall(&manifest.id) else { return };
        let rules = (catalogue, self.limits);
        let check = |table: &Table| manifest::check(&manifest.id, "", table, false, rules, &mut Vec::new());
        let mut table = manifest::last_good(&json);
        let last = check(&table);
        table.overlay(operator);
        let said = check(&table);
        manifest.priority = said.priority;
        manifest.tenant = said.tenant;
        manifest.on_failure = said.on_failure;
        manifest.on = said.on;
        let is_new = |on: &Subscription| !manifest.on.contains(on);
        let forgotten: Vec<_> = last.on.into_iter().filter(is_new).collect();
        manifest.on.extend(forgotten);
    }

    fn remember(&self, manifest: &Manifest, table: &Table, problems: &mut Vec<Problem>) {
        if self.compile == Compile::All {
            return;
        }
        let kept = match manifest.status {
            Status::Enabled => self.good.remember(&manifest.id, table),
            // What its operator put to rest does not come back as a guard when its TOML breaks.
            Status::Disabled | Status::Archived => self.good.forget(&manifest.id),
        };
        if let Err(error) = kept {
            let message = format!("the manifest of {} cannot be remembered: {error}", manifest.id);
            problems.push(Problem::warning(Place::default(), message));
        }
    }
}
