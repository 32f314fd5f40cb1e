//! What becomes of each hook in the next roster: it stays, it is replaced by a version that was tried first, or it
//! is kept back because the version in its files is bad.

use super::maker::{How, Maker};
use crate::catalogue::Catalogue;
use crate::event::{Event, Mode};
use crate::load::{Artifact, Loaded, Source};
use crate::machine::{Call, Pool};
use crate::manifest::{Isolation, Manifest};
use crate::problem::{Place, Problem};
use crate::roster::{Cast, Hook, Probation, Roster, State};
use crate::runner::Runner;
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a component may take to start.
const START: Duration = Duration::from_secs(1);

/// The making of one roster.
pub(super) struct Casting<'a> {
    maker: &'a mut Maker,
    before: Option<&'a Arc<Roster>>,
    catalogue: Arc<Catalogue>,
    how: &'a How<'a>,
    /// Whose sandboxes are to be prepared.
    fresh: Vec<Arc<Pool>>,
}

impl<'a> Casting<'a> {
    pub(super) fn new(
        maker: &'a mut Maker,
        before: Option<&'a Arc<Roster>>,
        catalogue: Arc<Catalogue>,
        how: &'a How<'a>,
    ) -> Self {
        Self { maker, before, catalogue, how, fresh: Vec::new() }
    }

    /// The pools that have no sandbox yet and are to have some before the first event comes.
    pub(super) fn finish(self) -> Vec<Arc<Pool>> {
        self.fresh
    }

    /// One hook. None where its files came only now and may be half written.
    pub(super) async fn cast(&mut self, loaded: Loaded) -> Option<Cast> {
        let id = loaded.manifest.id.to_string();
        if loaded.unsettled {
            return self.before?.cast(&id).cloned();
        }
        let Loaded { manifest, artifact, file, mut problems, source, .. } = loaded;
        if !manifest.is_enabled() {
            let forgotten = self.maker.forget(&id);
            note(forgotten, &id, &mut problems);
            let hook =
                (!manifest.on.is_empty()).then(|| self.kept(self.maker.hook(manifest, None, State::Idle)));
            return Some(Cast { id, hook, problems, held_back: None });
        }
        let bad = match (artifact, source) {
            (Ok(Some(artifact)), Some(source)) => match self.version(&manifest, artifact, &source).await {
                Ok(hook) => {
                    let is_new = self
                        .before
                        .and_then(|before| before.hook(&id))
                        .is_none_or(|at_work| !Arc::ptr_eq(at_work, &hook));
                    if is_new {
                        let kept = match hook.probation() {
                            None => self.maker.remember(&id, &source),
                            Some(_) => self.maker.try_out(&id, &source.identity),
                        };
                        note(kept, &id, &mut problems);
                    }
                    return Some(Cast { id, hook: Some(hook), problems, held_back: None });
                }
                Err(reason) => {
                    problems.push(Problem::error(Place::file(file), &reason).kind("start"));
                    note(self.maker.remember_events(&id, &source), &id, &mut problems);
                    self.maker.note_unfit(&id, source.identity, &reason);
                    reason
                }
            },
            (Ok(_), _) => "its component is missing".into(),
            (Err(reason), _) => reason,
        };
        Some(self.kept_back(manifest, bad, problems).await)
    }

    /// The version that the files hold: the one at work, or a new one that has started.
    async fn version(
        &mut self,
        manifest: &Manifest,
        artifact: Artifact,
        source: &Source,
    ) -> Result<Arc<Hook>, String> {
        let before = self.before.and_then(|before| before.hook(&manifest.id)).cloned();
        let is_same = |hook: &Arc<Hook>| {
            let ready = matches!(hook.state, State::Ready(_));
            ready && hook.identity.as_ref() == Some(&source.identity) && hook.manifest() == manifest
        };
        let at_work = before.iter().flat_map(|hook| [Arc::clone(hook), hook.proven()]).find(is_same);
        let vouched_for = self.how.accepted == Some(&*manifest.id);
        if let Some(hook) = at_work.filter(|_| !vouched_for) {
            if let (State::Ready(Runner::Script(script)), Artifact::Script(program)) =
                (&hook.state, &artifact)
            {
                script.lies(&program.place);
            }
            return Ok(hook);
        }
        let runner = self.start(manifest, artifact).await?;
        let hook = self.maker.hook(manifest.clone(), Some(source.identity.clone()), State::Ready(runner));
        if hook.stopped().is_none() {
            // Whoever changes a hook has resumed it.
            self.maker.resume(&manifest.id);
        }
        let old = before.filter(|_| !vouched_for).map(|before| before.proven());
        let old = match old.filter(|old| matches!(old.state, State::Ready(_))) {
            None if self.before.is_none() => self.unproven(source, &manifest.id).await,
            old => old,
        };
        let decided = || Arc::clone(&self.maker.decided);
        Ok(Arc::new(match old {
            Some(old) => hook.on_probation(Probation::new(old, source.clone(), decided())),
            None => hook,
        }))
    }

    /// After a restart, the version that the one in the files had still to prove itself against.
    async fn unproven(&mut self, source: &Source, id: &str) -> Option<Arc<Hook>> {
        if !self.maker.is_trial(id, &source.identity) {
            return None;
        }
        self.last_good(id).await.filter(|old| old.identity.as_ref() != Some(&source.identity))
    }

    /// A hook whose files hold a bad version: the one at work stays; after a restart the last good one comes back;
    /// where there is none it is unavailable, and without any event it is left out.
    async fn kept_back(&mut self, manifest: Manifest, reason: String, problems: Vec<Problem>) -> Cast {
        let id = manifest.id.to_string();
        let before = self.before.and_then(|before| before.hook(&id)).map(|hook| hook.standing());
        let ready = before.filter(|hook| matches!(hook.state, State::Ready(_)));
        let good = match ready {
            Some(hook) => Some(hook),
            None => self.last_good(&id).await,
        };
        if let Some(hook) = good {
            return Cast { id, hook: Some(hook), problems, held_back: Some(reason) };
        }
        let known = !manifest.on.is_empty();
        let hook = known.then(|| self.kept(self.maker.hook(manifest, None, State::Unavailable(reason))));
        Cast { id, hook, problems, held_back: None }
    }

    async fn last_good(&mut self, id: &str) -> Option<Arc<Hook>> {
        let standby = self.maker.standby(id, &self.catalogue).await?;
        let runner = self.start(&standby.manifest, standby.artifact).await.ok()?;
        Some(Arc::new(self.maker.hook(standby.manifest, Some(standby.identity), State::Ready(runner))))
    }

    /// The hook of before, if this is no other.
    fn kept(&self, hook: Hook) -> Arc<Hook> {
        let before = self.before.and_then(|before| before.hook(&hook.manifest().id));
        before.filter(|before| before.is_like(&hook)).map_or_else(|| Arc::new(hook), Arc::clone)
    }

    /// Starts a version: in a sandbox that is thrown away, so that one that cannot start replaces none that can, and
    /// with the initial event, before any other event of the hook (R114).
    async fn start(&mut self, manifest: &Manifest, artifact: Artifact) -> Result<Runner, String> {
        if let Some(lack) = self.maker.lacks(manifest) {
            return Err(lack.into());
        }
        let runner = self.maker.runner(manifest, artifact);
        // A component was tried when it was compiled.
        if self.before.is_some() || runner.pool().is_none() {
            let tried = runner.try_out(Instant::now() + START).await;
            tried.map_err(|(failure, message)| format!("it does not start: {failure}: {message}"))?;
        }
        initialise(manifest, &runner).await?;
        if manifest.isolation == Isolation::Fresh {
            self.fresh.extend(runner.pool().cloned());
        }
        Ok(runner)
    }
}

/// Raises the initial event for a hook that listens to it. One that fails it cannot run.
async fn initialise(manifest: &Manifest, runner: &Runner) -> Result<(), String> {
    let initial = manifest.on.iter().find(|on| on.kind.initial && on.filter.matches(&BTreeMap::new()));
    let Some(on) = initial else { return Ok(()) };
    let event = Event::new(&on.kind.name, "tenterhook");
    let deadline = Instant::now() + manifest.deadline(Mode::Tell);
    let (mode, facets) = (on.kind.mode, &Vec::new());
    let call = Call { event: &event, mode, facets, attempt: 1, deadline, cause: None, own: true, dry: false };
    let failed = |(failure, message)| format!("it failed to initialise: {failure}: {message}");
    let report = runner.call(call).await;
    runner.keep(None, report.writes);
    report.result.map(drop).map_err(failed)
}

/// Notes that something cannot be remembered.
fn note(kept: io::Result<()>, id: &str, problems: &mut Vec<Problem>) {
    if let Err(error) = kept {
        let message = format!("the hook {id} cannot be remembered: {error}");
        problems.push(Problem::warning(Place::default(), message));
    }
}
