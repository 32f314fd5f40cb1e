//! Raises the scheduled events of hooks when they are due. Whoever drives it says what time it is.

use super::{FireError, Host, Inner};
use crate::event::{Event, Mode};
use crate::outcome::Outcome;
use crate::roster::{Hook, Roster};
use crate::schedule::{Schedule, Slot};
use crate::store::Settled;
use jiff::Timestamp;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant, SystemTime};
use tokio::task::JoinSet;

/// How long nobody looks at the clock: it may be set, and hooks may get new schedules.
const LOOK: Duration = Duration::from_secs(1);

/// A hook, and one of its schedules by its name.
type Key = (Arc<str>, String);

/// Up to where the schedules are settled.
#[derive(Default)]
pub(super) struct Timetable(Mutex<HashMap<Key, Slot>>);

/// What is due: the events of each hook, in their order; and when the next one is.
#[derive(Default)]
struct Due {
    events: Vec<(Arc<str>, Vec<Event>)>,
    /// How far schedules are settled that were not as far before, and those that are no more.
    settled: Vec<Settled>,
    forgotten: Vec<Key>,
    next: Option<Timestamp>,
}

impl Timetable {
    /// Learns what a journal knows to be settled: what came due since then was missed.
    pub(super) fn learn(&self, slots: impl IntoIterator<Item = Settled>) {
        let known = slots.into_iter().filter_map(|(hook, schedule, last)| {
            Some(((hook, schedule), Slot(Timestamp::from_microsecond(last).ok()?)))
        });
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(known);
    }

    /// What is due by `now`, which then is settled. Hooks that are not at work are forgotten: a schedule that comes back
    /// has missed nothing meanwhile.
    fn settle(&self, roster: &Roster, now: Timestamp) -> Due {
        let mut settled = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut due, mut left) = (Due::default(), HashSet::new());
        for hook in roster.hooks().filter(|hook| hook.manifest().is_enabled()) {
            let mut events = Vec::new();
            for schedule in &hook.manifest().schedule {
                let key = (Arc::clone(&hook.manifest().id), schedule.name().to_owned());
                let plan = schedule.plan(settled.get(&key).copied(), now);
                events
                    .extend(plan.due.iter().filter_map(|slot| Some((*slot, raised(hook, schedule, *slot)?))));
                due.next = due.next.into_iter().chain(plan.next).min();
                if settled.insert(key.clone(), plan.last) != Some(plan.last) {
                    due.settled.push((Arc::clone(&key.0), key.1.clone(), plan.last.0.as_microsecond()));
                }
                left.insert(key);
            }
            if !events.is_empty() {
                events.sort_by_key(|(slot, _)| *slot);
                let events = events.into_iter().map(|(_, event)| event).collect();
                due.events.push((Arc::clone(&hook.manifest().id), events));
            }
        }
        due.forgotten = settled.keys().filter(|key| !left.contains(key)).cloned().collect();
        settled.retain(|key, _| left.contains(key));
        due
    }
}

/// The event of a slot, called by it: whoever raises it again says that it is the same.
fn raised(hook: &Hook, schedule: &Schedule, slot: Slot) -> Option<Event> {
    let manifest = hook.manifest();
    let on = manifest.on.iter().find(|on| on.kind.scheduled)?;
    let data = serde_json::json!({ "schedule": schedule.name(), "due": schedule.local(slot.0) });
    let event = Event::new(&on.kind.name, "tenterhook")
        .id(slot.id(&manifest.id, schedule))
        .time(format!("{:.6}", slot.0))
        .subject(schedule.name())
        .data(&data)
        .ok()?;
    Some(match &manifest.tenant {
        Some(tenant) => event.attribute("tenant", tenant),
        None => event,
    })
}

impl Host {
    /// Raises what the schedules of hooks have due by `now`, each for its hook alone, and returns when it has been
    /// decided: with the time at which there is something to do again. A schedule that it sees for the first time has
    /// missed nothing. Each slot is run once, also where `now` goes back (R17).
    pub async fn run_schedules(&self, now: SystemTime) -> Option<SystemTime> {
        let roster = self.roster();
        let due = self.0.timetable.settle(&roster, Timestamp::try_from(now).ok()?);
        // No hook waits for another.
        let mut running = JoinSet::new();
        for (hook, events) in due.events {
            let (host, roster) = (self.clone(), Arc::clone(&roster));
            running.spawn(async move {
                for event in events {
                    if let Err(error) = host.raise(&roster, &hook, event).await {
                        tracing::warn!(%error, hook = &*hook, "a scheduled event cannot be raised");
                    }
                }
            });
        }
        running.join_all().await;
        let record = self.record().filter(|_| due.settled.len() + due.forgotten.len() > 0);
        if let Some(deliveries) = record.map(|record| record.deliveries()) {
            // Only now: what is raised again after a crash is known by its id.
            if let Err(error) = deliveries.store().settle_slots(due.settled, due.forgotten).await {
                tracing::warn!(%error, "schedules cannot be written down");
            }
        }
        due.next.map(SystemTime::from)
    }

    /// Runs schedules by the machine's clock from now on, until the host ends.
    pub fn keep_time(&self) {
        tokio::spawn(keep(Arc::downgrade(&self.0)));
    }

    /// Raises an event for one hook, whoever else listens.
    async fn raise(&self, roster: &Roster, hook: &Arc<str>, event: Event) -> Result<Outcome, FireError> {
        let mut event = self.admit(roster, event, Some(Mode::Tell)).map_err(FireError::Refused)?;
        event.only = Some(Arc::clone(hook));
        self.run(roster, event, Instant::now()).await
    }
}

async fn keep(host: Weak<Inner>) {
    loop {
        let Some(host) = host.upgrade().map(Host) else { return };
        let next = host.run_schedules(SystemTime::now()).await;
        drop(host);
        let wait = next.map(|next| next.duration_since(SystemTime::now()).unwrap_or_default());
        tokio::time::sleep(wait.unwrap_or(LOOK).min(LOOK)).await;
    }
}
