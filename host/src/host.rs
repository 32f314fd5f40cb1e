//! The way in for an application that embeds the host.

mod around;
mod builder;
mod cast;
#[cfg(feature = "cli")]
mod flame;
mod follow;
mod job;
mod journal;
mod maker;
#[cfg(any(feature = "api", feature = "cli"))]
mod rehearsal;
mod runners;
mod timetable;
mod told;

pub use around::{Around, Finished};
pub use builder::{HostBuilder, StartError};
#[doc(hidden)]
pub use builder::{compile_child, warden};
pub use journal::JournalHealth;
#[cfg(any(feature = "api", feature = "cli"))]
pub(crate) use rehearsal::Rehearsal;

use crate::catalogue::Admitted;
use crate::cause;
use crate::data::Data;
use crate::dispatcher::{Dispatcher, Keep};
use crate::event::{Event, Mode};
use crate::keys::Keys;
use crate::limits::HostLimits;
use crate::machine::Keeper;
use crate::outcome::Outcome;
use crate::problem::{Place, Problem};
use crate::record::Record;
use crate::roster::Roster;
use crate::stats::Tally;
use arc_swap::ArcSwap;
use jiff::Timestamp;
use journal::Journal;
use maker::{How, Made, Maker};
use std::fmt;
use std::io;
use std::sync::{Arc, OnceLock};
use std::time::Instant;
use tokio::sync::{Notify, broadcast};

/// A running hook host. Cloning is cheap; all clones are the same host.
///
/// It needs a tokio runtime with timers. Dropping the last clone ends it.
#[derive(Clone)]
pub struct Host(Arc<Inner>);

struct Inner {
    limits: HostLimits,
    tally: Tally,
    keeper: Keeper,
    /// The hooks directory, if there is one.
    hooks: Option<std::path::PathBuf>,
    /// The secrets directory, if there is one.
    secrets: Option<std::path::PathBuf>,
    /// The directories of programs, which are watched as well.
    scripts: Vec<std::path::PathBuf>,
    roster: Arc<ArcSwap<Roster>>,
    dispatcher: Arc<Dispatcher>,
    journal: Journal,
    timetable: timetable::Timetable,
    /// What causes are signed with.
    keys: Arc<Keys>,
    /// What every roster is made from, while one is made: reloads come one after the other.
    maker: tokio::sync::Mutex<Maker>,
    outcomes: broadcast::Sender<Arc<Outcome>>,
    #[cfg(feature = "api")]
    rehearsal: Rehearsal,
    /// Told when a probation is decided.
    decided: Arc<Notify>,
    /// Told when a file changes, once files are watched.
    changed: OnceLock<Arc<Notify>>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        // Whoever waits for these looks whether the host still is.
        self.decided.notify_one();
        self.changed.get().into_iter().for_each(|changed| changed.notify_one());
    }
}

/// Why an event was not run.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FireError {
    /// The event cannot be taken in: everything that is wrong with it.
    Refused(Vec<Problem>),
    /// All sandboxes are in use: nothing was decided, try again.
    Busy,
    /// Another event was told under its source and id within a day.
    Conflict,
    /// The journal's disk is full: it was not told. Asked events go on.
    Full,
    /// The journal cannot be written, and why: it was not told.
    Journal(String),
}

impl fmt::Display for FireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(problems) => {
                let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
                f.write_str(&problems.join("; "))
            }
            Self::Busy => f.write_str("the host is busy, try again"),
            Self::Conflict => f.write_str("another event was told with this source and id"),
            Self::Full => f.write_str("the disk of the journal is full: the event was not taken in"),
            Self::Journal(reason) => write!(f, "the event was not taken in: {reason}"),
        }
    }
}

impl std::error::Error for FireError {}

impl Host {
    /// Configures a host.
    pub fn builder() -> HostBuilder {
        HostBuilder::default()
    }

    /// Asks the hooks about something that is about to happen. The outcome says whether it may, and
    /// with which data.
    pub async fn ask(&self, event: Event) -> Result<Outcome, FireError> {
        self.take(event, Some(Mode::Ask), false).await
    }

    /// Tells the hooks about something that has happened. With a [journal](HostBuilder::journal) the event is on disk
    /// when this returns, and its hooks get it afterwards; without one they have run.
    pub async fn tell(&self, event: Event) -> Result<Outcome, FireError> {
        let Some(opened) = self.0.journal.opened() else {
            // In a box: most tells only wait for the journal, and need not carry the room that running hooks takes.
            return Box::pin(self.take(event, Some(Mode::Tell), false)).await;
        };
        let written = {
            let roster = self.0.roster.load();
            let event = self.take_in(&roster, event, Some(Mode::Tell), false)?;
            self.write_down(opened, &roster, event)
        };
        written.await
    }

    /// Asks or tells, as the catalogue has it.
    pub async fn fire(&self, event: Event) -> Result<Outcome, FireError> {
        self.take(event, None, false).await
    }

    /// Runs the hooks on an event as [`fire`](Self::fire) does, to see what they would say. Nothing of
    /// it is counted, logged or announced.
    pub async fn dry_run(&self, event: Event) -> Result<Outcome, FireError> {
        self.take(event, None, true).await
    }

    async fn take(&self, event: Event, mode: Option<Mode>, dry: bool) -> Result<Outcome, FireError> {
        let taken_in = Instant::now();
        // One roster from here to the outcome, whatever is reloaded meanwhile.
        let roster = self.0.roster.load();
        let event = self.take_in(&roster, event, mode, dry)?;
        if dry {
            return self.dispatch(&roster, event, taken_in, true).await;
        }
        self.run(&roster, event, taken_in).await
    }

    /// Has an event that was admitted written down, or runs its hooks.
    async fn run(
        &self,
        roster: &Roster,
        event: Admitted<'_>,
        taken_in: Instant,
    ) -> Result<Outcome, FireError> {
        match self.0.journal.opened().filter(|_| event.kind.mode == Mode::Tell) {
            Some(opened) => self.write_down(opened, roster, event).await,
            None => self.dispatch(roster, event, taken_in, false).await,
        }
    }

    /// Runs the hooks on an event that was admitted; a dry run is noted nowhere.
    async fn dispatch(
        &self,
        roster: &Roster,
        event: Admitted<'_>,
        taken_in: Instant,
        dry: bool,
    ) -> Result<Outcome, FireError> {
        let kind = event.kind;
        let record = self.0.journal.record().filter(|_| !dry);
        let keep = record.map_or(Keep::Nothing, |record| record.keeps());
        let ran = self.0.dispatcher.dispatch(roster, event, taken_in, dry, keep).await;
        if !dry {
            self.count(&kind.name, ran.as_ref().ok().map(|(outcome, _)| outcome));
        }
        let (outcome, sent) = ran.map_err(|_| FireError::Busy)?;
        if let (Some(record), Some(sent)) = (record, sent) {
            record.note(sent, &outcome);
        }
        if !dry && self.0.outcomes.receiver_count() > 0 {
            // Nobody may be listening any more, and that is no failure.
            let _ = self.0.outcomes.send(Arc::new(outcome.clone()));
        }
        Ok(outcome)
    }

    /// Counts an event that came to this, or to nothing.
    fn count(&self, event: &str, outcome: Option<&Outcome>) {
        self.0.tally.event(event, outcome.map(Outcome::decision));
        if outcome.is_some_and(|outcome| outcome.suppressed.is_some()) {
            self.0.tally.suppress(event);
        }
    }

    /// Admits an event, and counts one that is refused.
    fn take_in<'r>(
        &self,
        roster: &'r Roster,
        event: Event,
        mode: Option<Mode>,
        dry: bool,
    ) -> Result<Admitted<'r>, FireError> {
        self.admit(roster, event, mode).map_err(|problems| {
            if !dry {
                self.0.tally.refuse();
            }
            FireError::Refused(problems)
        })
    }

    fn admit<'r>(
        &self,
        roster: &'r Roster,
        event: Event,
        mode: Option<Mode>,
    ) -> Result<Admitted<'r>, Vec<Problem>> {
        let mut event = roster.catalogue.admit(event, self.0.limits.data_bytes)?;
        let kind = event.kind;
        if mode.is_some_and(|mode| mode != kind.mode) {
            let (is, call) = match kind.mode {
                Mode::Ask => ("asked", "Host::ask"),
                Mode::Tell => ("told", "Host::tell"),
            };
            let problem = Problem::error(Place::default(), format!("{} is {is}", kind.name));
            return Err(vec![problem.hint(format!("use {call}"))]);
        }
        let known = || (self.0.keys.current(), Timestamp::now());
        let cause = cause::claim(&mut event.event, kind.mode, known);
        event.cause = cause.map_err(|problem| vec![problem])?;
        Ok(event)
    }

    /// Wraps an action between its pre event and its post event; see [`Around`].
    pub fn around<A, T, E>(&self, pre: Event, action: A) -> Around<'_, A>
    where
        A: AsyncFnOnce(Data) -> Result<T, E>,
    {
        Around::new(self, pre, action)
    }

    /// Reads the hooks directory and its hooks' secrets again. Events in flight finish on the roster they began with; the new one serves
    /// every event after it. Hooks whose files and secrets have not changed keep their sandboxes, and a hook whose files have
    /// gone bad keeps its version. Where nothing has changed, this is the roster of before.
    ///
    /// Files are taken as they are: if they are bad, that is a problem at once.
    pub async fn reload(&self) -> Result<Arc<Roster>, StartError> {
        Ok(self.refresh(&How::default()).await?.roster)
    }

    /// Lets the version run that a hook's files hold, although it failed where the one before it did not; without
    /// probation this time. Whether there was such a version.
    pub async fn accept(&self, id: &str) -> Result<bool, StartError> {
        let was_rejected = self.0.maker.lock().await.accept(id).map_err(StartError::Data)?;
        if !was_rejected {
            return Ok(false);
        }
        let how = How { accepted: Some(id), ..How::default() };
        self.refresh(&how).await.map(|_| true)
    }

    /// Makes the next roster and puts it to work.
    async fn refresh(&self, how: &How<'_>) -> Result<Made, StartError> {
        let mut maker = self.0.maker.lock().await;
        let before = self.roster();
        // What is decided by now counts in what comes next.
        follow::note(&mut maker, &before);
        let made = maker.make(Some(&before), how).await.inspect_err(|error| {
            self.0.tally.reload(false);
            // At the end of everything there is nothing wrong with it.
            if !matches!(error, StartError::Stopped) {
                tracing::warn!(%error, "the hooks cannot be reloaded");
            }
        })?;
        if !Arc::ptr_eq(&before, &made.roster) {
            self.0.roster.store(Arc::clone(&made.roster));
            self.tell_of(&before, &made.roster);
            if let Some(record) = self.record() {
                record.deliveries().reconsider();
            }
            // There may be a probation that nobody waits for yet.
            self.0.decided.notify_one();
        }
        Ok(made)
    }

    /// Counts a reload that changed something, and says what is newly wrong.
    fn tell_of(&self, before: &Roster, after: &Roster) {
        self.0.tally.reload(!after.problems.iter().any(Problem::is_error));
        tracing::info!(roster = after.generation, hooks = after.hooks().count(), "hooks reloaded");
        for problem in after.problems.iter().filter(|problem| !before.problems.contains(problem)) {
            tracing::warn!("{problem}");
        }
    }

    /// The hooks at work, and the events that exist.
    pub fn roster(&self) -> Arc<Roster> {
        self.0.roster.load_full()
    }

    /// Every outcome from now on, as it is decided. Whoever does not keep up misses some.
    pub fn outcomes(&self) -> broadcast::Receiver<Arc<Outcome>> {
        self.0.outcomes.subscribe()
    }

    /// How many reloads changed something: those that left no error, and those that left one or failed.
    pub fn reloads(&self) -> (u64, u64) {
        let [(_, good), (_, bad)] = self.0.tally.reloads();
        (good, bad)
    }

    /// What came of events and reloads so far.
    pub fn tally(&self) -> &Tally {
        &self.0.tally
    }

    /// Why the journal that there should be cannot be used.
    pub(crate) fn unusable(&self) -> Option<FireError> {
        self.0.journal.opened()?.err()
    }

    /// What is written down, where there is a journal.
    pub(crate) fn record(&self) -> Option<&Arc<Record>> {
        self.0.journal.record()
    }

    /// Has a hook called again that was stopped because its target was gone, or that rests because it failed too often;
    /// whether there is such a one. What it is owed goes on.
    pub fn resume(&self, id: &str) -> io::Result<bool> {
        let resumed = self.roster().hook(id).map_or(Ok(false), |hook| hook.resume())?;
        if let Some(record) = self.record() {
            record.deliveries().reconsider();
        }
        Ok(resumed)
    }

    /// Events that run hooks right now.
    pub fn running(&self) -> usize {
        self.0.dispatcher.running()
    }

    /// Sandboxes that are ready, over all hooks.
    pub fn prepared(&self) -> usize {
        self.0.keeper.prepared()
    }

    /// What the host as a whole allows.
    pub fn limits(&self) -> &HostLimits {
        &self.0.limits
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").field("roster", &self.roster().generation).finish_non_exhaustive()
    }
}
