//! The sandboxes of one hook: a call takes a prepared one; the next is made, and the last thrown
//! away, behind the caller.

#[cfg(feature = "cli")]
use super::compile::Component;
#[cfg(feature = "cli")]
use super::flame::Flame;
use super::keeper::{Keeper, Permit};
use super::lines::Lines;
use super::sandbox::{Sandbox, Template, Usage};
use super::verdict::{self, bindings};
use crate::cause::Cause;
use crate::event::{Event, Mode};
use crate::limits::{HostLimits, Limits};
use crate::manifest::Isolation;
use crate::memory::{Owner, Write};
use crate::outcome::{Failure, Verdict};
use crossbeam_queue::ArrayQueue;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};
use tokio::time::error::Elapsed;

/// How many times as many sandboxes a hook may have ready, while there are plenty.
const AHEAD: usize = 4;

/// One event on its way into a guest.
pub(crate) struct Call<'a> {
    pub(crate) event: &'a Event,
    pub(crate) mode: Mode,
    /// In the catalogue's order.
    pub(crate) facets: &'a [(&'a str, &'a str)],
    /// 1, but for a told event that is delivered again.
    pub(crate) attempt: u32,
    /// When the host stops waiting.
    pub(crate) deadline: Instant,
    /// What caused the event, where a hook did.
    pub(crate) cause: Option<&'a Cause>,
    /// Whether the host raised the event by itself.
    pub(crate) own: bool,
    /// Nothing of it is counted, logged or kept.
    pub(crate) dry: bool,
}

/// What came of a call.
pub(crate) struct Report {
    pub(crate) result: Result<Verdict, (Failure, String)>,
    pub(crate) usage: Usage,
    /// What it wrote to its hook's state, to be [kept](Pool::keep): nothing where it failed or was dry.
    pub(crate) writes: Vec<Write>,
    /// Whether no sandbox was ready and one had to be made.
    pub(crate) unprepared: bool,
    pub(crate) remark: Remark,
}

/// What is to be known of a call beside its result.
#[derive(Default)]
pub(crate) struct Remark {
    /// For the trail, of a call that went well.
    pub(crate) note: Option<String>,
    /// The next attempt, where there is one, is to come no sooner.
    pub(crate) again_after: Option<Duration>,
    /// What was called is there no more, and not to be called until somebody says so.
    pub(crate) gone: bool,
}

impl Report {
    /// Of what runs in no sandbox.
    pub(crate) fn of(result: Result<Verdict, (Failure, String)>) -> Self {
        let (usage, remark) = (Usage::default(), Remark::default());
        Self { result, usage, writes: Vec::new(), unprepared: false, remark }
    }

    /// Of a call that was not made.
    pub(crate) fn failed(failure: (Failure, String)) -> Self {
        Self::of(Err(failure))
    }

    /// Of what has effects outside, and is not called in a dry run.
    pub(crate) fn dry() -> Self {
        let note = Some("it was not run, because this is a dry run".to_owned());
        Self { remark: Remark { note, ..Remark::default() }, ..Self::of(Ok(Verdict::Accept)) }
    }
}

/// The sandboxes of one hook.
pub(crate) struct Pool {
    template: Template,
    isolation: Isolation,
    limits: HostLimits,
    ready: ArrayQueue<(Sandbox, Permit)>,
    /// Its component failed to start, so none is prepared until one starts again.
    unfit: AtomicBool,
    /// How many are kept ready.
    most: AtomicUsize,
    /// The keeper knows that there is room.
    wanting: AtomicBool,
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
        let ahead = if isolation == Isolation::Fresh { AHEAD } else { 1 };
        let ready = ArrayQueue::new((ahead * limits.prepared_per_hook).max(1));
        Arc::new(Self {
            template,
            isolation,
            limits,
            unfit: AtomicBool::new(false),
            most: AtomicUsize::new(ready.capacity()),
            ready,
            wanting: AtomicBool::new(false),
            keeper,
        })
    }

    /// The component that it calls.
    #[cfg(feature = "cli")]
    pub(crate) fn component(&self) -> &Component {
        &self.template.component
    }

    fn lines(&self) -> &Lines {
        self.template.component.lines()
    }

    /// The component's version.
    pub(crate) fn version(&self) -> &Arc<str> {
        self.template.version()
    }

    /// Makes a sandbox and throws it away, to see whether the component starts.
    pub(crate) async fn try_out(&self, deadline: Instant) -> Result<(), (Failure, String)> {
        self.make(deadline).await.map(drop)
    }

    /// Asks the hook. Ends by the deadline whatever the guest does.
    pub(crate) async fn call(self: &Arc<Self>, call: Call<'_>) -> Report {
        let prepared = self.take();
        let unprepared = prepared.is_none();
        let (mut sandbox, permit) = match prepared {
            Some((sandbox, permit)) => (sandbox, Some(permit)),
            None => {
                self.keeper.note_work_of_caller();
                // In a box, so that it takes no room in the futures of all other calls.
                match Box::pin(self.make(call.deadline)).await {
                    Ok(sandbox) => (sandbox, None),
                    Err(failure) => {
                        return Report { unprepared, ..Report::failed(failure) };
                    }
                }
            }
        };
        self.template.open_state(&mut sandbox, call.event.tenant());
        let result = self.run(&mut sandbox, &call).await;
        let mut writes = sandbox.close_state();
        if result.is_err() || call.dry {
            writes = Vec::new();
        }
        let usage = sandbox.usage(self.template.limits.fuel);
        let report = Report { usage, writes, unprepared, ..Report::of(result) };
        self.put_back(sandbox, permit, report.result.is_ok() && !call.dry);
        report
    }

    /// Asks the hook in a sandbox of its own, keeps nothing of it, and sees where its fuel goes.
    #[cfg(feature = "cli")]
    pub(crate) async fn call_in_flames(&self, call: Call<'_>) -> (Report, Flame) {
        let Template { limits, mask, .. } = &self.template;
        let mut sandbox = match self.make(call.deadline).await {
            Ok(sandbox) => sandbox,
            Err(failure) => return (Report::failed(failure), Flame::default()),
        };
        self.template.open_state(&mut sandbox, call.event.tenant());
        let attributes = pairs(&call.event.attributes);
        let event = event(&call, &attributes);
        self.template.open_ways(&mut sandbox, &call);
        let (answer, flame) = self.template.call_in_flames(&mut sandbox, event, call.deadline).await;
        let result = match answer {
            Err(error) => Err(verdict::failure(&error, sandbox.memory_refused(), None, mask, self.lines())),
            Ok(answer) => verdict::check(answer, limits.output_bytes, mask),
        };
        (Report { usage: sandbox.usage(limits.fuel), unprepared: true, ..Report::of(result) }, flame)
    }

    /// Makes what a call on an event of this tenant wrote visible to every call after it.
    pub(crate) fn keep(&self, tenant: Option<&str>, writes: Vec<Write>) {
        if let (Some(memory), false) = (&self.template.memory, writes.is_empty()) {
            memory.apply(&Owner::new(&self.template.hook, tenant), writes);
        }
    }

    async fn run(&self, sandbox: &mut Sandbox, call: &Call<'_>) -> Result<Verdict, (Failure, String)> {
        let Template { limits, mask, .. } = &self.template;
        let attributes = pairs(&call.event.attributes);
        let event = event(call, &attributes);
        self.template.open_ways(sandbox, call);
        let answer = self.template.call(sandbox, event, call.deadline);
        let answer = within(call.deadline, answer).await;
        let last_words = self.template.flush(sandbox, &call.event.id, call.dry);
        match answer {
            Err(_) => Err((Failure::Deadline, "still running at its deadline".into())),
            Ok(Err(error)) => {
                Err(verdict::failure(&error, sandbox.memory_refused(), last_words, mask, self.lines()))
            }
            Ok(Ok(answer)) => verdict::check(answer, limits.output_bytes, mask),
        }
    }

    fn take(&self) -> Option<(Sandbox, Permit)> {
        let (sandbox, permit) = self.ready.pop()?;
        let too_old = self.isolation == Isolation::Warm && sandbox.born.elapsed() > self.limits.warm_age;
        if too_old {
            self.keeper.leave(sandbox);
            return None;
        }
        Some((sandbox, permit))
    }

    async fn make(&self, deadline: Instant) -> Result<Sandbox, (Failure, String)> {
        let made = within(deadline, self.template.make(deadline)).await;
        let unfit = !matches!(made, Ok(Ok(_)));
        // It hardly ever changes, and to write it would take it from every other processor.
        if unfit != self.unfit.load(Ordering::Relaxed) {
            self.unfit.store(unfit, Ordering::Relaxed);
        }
        match made {
            Err(_) => Err((Failure::Deadline, "still starting at its deadline".into())),
            Ok(Err((error, memory_refused))) => {
                Err(verdict::failure(&error, memory_refused, None, &self.template.mask, self.lines()))
            }
            Ok(Ok(sandbox)) => Ok(sandbox),
        }
    }

    fn put_back(self: &Arc<Self>, sandbox: Sandbox, permit: Option<Permit>, reusable: bool) {
        match self.isolation {
            Isolation::Warm if reusable && sandbox.calls < self.limits.warm_calls => {
                let permit = permit.or_else(|| self.keeper.permit());
                let kept = permit.map(|permit| self.ready.push((sandbox, permit)));
                if let Some(Err((sandbox, _))) = kept {
                    self.keeper.leave(sandbox);
                }
            }
            Isolation::Warm => self.keeper.leave(sandbox),
            Isolation::Fresh => {
                match permit {
                    Some(_) => self.keeper.leave(sandbox),
                    // Callers that outrun the keeper want all processors, and clean up after themselves.
                    None => drop(sandbox),
                }
                let (ready, most) = (self.ready.len(), self.most.load(Ordering::Relaxed));
                if ready <= most / 2 {
                    self.keeper.fill(self, ready <= most / 4);
                }
            }
        }
    }

    /// Whether nobody has told the keeper yet that there is room.
    pub(super) fn begins_to_want(&self) -> bool {
        !self.wanting.load(Ordering::Relaxed) && !self.wanting.swap(true, Ordering::AcqRel)
    }

    /// Throws every sandbox away that is ready; runs on the keeper's thread.
    pub(super) fn drain(&self) {
        while self.ready.pop().is_some() {}
    }

    /// Makes as many sandboxes as there is room for, and says how many; runs on the keeper's thread.
    pub(super) async fn fill(&self) -> usize {
        self.wanting.store(false, Ordering::Release);
        let plenty = self.isolation == Isolation::Fresh && self.keeper.has_plenty();
        let most = if plenty { self.ready.capacity() } else { self.limits.prepared_per_hook };
        self.most.store(most, Ordering::Relaxed);
        let room = most.saturating_sub(self.ready.len());
        for made in 0..room {
            let permit = self.keeper.permit().filter(|_| !self.unfit.load(Ordering::Relaxed));
            let Some(permit) = permit else {
                return made;
            };
            let deadline = Instant::now() + Limits::ASK_DEADLINE;
            if let Ok(sandbox) = self.make(deadline).await {
                drop(self.ready.push((sandbox, permit)));
            }
        }
        room
    }
}

/// What a future yields, unless it takes longer.
async fn within<F: Future>(deadline: Instant, future: F) -> Result<F::Output, Elapsed> {
    let mut future = std::pin::pin!(future);
    // Most calls are over when they are first looked at, and need no timer.
    let first = std::future::poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await;
    match first {
        Poll::Ready(output) => Ok(output),
        Poll::Pending => tokio::time::timeout_at(deadline.into(), future).await,
    }
}

/// An event as a guest gets it.
fn event<'a>(call: &Call<'a>, attributes: &'a [(&'a str, &'a str)]) -> bindings::Event<'a> {
    bindings::Event {
        id: &call.event.id,
        name: &call.event.name,
        mode: match call.mode {
            Mode::Ask => bindings::Mode::Ask,
            Mode::Tell => bindings::Mode::Tell,
        },
        time: &call.event.time,
        source: &call.event.source,
        subject: call.event.subject.as_deref(),
        facets: call.facets,
        attributes,
        attempt: call.attempt,
        data: call.event.data.as_str(),
    }
}

fn pairs<'a>(pairs: impl IntoIterator<Item = (&'a String, &'a String)>) -> Vec<(&'a str, &'a str)> {
    pairs.into_iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}
