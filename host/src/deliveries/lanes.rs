//! What is on its way: events whose first attempts are made, and for each hook what is due later.

use super::order::Order;
use crate::store::{Change, Delivery, DeliveryState, Later, Told};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Later attempts of one hook that are made or wait for a place: what is done counts until it is on disk.
pub(super) const TAKEN: usize = 64;
/// Events whose first attempts are made at a time, and bytes of their data.
const COURSES: usize = 512;
const BYTES: usize = 32 << 20;

/// The first attempts of one event, in their order.
pub(super) struct Course {
    pub(super) told: Arc<Told>,
    pub(super) deliveries: Vec<Delivery>,
}

impl Course {
    fn subject(&self) -> i64 {
        self.deliveries.first().map_or(0, |first| first.subject)
    }

    fn bytes(&self) -> usize {
        self.told.event.data.as_str().len()
    }
}

/// Everything on its way.
pub(super) struct Lanes {
    per_hook: usize,
    hooks: HashMap<Arc<str>, Lane>,
    /// Subjects of which an event is on its way, with those that come after it.
    subjects: HashMap<i64, VecDeque<Course>>,
    courses: usize,
    bytes: usize,
    /// There may be first attempts that nobody looked at.
    pub(super) more: bool,
    /// The hooks have changed, and may take what waited for that.
    pub(super) changed: bool,
    /// Subjects of hooks of which the next delivery may be due, because the one before it is settled.
    pub(super) following: Vec<(Arc<str>, i64)>,
}

/// One hook's deliveries.
pub(super) struct Lane {
    pub(super) places: Arc<Semaphore>,
    /// First attempts that nobody waits for any more: until they are over, later ones do not wait for the hook.
    behind: usize,
    /// When the first one that waits for its time is due.
    due: Option<i64>,
    /// Later attempts that are made now.
    taken: HashSet<i64>,
    /// Where it wants the events of a subject one after the other.
    pub(super) order: Option<Order>,
    /// While the hook is looked at, what has changed since: what was read of it is out of date.
    changed: Option<HashSet<i64>>,
}

impl Lanes {
    pub(super) fn new(per_hook: usize, later: Vec<Later>) -> Self {
        let per_hook = per_hook.max(1);
        let (hooks, subjects) = (HashMap::new(), HashMap::new());
        let mut lanes = Self {
            per_hook,
            hooks,
            subjects,
            courses: 0,
            bytes: 0,
            more: true,
            changed: true,
            following: Vec::new(),
        };
        for Later { hook, due } in later {
            lanes.lane(&hook).due = Some(due);
        }
        lanes
    }

    pub(super) fn lane(&mut self, hook: &Arc<str>) -> &mut Lane {
        let places = self.per_hook;
        self.hooks.entry(Arc::clone(hook)).or_insert_with(|| Lane {
            places: Arc::new(Semaphore::new(places)),
            behind: 0,
            due: None,
            taken: HashSet::new(),
            order: None,
            changed: None,
        })
    }

    /// How many more events may set out.
    pub(super) fn room(&self) -> usize {
        if self.bytes >= BYTES { 0 } else { COURSES.saturating_sub(self.courses) }
    }

    /// An event sets out, unless one of its subject is on its way: then it follows.
    pub(super) fn set_out(&mut self, course: Course) -> Option<Course> {
        self.courses += 1;
        self.bytes += course.bytes();
        match course.subject() {
            0 => Some(course),
            subject => match self.subjects.entry(subject) {
                Entry::Vacant(entry) => {
                    entry.insert(VecDeque::new());
                    Some(course)
                }
                Entry::Occupied(mut entry) => {
                    entry.get_mut().push_back(course);
                    None
                }
            },
        }
    }

    /// An event has arrived, as far as it is waited for; returns the next one of its subject.
    pub(super) fn arrive(&mut self, course: &Course) -> Option<Course> {
        self.courses -= 1;
        self.bytes -= course.bytes();
        let Entry::Occupied(mut entry) = self.subjects.entry(course.subject()) else { return None };
        let next = entry.get_mut().pop_front();
        if next.is_none() {
            entry.remove();
        }
        next
    }

    /// Hooks that want no order any more have none.
    pub(super) fn forget_orders(&mut self, wants: impl Fn(&str) -> bool) {
        for (_, lane) in self.hooks.iter_mut().filter(|(hook, lane)| lane.order.is_some() && !wants(hook)) {
            lane.order = None;
        }
    }

    /// Whether it is a delivery's turn, where its hook wants an order.
    pub(super) fn claim(&mut self, delivery: &Delivery) -> bool {
        self.lane(&delivery.hook).order.as_mut().is_none_or(|order| order.claim(delivery))
    }

    /// Whether a hook has attempts that nobody waits for any more.
    pub(super) fn is_behind(&mut self, hook: &Arc<str>) -> bool {
        self.lane(hook).behind > 0
    }

    pub(super) fn fall_behind(&mut self, hook: &Arc<str>) {
        self.lane(hook).behind += 1;
    }

    pub(super) fn catch_up(&mut self, hook: &Arc<str>) {
        self.lane(hook).behind -= 1;
    }

    /// The hooks with something due by now and a place for it. They are to be looked at, and what is not taken then
    /// is to be expected again.
    pub(super) fn due(&mut self, now: i64) -> Vec<Arc<str>> {
        let is_due = |lane: &Lane| lane.due.is_some_and(|due| due <= now) && lane.taken.len() < TAKEN;
        let due = self.hooks.iter_mut().filter(|(_, lane)| is_due(lane));
        due.map(|(hook, lane)| {
            lane.due = None;
            lane.changed = Some(HashSet::new());
            Arc::clone(hook)
        })
        .collect()
    }

    /// Whether a delivery that was found due is to be attempted now: there is a place, and it is not attempted yet.
    pub(super) fn take(&mut self, delivery: &Delivery) -> bool {
        let lane = self.lane(&delivery.hook);
        if lane.taken.contains(&delivery.id) || lane.is_out_of_date(delivery.id) {
            return false;
        }
        if lane.taken.len() >= TAKEN {
            lane.expect(delivery.due);
            return false;
        }
        lane.taken.insert(delivery.id)
    }

    /// When the next delivery is due that a place is free for.
    pub(super) fn next_due(&self) -> Option<i64> {
        let free = self.hooks.values().filter(|lane| lane.taken.len() < TAKEN);
        free.filter_map(|lane| lane.due).min()
    }

    /// What is on disk by now.
    pub(super) fn committed(&mut self, changes: &[Change], first: bool, later: Vec<(Arc<str>, i64)>) {
        self.more |= first;
        for Change { delivery, .. } in changes {
            let lane = self.lane(&delivery.hook);
            lane.taken.remove(&delivery.id);
            if delivery.state == DeliveryState::Pending {
                lane.expect(delivery.due);
            }
            if let Some(changed) = &mut lane.changed {
                changed.insert(delivery.id);
            }
            if lane.order.as_mut().is_some_and(|order| order.changed(delivery)) {
                self.following.push((Arc::clone(&delivery.hook), delivery.subject));
            }
        }
        for (hook, due) in later {
            self.lane(&hook).expect(due);
        }
    }
}

impl Lane {
    fn is_out_of_date(&self, delivery: i64) -> bool {
        self.changed.as_ref().is_some_and(|changed| changed.contains(&delivery))
    }

    /// It was looked at, and what was found is taken or expected.
    pub(super) fn looked_at(&mut self) {
        self.changed = None;
    }

    /// Something is due then.
    pub(super) fn expect(&mut self, due: i64) {
        self.due = Some(self.due.map_or(due, |first| first.min(due)));
    }
}
