//! Runs the hooks of one event, one after the other, and decides.

mod apply;
mod probe;
mod traced;

use crate::catalogue::Admitted;
use crate::cause::{Act, Sign};
use crate::data::Data;
use crate::event::{Event, Mode};
use crate::limits::HostLimits;
use crate::machine::{Call, Report, Usage};
use crate::manifest::OnFailure;
use crate::memory::Write;
use crate::outcome::{Failure, Outcome, TrailLine, TrailVerdict, Veto};
use crate::roster::{Hook, Roster, State};
use crate::runner::Runner;
use crate::stats::Turn;
use crate::trace::SpanSink;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, SemaphorePermit};
use traced::Traced;

/// No sandbox was free in time: nothing was decided and no hook has failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Busy;

/// Which events are handed back as they were sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    /// None.
    Nothing,
    /// Those that a hook refused, amended or failed on.
    Notable,
    /// All that a hook had a turn with.
    Turns,
}

impl Keep {
    fn covers(self, trail: &[TrailLine]) -> bool {
        match self {
            Self::Nothing => false,
            Self::Notable => trail.iter().any(|line| line.verdict != TrailVerdict::Accept),
            Self::Turns => !trail.is_empty(),
        }
    }
}

/// How a hook failed, in a word and in a sentence.
type Failed = (Failure, String);

/// What dispatching needs to know of the host.
pub(crate) struct Dispatcher {
    limits: HostLimits,
    places: Semaphore,
    trace: Option<SpanSink>,
    sign: Sign,
}

/// What came of calling a hook on a told event.
pub(crate) struct Delivered {
    pub(crate) outcome: Outcome,
    /// What it wrote of its state, which is not applied yet.
    pub(crate) writes: Vec<Write>,
    /// The next attempt is to come no sooner.
    pub(crate) again_after: Option<Duration>,
}

/// How a hook's turn ended, and what it used.
struct Attempt {
    result: Result<TrailLine, Failed>,
    usage: Usage,
    /// Whether it was called at all, and whether a sandbox had to be made for it.
    called: bool,
    unprepared: bool,
    /// The next attempt is to come no sooner.
    again_after: Option<Duration>,
}

/// One event on its way through its hooks.
struct Course<'a> {
    event: Admitted<'a>,
    /// Its data as it was sent.
    sent: Data,
    data_bytes_max: usize,
    /// When the hook whose turn it is began.
    now: Instant,
    /// When the whole event's time is up; a told event has all the time it needs.
    end: Option<Instant>,
    /// By how much the hooks' deadlines are scaled down to fit into the budget.
    scale: f64,
    veto: Option<Veto>,
    amended: bool,
    /// 1, but for a told event that is delivered again.
    attempt: u32,
    /// What the hook wrote of its state, where it is to be kept together with the delivery.
    held_back: Option<Vec<Write>>,
    /// How long the hook's target wants to be left alone.
    again_after: Option<Duration>,
    /// Nothing is noted of what the hooks do.
    dry: bool,
    trail: Vec<TrailLine>,
    roster: &'a Roster,
    sign: &'a Sign,
    /// Where spans are wanted.
    traced: Option<Traced>,
}

impl Dispatcher {
    pub(crate) fn new(limits: HostLimits, trace: Option<SpanSink>, sign: Sign) -> Self {
        let places = Semaphore::new(limits.concurrency);
        Self { limits, places, trace, sign }
    }

    /// Events that have a place.
    pub(crate) fn running(&self) -> usize {
        self.limits.concurrency.saturating_sub(self.places.available_permits())
    }

    /// Runs an event through its hooks; a dry run is noted nowhere. Hands back the event as it was sent, where it is to
    /// be kept. Dropping the future leaves nothing half-done.
    pub(crate) async fn dispatch(
        &self,
        roster: &Roster,
        event: Admitted<'_>,
        taken_in: Instant,
        dry: bool,
        keep: Keep,
    ) -> Result<(Outcome, Option<Event>), Busy> {
        let hooks = roster.matching(&event);
        let place = if hooks.is_empty() { None } else { Some(self.place(event.kind.mode, taken_in).await?) };
        let mut course = self.course(roster, event, &hooks, taken_in);
        course.now = place.as_ref().map_or(taken_in, |(_, since)| *since);
        course.dry = dry;
        for hook in hooks {
            let line = match &course.veto {
                Some(_) => course.line(hook, TrailVerdict::Skipped),
                None => course.turn(hook).await,
            };
            course.trail.push(line);
        }
        let sent = keep.covers(&course.trail).then(|| course.sent());
        Ok((course.outcome(), sent))
    }

    /// Calls one hook on a told event, for the `attempt`th time.
    pub(crate) async fn deliver(
        &self,
        roster: &Roster,
        hook: &Hook,
        event: Admitted<'_>,
        attempt: u32,
    ) -> Delivered {
        let mut course = self.course(roster, event, &[hook], Instant::now());
        course.attempt = attempt;
        course.held_back = Some(Vec::new());
        let line = course.turn(hook).await;
        course.trail.push(line);
        let (writes, again_after) = (course.held_back.take().unwrap_or_default(), course.again_after);
        Delivered { outcome: course.outcome(), writes, again_after }
    }

    /// A place among the events that run hooks at the same time, and since when.
    async fn place(&self, mode: Mode, now: Instant) -> Result<(SemaphorePermit<'_>, Instant), Busy> {
        if let Ok(place) = self.places.try_acquire() {
            return Ok((place, now));
        }
        let place = self.places.acquire();
        let place = match mode {
            Mode::Ask => tokio::time::timeout(self.limits.busy_wait, place).await.map_err(|_| Busy)?,
            Mode::Tell => place.await,
        };
        Ok((place.expect("the semaphore is never closed"), Instant::now()))
    }

    fn course<'a>(
        &'a self,
        roster: &'a Roster,
        event: Admitted<'a>,
        hooks: &[&Hook],
        taken_in: Instant,
    ) -> Course<'a> {
        let asked = event.kind.mode == Mode::Ask;
        let sum: Duration = hooks.iter().map(|hook| hook.manifest().deadline(event.kind.mode)).sum();
        let budget = self.limits.budget;
        let scale = if asked && sum > budget { budget.as_secs_f64() / sum.as_secs_f64() } else { 1.0 };
        let traced = self.trace.as_ref().map(|sink| Traced::begin(sink, &event.event));
        Course {
            sent: event.event.data.clone(),
            event,
            data_bytes_max: self.limits.data_bytes,
            now: taken_in,
            end: asked.then(|| taken_in + budget),
            scale,
            veto: None,
            amended: false,
            attempt: 1,
            held_back: None,
            again_after: None,
            dry: false,
            trail: Vec::with_capacity(hooks.len()),
            roster,
            sign: &self.sign,
            traced,
        }
    }
}

impl Course<'_> {
    /// One hook's turn.
    async fn turn(&mut self, hook: &Hook) -> TrailLine {
        let began = self.now;
        let span = self.traced.as_ref().map(|traced| traced.enter(&mut self.event.event));
        let (attempt, answering) = match hook.probation() {
            None => (self.attempt(hook).await, None),
            Some(probation) => Box::pin(self.probe(hook, probation)).await,
        };
        let Attempt { result, usage, called, unprepared, again_after } = attempt;
        self.again_after = again_after;
        let line = match result {
            Ok(line) => line,
            Err((failure, message)) => self.fail(answering.as_deref().unwrap_or(hook), failure, message),
        };
        let time = self.now - began;
        let line = TrailLine { fuel: usage.fuel, memory_bytes: usage.memory_bytes, time, ..line };
        if !self.dry {
            hook.stats.record(&Turn {
                event: &self.event.event,
                line: &line,
                called,
                unprepared,
                now: self.now,
            });
        }
        if let (Some(traced), Some(span)) = (&self.traced, span) {
            traced.leave(span, &line, began);
        }
        line
    }

    /// Calls one version of a hook and applies its verdict.
    async fn attempt(&mut self, hook: &Hook) -> Attempt {
        let began = self.now;
        let ready = self.ready(hook, began);
        let called = ready.is_ok();
        let Report { result, usage, writes, unprepared, remark } = match ready {
            Ok((runner, pass)) => {
                let deadline = self.deadline(hook, began);
                let facets: Vec<_> = self.event.facets().collect();
                let call = Call {
                    event: &self.event.event,
                    mode: self.event.kind.mode,
                    facets: &facets,
                    attempt: self.attempt,
                    deadline,
                    cause: self.event.cause.as_deref(),
                    own: self.event.kind.scheduled,
                    dry: self.dry,
                };
                let report = runner.call(call).await;
                let subject = self.event.event.subject.as_deref();
                self.now = Instant::now();
                if !self.dry {
                    pass.record(counts(&report), subject, &self.event.event.id, self.now);
                    if report.remark.gone && self.event.kind.mode == Mode::Tell && hook.probation().is_none()
                    {
                        hook.stop();
                    }
                }
                report
            }
            Err(failed) => Report::failed(failed),
        };
        let result = result.and_then(|verdict| self.apply(hook, verdict));
        let result = result.map(|line| TrailLine { message: line.message.or(remark.note), ..line });
        match (&result, &hook.state, &mut self.held_back) {
            (Ok(_), State::Ready(_), Some(held_back)) => *held_back = writes,
            (Ok(_), State::Ready(runner), None) => runner.keep(self.event.event.tenant(), writes),
            _ => {}
        }
        Attempt { result, usage, called, unprepared, again_after: remark.again_after }
    }

    fn ready<'h>(&self, hook: &'h Hook, now: Instant) -> Result<Ready<'h>, Failed> {
        let runner = match &hook.state {
            State::Ready(runner) => runner,
            State::Unavailable(reason) => return Err((Failure::Unavailable, reason.clone())),
            State::Idle => return Err((Failure::Unavailable, "it is not enabled".into())),
        };
        if self.end.is_some_and(|end| now >= end) {
            return Err((Failure::Budget, "the event's time was used up before its turn".into()));
        }
        let rests = || {
            let reason = hook.stopped().unwrap_or("it failed too often and rests");
            (Failure::Tripped, reason.to_owned())
        };
        let pass = hook.trip.admit(now).ok_or_else(rests)?;
        Ok((runner, pass))
    }

    fn deadline(&self, hook: &Hook, now: Instant) -> Instant {
        let deadline = hook.manifest().deadline(self.event.kind.mode);
        let own = now + if self.scale < 1.0 { deadline.mul_f64(self.scale) } else { deadline };
        self.end.map_or(own, |end| own.min(end))
    }

    /// Notes a failure, and refuses the event where the hook fails closed.
    fn fail(&mut self, hook: &Hook, failure: Failure, message: String) -> TrailLine {
        let manifest = hook.manifest();
        let closed = manifest.on_failure(self.event.kind) == OnFailure::Veto;
        if closed && self.event.kind.mode == Mode::Ask {
            let code = "hook_failed".to_owned();
            let reason = format!("{} failed: {failure}", manifest.name);
            self.veto = Some(Veto { hook: Arc::clone(&manifest.id), code, reason });
        }
        let line = self.line(hook, TrailVerdict::Failed);
        TrailLine { failure: Some(failure), message: Some(message), ..line }
    }

    fn line(&self, hook: &Hook, verdict: TrailVerdict) -> TrailLine {
        TrailLine {
            hook: Arc::clone(&hook.manifest().id),
            version: hook.version().cloned(),
            verdict,
            failure: None,
            message: None,
            fuel: 0,
            memory_bytes: 0,
            time: Duration::ZERO,
        }
    }

    /// The cause of what the application raises because a hook refused, or else failed (R30).
    fn refusal(&self) -> Option<String> {
        let of = |verdict| self.trail.iter().find(|line| line.verdict == verdict).map(|line| &line.hook);
        let vetoed = self.veto.as_ref().map(|veto| &veto.hook);
        let hook = vetoed.or_else(|| of(TrailVerdict::Veto)).or_else(|| of(TrailVerdict::Failed))?;
        let (event, cause) = (&self.event.event, self.event.cause.as_deref());
        (!self.dry).then(|| (self.sign)(Act { hook, event, own: self.event.kind.scheduled, cause }))
    }

    /// The event as it was sent.
    fn sent(&self) -> Event {
        Event { data: self.sent.clone(), ..(*self.event.event).clone() }
    }

    fn outcome(self) -> Outcome {
        if let Some(traced) = &self.traced {
            traced.end(&self.event.event, self.veto.as_ref(), self.now);
        }
        let caused = self.refusal();
        let Admitted { event, kind, warnings, cause, .. } = self.event;
        let Event { id, name, data, .. } = *event;
        Outcome {
            id,
            event: name,
            mode: kind.mode,
            amended: self.amended && self.veto.is_none(),
            roster: self.roster.generation,
            trail: self.trail,
            warnings,
            receipt: None,
            suppressed: cause.map(|cause| cause.origin()),
            cause: caused,
            result: self.veto.map_or(Ok(data), Err),
        }
    }
}

/// A hook that may be called, and the leave to do so.
type Ready<'h> = (&'h Runner, crate::trip::Pass<'h>);

/// Whether a call counts towards giving the hook a rest.
fn counts(report: &Report) -> bool {
    let tiring = [Failure::Trap, Failure::Deadline, Failure::Memory, Failure::Fuel];
    matches!(&report.result, Err((failure, _)) if tiring.contains(failure))
}
