//! What people and programs are shown of a host: hooks, rosters, catalogues, as the command line and the service
//! both print them.

mod find;
mod journal;
mod log;
mod search;
mod state;

pub use find::{DeliveriesSearch, LogSearch};
pub(crate) use find::{State, moment, not_dead};
pub use journal::JournalError;
pub use log::{
    BacklogView, DeliveriesView, DeliveryDetails, DeliveryView, ExecutionDetails, ExecutionView, LogView,
    OwedView, ResentView, SentView,
};
pub use search::Search;
pub use state::{KeyView, StateSearch, StateView};

use crate::catalogue::{Catalogue, EventKind};
use crate::limits::Limits;
use crate::manifest::{Caused, Class, Grants, Isolation, Manifest, OnFailure, Ordered, Status, Subscription};
use crate::problem::Problem;
use crate::record::Backlog;
use crate::roster::{Hook, Roster};
use crate::schedule::{CatchUp, Schedule};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A hook.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "api", schema(as = Hook))]
pub struct HookView {
    /// The stem of its files.
    pub(crate) id: String,
    /// Lower runs first.
    pub(crate) priority: i64,
    /// For people.
    pub(crate) name: String,
    /// A sentence more.
    pub(crate) description: String,
    /// The area it binds to.
    pub(crate) r#type: String,
    /// The events it listens to.
    pub(crate) on: Vec<OnView>,
    /// When it is run by the clock, where it is.
    pub(crate) schedule: Vec<ScheduleView>,
    /// What happens when it fires.
    pub(crate) class: Class,
    /// The component's file, where it is one.
    pub(crate) component: Option<String>,
    /// Whether it is put to work.
    pub(crate) status: Status,
    /// Why it cannot run, where it should.
    pub(crate) unavailable: Option<String>,
    /// What its failure means, where that is said.
    pub(crate) on_failure: Option<OnFailure>,
    /// How long a sandbox lives.
    pub(crate) isolation: Isolation,
    /// The one tenant whose events it sees.
    pub(crate) tenant: Option<String>,
    /// Whether it runs on events that hooks caused.
    #[serde(default = "skip")]
    pub(crate) caused: Caused,
    /// In which order it gets told events, where it wants one.
    pub(crate) ordered: Option<Ordered>,
    /// What is at work: the first 12 hex digits of the SHA-256 of its component, or else of its manifest.
    pub(crate) version: Option<String>,
    /// What it is set to: texts as they are, everything else as compact JSON, secrets as references to them.
    pub(crate) properties: BTreeMap<String, String>,
    /// What one call may use.
    pub(crate) limits: LimitsView,
    /// What it may reach beside what every hook may.
    pub(crate) grants: Grants,
    /// Whether it failed so often that it rests.
    pub(crate) tripped: bool,
    /// Why it is not run until somebody resumes it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) stopped: Option<String>,
    /// How often it was called.
    pub(crate) calls: u64,
    /// How many of these calls found no sandbox ready.
    pub(crate) dry: u64,
    /// What is owed to it, where something is or there are dead letters.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "api", schema(required = false))]
    pub(crate) backlog: Option<BacklogView>,
    /// Where its manifest stands.
    pub(crate) source: Source,
}

/// What a service says that does not know better.
fn skip() -> Caused {
    Caused::Skip
}

/// One kind of event a hook listens to, and the values its facets must have.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "api", schema(as = On))]
pub struct OnView {
    /// The event.
    pub(crate) event: String,
    /// Per facet, its values; a facet that is not named may have any.
    #[serde(flatten)]
    pub(crate) facets: BTreeMap<String, Vec<String>>,
}

/// When a hook is run by the clock.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "api", schema(as = Schedule))]
pub struct ScheduleView {
    /// What it is called among those of its hook: what it says, where it was given no name.
    pub(crate) name: String,
    /// The cron expression, where it is one.
    pub(crate) cron: Option<String>,
    /// The period, such as `15m`, where it has one.
    pub(crate) every: Option<String>,
    /// The time of day from which each day counts anew.
    pub(crate) start: Option<String>,
    /// The zone whose clock it goes by.
    pub(crate) timezone: String,
    /// What becomes of times that passed while the host was down.
    pub(crate) catch_up: CatchUp,
    /// When it is run next, by the clock of its zone; never where its hook is not enabled.
    pub(crate) next: Option<String>,
}

/// What one call of a hook may use, in the form in which it is set.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "api", schema(as = Limits))]
pub struct LimitsView {
    /// Units of fuel.
    pub(crate) fuel: u64,
    /// Bytes of memory.
    pub(crate) memory: usize,
    /// Wall-clock time, such as `50ms`; where none is set, it depends on the event's mode.
    pub(crate) deadline: Option<String>,
    /// Bytes of an answer.
    pub(crate) output: usize,
    /// Bytes of log.
    pub(crate) log: usize,
}

/// Where a hook's manifest stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// In its operator's TOML, laid over what its component says of itself.
    Toml,
    /// In its component alone.
    Component,
}

impl HookView {
    /// What is shown of a hook.
    pub fn of(hook: &Hook) -> Self {
        let manifest = hook.manifest();
        Self {
            id: manifest.id.to_string(),
            priority: manifest.priority,
            name: manifest.name.clone(),
            description: manifest.description.clone(),
            r#type: manifest.area.clone(),
            on: manifest.on.iter().map(OnView::of).collect(),
            schedule: manifest.schedule.iter().map(|schedule| ScheduleView::of(schedule, manifest)).collect(),
            class: manifest.class,
            component: (manifest.class == Class::Component).then(|| manifest.component.clone()),
            status: manifest.status,
            unavailable: hook.unavailable().map(str::to_owned),
            on_failure: manifest.on_failure,
            isolation: manifest.isolation,
            tenant: manifest.tenant.clone(),
            caused: manifest.caused,
            ordered: manifest.ordered,
            version: hook.version().map(|version| version.to_string()),
            properties: manifest.properties.clone(),
            limits: LimitsView::of(&manifest.limits),
            grants: manifest.grants.clone(),
            tripped: hook.is_tripped(),
            stopped: hook.stopped().map(str::to_owned),
            calls: hook.stats().calls(),
            dry: hook.stats().dry(),
            backlog: None,
            source: if manifest.has_toml { Source::Toml } else { Source::Component },
        }
    }
}

impl OnView {
    fn of(on: &Subscription) -> Self {
        let facets = on.filter.facets().map(|(facet, values)| (facet.to_owned(), values.to_vec()));
        Self { event: on.kind.name.clone(), facets: facets.collect() }
    }
}

impl ScheduleView {
    fn of(schedule: &Schedule, manifest: &Manifest) -> Self {
        let next = schedule.after(Timestamp::now()).filter(|_| manifest.is_enabled());
        Self {
            name: schedule.name().to_owned(),
            cron: schedule.cron(),
            every: schedule.every(),
            start: schedule.start(),
            timezone: schedule.timezone().to_owned(),
            catch_up: schedule.catch_up,
            next: next.map(|next| schedule.local(next)),
        }
    }
}

impl HookView {
    /// With what is owed to the hook.
    #[must_use]
    pub(crate) fn owed(self, backlog: Option<&Backlog>) -> Self {
        Self { backlog: backlog.map(BacklogView::of), ..self }
    }
}

impl LimitsView {
    fn of(limits: &Limits) -> Self {
        let deadline = limits.deadline.and_then(|deadline| jiff::SignedDuration::try_from(deadline).ok());
        Self {
            fuel: limits.fuel,
            memory: limits.memory_bytes,
            deadline: deadline.map(|deadline| format!("{deadline:#}")),
            output: limits.output_bytes,
            log: limits.log_bytes,
        }
    }
}

/// The hooks of a roster.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "api", schema(as = Hooks))]
pub struct HooksView {
    /// In the order in which they run.
    pub hooks: Vec<HookView>,
    /// Ids of hooks that are left out because nobody knows their events.
    pub left_out: Vec<String>,
}

/// One generation of hooks, in numbers.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "api", schema(as = Roster))]
pub struct RosterView {
    /// Counts up with every change.
    generation: u64,
    /// All hooks.
    pub(crate) hooks: usize,
    /// Those that run.
    enabled: usize,
    /// Those that should run and cannot.
    unavailable: usize,
    /// Ids of hooks that are left out because nobody knows their events.
    left_out: Vec<String>,
    /// Problems of the files.
    problems: usize,
}

impl RosterView {
    /// What is shown of a roster.
    pub fn of(roster: &Roster) -> Self {
        let count = |fits: fn(&Hook) -> bool| roster.hooks().filter(|hook| fits(hook)).count();
        Self {
            generation: roster.generation,
            hooks: count(|_| true),
            enabled: count(|hook| hook.manifest().status == Status::Enabled && hook.unavailable().is_none()),
            unavailable: count(|hook| hook.unavailable().is_some()),
            left_out: roster.left_out.clone(),
            problems: roster.problems.len(),
        }
    }
}

/// What is wrong with the files of the hooks directory.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "api", schema(as = Problems))]
pub struct ProblemsView {
    /// Every problem.
    pub problems: Vec<Problem>,
}

/// Which events exist.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "api", schema(as = Catalogue))]
pub struct CatalogueView {
    /// The areas.
    areas: Vec<AreaView>,
    /// The events, sorted by name.
    #[serde(serialize_with = "kinds", deserialize_with = "read_kinds")]
    #[cfg_attr(feature = "api", schema(value_type = Vec<EventKind>))]
    events: Vec<Arc<EventKind>>,
}

/// Events of one kind of system.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "api", schema(as = Area))]
pub struct AreaView {
    /// Its name: the type of its hooks.
    name: String,
    /// What it is.
    summary: String,
}

impl CatalogueView {
    /// What is shown of a catalogue.
    pub fn of(catalogue: &Catalogue) -> Self {
        let area = |(name, summary): (&str, &str)| AreaView { name: name.into(), summary: summary.into() };
        Self { areas: catalogue.areas().map(area).collect(), events: catalogue.kinds().cloned().collect() }
    }
}

/// The catalogue that a view shows; enums are not in it.
impl From<CatalogueView> for Catalogue {
    fn from(CatalogueView { areas, events }: CatalogueView) -> Self {
        Self::of(areas.into_iter().map(|area| (area.name, area.summary)), events)
    }
}

fn kinds<S: serde::Serializer>(kinds: &[Arc<EventKind>], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(kinds.iter().map(|kind| &**kind))
}

fn read_kinds<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<Arc<EventKind>>, D::Error> {
    Ok(Vec::<EventKind>::deserialize(deserializer)?.into_iter().map(Arc::new).collect())
}
