//! From drafts to hooks: every component compiled once, and what becomes of a hook that cannot load.

use super::{Artifact, Components, Draft, File, Loaded, Loading, Program, Registry, Source, Target};
use crate::catalogue::Catalogue;
use crate::directory::Directory;
use crate::machine::{Compiler, Component, LoadError};
use crate::manifest::{self, Class, Manifest, Subject, Subscription};
use crate::problem::{Place, Problem};
use crate::rejected::Refusal;
use crate::written::Table;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Compiles every component once, as many at a time as there are processors, so that one that is slow holds
/// up as few as may be. What was compiled before is kept as long as it is wanted; what the host itself was to
/// blame for is tried again.
pub(super) fn compile_all(compiler: &Compiler, drafts: &[Draft], components: &mut Components) {
    let compiled = |draft: &&Draft| draft.wanted && draft.manifest.class == Class::Component;
    let wanted = drafts.iter().filter(compiled).filter_map(|draft| draft.source.as_ref());
    let wanted: HashMap<&str, &File> =
        wanted.map(|source| (source.file.digest.as_str(), &*source.file)).collect();
    components.retain(|digest, component| {
        wanted.contains_key(digest.as_str()) && !matches!(component, Err(LoadError::Host(_)))
    });
    let is_new = |file: &&File| !components.contains_key(&file.digest);
    let queue: Vec<&File> = wanted.into_values().filter(is_new).collect();
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
        components.extend(workers.into_iter().flat_map(|worker| worker.join().unwrap_or_default()));
    });
}

/// What is needed to turn drafts into hooks.
pub(super) struct Finish<'a> {
    pub(super) directory: &'a Directory,
    pub(super) loading: &'a Loading<'a>,
    pub(super) components: &'a Components,
}

impl Finish<'_> {
    /// Any error makes a version one that cannot run; what is known of the hook is kept.
    pub(super) fn hook(&self, draft: Draft, registry: &mut Registry) {
        let Draft { mut manifest, file, operator, source, wanted, mut problems } = draft;
        let source = source.filter(|_| wanted);
        let artifact =
            source.as_ref().and_then(|source| self.artifact(&manifest, &file, source, &mut problems));
        let refused = source.as_ref().and_then(|source| self.refused(&manifest, &file, source));
        // What was tried before is no half file.
        let known = refused.is_some();
        problems.extend(refused);
        let reason = problems.iter().find(|problem| problem.is_error());
        let reason = reason.map(|problem| Problem { place: Place::default(), ..problem.clone() }.to_string());
        if reason.is_some() {
            self.fall_back(&mut manifest, operator, &registry.catalogue);
        }
        let program = source.as_ref().and_then(|source| source.file.program.as_ref()?.age());
        let age = self.age(&manifest, &file).into_iter().chain(program).min().filter(|_| !known);
        let wait = self.loading.wait(age, reason.is_some());
        registry.again = registry.again.into_iter().chain(wait).min();
        let (artifact, unsettled) = (reason.map_or(Ok(artifact), Err), wait.is_some());
        registry.hooks.push(Loaded { manifest, artifact, file, problems, source, unsettled });
    }

    /// How long ago one of the hook's files or secrets was changed.
    fn age(&self, manifest: &Manifest, file: &str) -> Option<Duration> {
        if !self.loading.patient {
            return None;
        }
        let toml = file.ends_with(".toml").then(|| format!("{}.toml", manifest.id));
        let files = toml.iter().chain([&manifest.component]);
        let ages = files.filter_map(|file| self.directory.age(file));
        ages.chain(self.loading.secrets.age(manifest)).min()
    }

    /// What a hook of this class runs.
    fn artifact(
        &self,
        manifest: &Manifest,
        file: &str,
        source: &Source,
        problems: &mut Vec<Problem>,
    ) -> Option<Artifact> {
        match manifest.class {
            Class::Component => self.component(source, problems).map(Artifact::Component),
            Class::Notification if manifest.subject().is_some() => {
                self.subject(manifest, source, file, problems)
            }
            Class::Http | Class::Notification => {
                let target = Target::of(manifest, &source.identity, file, problems)?;
                Some(Artifact::Http(Box::new(target)))
            }
            Class::Script => {
                let (place, digest) = (source.file.program.clone()?, source.file.digest.clone());
                Some(Artifact::Script(Program { place, digest }))
            }
            Class::Javascript => None,
        }
    }

    fn component(&self, source: &Source, problems: &mut Vec<Problem>) -> Option<Arc<Component>> {
        let place = Place::file(self.directory.display(&source.file.name));
        match self.components.get(&source.file.digest)? {
            Ok(component) => {
                if !component.ungranted.is_empty() {
                    let names: Vec<String> =
                        component.ungranted.iter().map(|name| format!("{name:?}")).collect();
                    let message = format!("imports {}: touching one ends the call", names.join(", "));
                    problems.push(Problem::warning(place, message));
                }
                Some(Arc::clone(component))
            }
            Err(error) => {
                problems.push(Problem::error(place, error.to_string()).kind(error.kind()));
                None
            }
        }
    }

    fn subject(
        &self,
        manifest: &Manifest,
        source: &Source,
        file: &str,
        problems: &mut Vec<Problem>,
    ) -> Option<Artifact> {
        let subject = Subject::of(manifest, self.loading.nats);
        let nats = |subject| Artifact::Nats(subject, source.identity.manifest[..12].into());
        subject
            .map(nats)
            .map_err(|problem| {
                problems.push(Problem { place: Place::file(file), ..problem });
            })
            .ok()
    }

    /// Why a version is not tried again.
    fn refused(&self, manifest: &Manifest, file: &str, source: &Source) -> Option<Problem> {
        let place = Place::file(file);
        Some(match self.loading.rejected.refusal(&manifest.id, &source.identity)? {
            Refusal::Failed(reason) => {
                let version = &source.identity.component[..12];
                let message = format!("the version {version} was taken back: {reason}");
                let hint = format!(
                    "mend it: other files are tried again; or `tenterhook hooks accept {}` runs it all the same",
                    manifest.id
                );
                Problem::error(place, message).hint(hint).kind("rejected")
            }
            Refusal::Unfit(reason) => Problem::error(place, reason).kind("start"),
        })
    }

    /// A guard that cannot load must not fail open: what its TOML no longer says, the last manifest that loaded
    /// does. What the component says of itself counts only where there is none. Since a TOML that is wrong may
    /// lack some of its events, the last ones are guarded in any case.
    fn fall_back(&self, manifest: &mut Manifest, operator: Table, catalogue: &Catalogue) {
        let Some(last) = self.loading.good.recall(&manifest.id) else { return };
        let rules = (catalogue, self.loading.limits);
        let check = |table: &Table| manifest::check(&manifest.id, "", table, false, rules, &mut Vec::new());
        let mut table = manifest::last_good(last.manifest());
        let last = check(&table);
        table.overlay(operator);
        let said = check(&table);
        manifest.priority = said.priority;
        manifest.tenant = said.tenant;
        manifest.on_failure = said.on_failure;
        manifest.caused = said.caused;
        manifest.on = said.on;
        let is_new = |on: &Subscription| !manifest.on.contains(on);
        let forgotten: Vec<_> = last.on.into_iter().filter(is_new).collect();
        manifest.on.extend(forgotten);
    }
}

/// Hooks that share a component share its problems.
pub(crate) fn once_each(problems: &mut Vec<Problem>) {
    let mut seen = HashSet::new();
    problems.retain(|problem| seen.insert(problem.clone()));
}
