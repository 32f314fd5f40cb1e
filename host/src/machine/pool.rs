//! The sandboxes of one hook: a call takes a prepared one; the next is made, and the last thrown
//! away, behind the caller.

use super::keeper::{Job, Keeper, Permit};
use super::sandbox::{Sandbox, Template, Usage};
use super::verdict::{self, bindings};
use crate::event::{Event, Mode};
use crate::filter::Facets;
use crate::limits::{HostLimits, Limits};
use crate::manifest::Isolation;
use crate::outcome::{Failure, Verdict};
use crossbeam_queue::ArrayQueue;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Instant;

/// One event on its way into a guest.
pub(crate) struct Call<'a> {
    pub(crate) event: &'a Event,
    pub(crate) mode: Mode,
    pub(crate) facets: &'a Facets,
    /// When the host stops waiting.
    pub(crate) deadline: Instant,
}

/// What came of a call.
pub(crate) struct Report {
    pub(crate) result: Result<Verdict, (Failure, String)>,
    pub(crate) usage: Usage,
}

/// The sandboxes of one hook.
pub(crate) struct Pool {
    template: Template,
    isolation: Isolation,
    limits: HostLimits,
    ready: ArrayQueue<(Sandbox, Permit)>,
    /// Its component failed to start, so none is prepared until one starts again.
    unfit: AtomicBool,
    /// Calls, and how many of them found no sandbox ready.
    calls: AtomicU64,
    dry: AtomicU64,
    keeper: Keeper,
}

impl Pool {
    /// A pool without sandboxes yet.
    pub(crate) fn new(
        template: Template,
        isolation: Isolation,
        limits: HostLimits,
        keeper: Keeper,
    ) -> Arc<Self> {
        let ready = ArrayQueue::new(limits.prepared_per_hook.max(1));
        Arc::new(Self {
            template,
            isolation,
            limits,
            ready,
            unfit: AtomicBool::new(false),
            calls: AtomicU64::new(0),
            dry: AtomicU64::new(0),
            keeper,
        })
    }

    /// The component's version.
    pub(crate) fn version(&self) -> &Arc<str> {
        &self.template.component.version
    }

    /// Calls so far, and how many of them found no sandbox ready.
    pub(crate) fn usage(&self) -> (u64, u64) {
        (self.calls.load(Ordering::Relaxed), self.dry.load(Ordering::Relaxed))
    }

    /// Asks the hook. Ends by the deadline whatever the guest does.
    pub(crate) async fn call(self: &Arc<Self>, call: Call<'_>) -> Report {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let (mut sandbox, permit) = match self.take() {
            Some((sandbox, permit)) => (sandbox, Some(permit)),
            None => {
                self.dry.fetch_add(1, Ordering::Relaxed);
                match self.make(call.deadline).await {
                    Ok(sandbox) => (sandbox, None),
                    Err(failure) => return Report { result: Err(failure), usage: Usage::default() },
                }
            }
        };
        let result = self.run(&mut sandbox, &call).await;
        let report = Report { usage: sandbox.usage(self.template.limits.fuel), result };
        self.put_back(sandbox, permit, report.result.is_ok());
        report
    }

    async fn run(&self, sandbox: &mut Sandbox, call: &Call<'_>) -> Result<Verdict, (Failure, String)> {
        let limits = &self.template.limits;
        let facets = pairs(call.facets.iter().map(|(name, value)| (name, value)));
        let attributes = pairs(&call.event.attributes);
        let event = bindings::Event {
            id: &call.event.id,
            name: &call.event.name,
            mode: match call.mode {
                Mode::Ask => bindings::Mode::Ask,
                Mode::Tell => bindings::Mode::Tell,
            },
            time: &call.event.time,
            source: &call.event.source,
            subject: call.event.subject.as_deref(),
            facets: &facets,
            attributes: &attributes,
            attempt: 1,
            data: call.event.data.as_str(),
        };
        let answer = self.template.call(sandbox, event, call.deadline);
        let answer = tokio::time::timeout_at(call.deadline.into(), answer).await;
        let last_words = self.template.flush(sandbox, &call.event.id);
        match answer {
            Err(_) => Err((Failure::Deadline, "still running at its deadline".into())),
            Ok(Err(error)) => Err(verdict::failure(&error, sandbox.memory_refused(), last_words)),
            Ok(Ok(answer)) => verdict::check(answer, limits.output_bytes),
        }
    }

    fn take(&self) -> Option<(Sandbox, Permit)> {
        let (sandbox, permit) = self.ready.pop()?;
        let too_old = self.isolation == Isolation::Warm && sandbox.born.elapsed() > self.limits.warm_age;
        if too_old {
            self.discard(sandbox);
            return None;
        }
        Some((sandbox, permit))
    }

    async fn make(&self, deadline: Instant) -> Result<Sandbox, (Failure, String)> {
        let made = tokio::time::timeout_at(deadline.into(), self.template.make(deadline)).await;
        self.unfit.store(!matches!(made, Ok(Ok(_))), Ordering::Relaxed);
        match made {
            Err(_) => Err((Failure::Deadline, "still starting at its deadline".into())),
            Ok(Err((error, memory_refused))) => Err(verdict::failure(&error, memory_refused, None)),
            Ok(Ok(sandbox)) => Ok(sandbox),
        }
    }

    fn put_back(self: &Arc<Self>, sandbox: Sandbox, permit: Option<Permit>, unharmed: bool) {
        match self.isolation {
            Isolation::Warm if unharmed && sandbox.calls < self.limits.warm_calls => {
                let permit = permit.or_else(|| self.keeper.permit());
                let kept = permit.map(|permit| self.ready.push((sandbox, permit)));
                if let Some(Err((sandbox, _))) = kept {
                    self.discard(sandbox);
                }
            }
            Isolation::Warm => self.discard(sandbox),
            Isolation::Fresh => {
                drop(permit);
                let few = self.ready.len() <= self.ready.capacity() / 3;
                self.keeper.leave(Job { used: Some(sandbox), fill: Arc::downgrade(self) }, few);
            }
        }
    }

    /// Has a sandbox thrown away behind the caller.
    fn discard(&self, sandbox: Sandbox) {
        self.keeper.leave(Job { used: Some(sandbox), fill: Weak::new() }, false);
    }

    /// Throws every sandbox away that is ready; runs on the keeper's thread.
    pub(super) fn drain(&self) {
        while self.ready.pop().is_some() {}
    }

    /// Makes sandboxes until enough are ready; runs on the keeper's thread.
    pub(super) async fn fill(&self) {
        while !self.ready.is_full() && !self.unfit.load(Ordering::Relaxed) {
            let Some(permit) = self.keeper.permit() else {
                return;
            };
            let deadline = Instant::now() + Limits::ASK_DEADLINE;
            if let Ok(sandbox) = self.make(deadline).await {
                drop(self.ready.push((sandbox, permit)));
            }
        }
    }
}

fn pairs<'a>(pairs: impl IntoIterator<Item = (&'a String, &'a String)>) -> Vec<(&'a str, &'a str)> {
    pairs.into_iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}
