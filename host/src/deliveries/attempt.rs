//! One attempt at a delivery, and what becomes of the delivery by it.

use super::Deliveries;
use super::lanes::Course;
use crate::catalogue::Admitted;
use crate::dispatcher::Delivered;
use crate::event::Event;
use crate::manifest::Status;
use crate::memory::{Owner, Write};
use crate::outcome::{Failure, TrailLine, TrailVerdict};
use crate::roster::{Hook, Roster};
use crate::store::{Attempt, Change, Delivery, DeliveryState, Told};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use tokio::time::timeout;

/// How long a delivery waits for a hook that rests.
const REST: Duration = Duration::from_secs(1);

/// How a call ended.
struct Turn<'a> {
    line: TrailLine,
    writes: Vec<Write>,
    /// When it began.
    at: i64,
    /// The next one is to come no sooner.
    again_after: Option<Duration>,
    /// Why the hook is not to be called again until it is resumed.
    stopped: Option<&'a str>,
}

/// Makes the first attempts of an event, and then of those of its subject that came after it.
pub(super) async fn run(deliveries: Arc<Deliveries>, first: Course) {
    let mut next = Some(first);
    while let Some(course) = next {
        for delivery in &course.deliveries {
            deliveries.first(&course.told, delivery.clone()).await;
        }
        next = deliveries.lanes().arrive(&course);
        deliveries.wake.notify_one();
    }
}

/// Makes a later attempt.
pub(super) async fn again(deliveries: Arc<Deliveries>, told: Arc<Told>, delivery: Delivery) {
    let places = Arc::clone(&deliveries.lanes().lane(&delivery.hook).places);
    let _place = places.acquire().await;
    deliveries.attempt(&told, delivery).await;
}

/// Whether deliveries to a hook wait for it to change.
pub(super) fn waits(roster: &Roster, hook: &str) -> bool {
    matches!(stands(roster, hook), Err((DeliveryState::Waiting, _)))
}

/// The hook if it can be called, or what becomes of what it is owed.
fn stands<'r>(roster: &'r Roster, id: &str) -> Result<&'r Hook, (DeliveryState, String)> {
    let Some(hook) = roster.hook(id) else {
        return Err(match roster.left_out.iter().any(|left_out| left_out == id) {
            true => (DeliveryState::Waiting, "its hook is left out".into()),
            false => (DeliveryState::Dead, "its hook was removed".into()),
        });
    };
    match hook.manifest().status {
        Status::Archived => Err((DeliveryState::Dead, "its hook is archived".into())),
        Status::Disabled => Err((DeliveryState::Waiting, "its hook is disabled".into())),
        Status::Enabled => match hook.unavailable().or(hook.stopped()) {
            Some(reason) => Err((DeliveryState::Waiting, reason.to_owned())),
            None => Ok(hook),
        },
    }
}

impl Deliveries {
    /// Makes a first attempt, and waits for it as long as the order is worth. Where the hook is behind, it is made later.
    async fn first(self: &Arc<Self>, told: &Arc<Told>, delivery: Delivery) {
        let hook = Arc::clone(&delivery.hook);
        if !self.lanes().claim(&delivery) {
            return self.hold(delivery);
        }
        if self.lanes().is_behind(&hook) {
            self.change(Delivery { due: self.clock.now().max(1), ..delivery }, None);
            return;
        }
        let (this, told, id) = (Arc::clone(self), Arc::clone(told), Arc::clone(&hook));
        let mut attempt = Box::pin(async move {
            let places = Arc::clone(&this.lanes().lane(&id).places);
            let _place = places.acquire().await;
            this.attempt(&told, delivery).await;
        });
        if timeout(self.rules.order_wait, attempt.as_mut()).await.is_err() {
            self.lanes().fall_behind(&hook);
            let this = Arc::clone(self);
            tokio::spawn(async move {
                attempt.await;
                this.lanes().catch_up(&hook);
            });
        }
    }

    /// Calls the hook, and notes what became of it.
    async fn attempt(&self, told: &Arc<Told>, delivery: Delivery) {
        // At the end there are no places any more, and it stays as it is in the journal.
        let Ok(_place) = self.places.acquire().await else { return };
        if self.stopping.load(Relaxed) {
            return;
        }
        let roster = self.means.roster.load_full();
        let hook = match stands(&roster, &delivery.hook) {
            Ok(hook) => hook,
            Err((state, reason)) => {
                return self.change(Delivery { state, reason: Some(reason), ..delivery }, None);
            }
        };
        let admitted = match roster.catalogue.admit(told.event.clone(), self.means.data_bytes_max) {
            Ok(admitted) => Admitted { cause: told.cause.clone(), ..admitted },
            Err(problems) => {
                let reason = problems.first().map(ToString::to_string);
                return self.change(Delivery { state: DeliveryState::Dead, reason, ..delivery }, None);
            }
        };
        let at = self.clock.now();
        let delivered = self.means.dispatcher.deliver(&roster, hook, admitted, delivery.attempts + 1);
        let Delivered { outcome, writes, again_after } = delivered.await;
        let line = outcome.trail.first().cloned();
        if self.means.outcomes.receiver_count() > 0 {
            // Nobody may be listening any more, and that is no failure.
            let _ = self.means.outcomes.send(Arc::new(outcome));
        }
        if let Some(line) = line {
            let turn = Turn { line, writes, at, again_after, stopped: hook.stopped() };
            self.settle(&told.event, delivery, turn);
        }
    }

    fn settle(&self, event: &Event, delivery: Delivery, turn: Turn<'_>) {
        let Turn { line, writes, at, again_after, stopped } = turn;
        let now = self.clock.now();
        if let (Some(Failure::Tripped), Some(stopped)) = (line.failure, stopped) {
            let (state, reason) = (DeliveryState::Waiting, Some(stopped.to_owned()));
            return self.change(Delivery { state, reason, ..delivery }, None);
        }
        if line.failure == Some(Failure::Tripped) {
            return self.change(Delivery { due: now + micros(REST), reason: line.message, ..delivery }, None);
        }
        let attempts = delivery.attempts + 1;
        let attempt = Attempt::of(event, &line, at);
        let dead = |reason| (DeliveryState::Dead, delivery.due, reason);
        let (state, due, reason) = match (line.verdict, line.failure) {
            (TrailVerdict::Accept, _) => (DeliveryState::Delivered, delivery.due, None),
            // The hook will never take it; and what it may not do now it may not do later.
            (TrailVerdict::Veto | TrailVerdict::Amend, _) | (_, Some(Failure::Power)) => {
                dead(line.message.clone())
            }
            _ if stopped.is_some() => (DeliveryState::Waiting, delivery.due, stopped.map(str::to_owned)),
            _ => match self.rules.retries.get(delivery.attempts as usize) {
                Some(wait) => (
                    DeliveryState::Pending,
                    now + jittered(*wait, delivery.id, attempts).max(micros(again_after.unwrap_or_default())),
                    line.message.clone(),
                ),
                None => dead(line.message.clone()),
            },
        };
        let owner = Owner::new(&delivery.hook, event.tenant());
        let delivery = Delivery { state, attempts, due, reason, ..delivery };
        self.means.kept.settle(owner, writes, Change { delivery, attempt: Some(attempt), state: None });
    }

    /// An event that cannot be read any more is a dead letter.
    pub(super) fn lose(&self, delivery: Delivery) {
        let reason = Some("its event is damaged".to_owned());
        self.change(Delivery { state: DeliveryState::Dead, reason, ..delivery }, None);
    }

    /// An earlier one of its subject comes first.
    pub(super) fn hold(&self, delivery: Delivery) {
        let reason = Some("an earlier event of its subject is not delivered yet".to_owned());
        self.change(Delivery { state: DeliveryState::Held, reason, ..delivery }, None);
    }

    fn change(&self, delivery: Delivery, attempt: Option<Attempt>) {
        self.store.change(Change { delivery, attempt, state: None });
    }
}

fn micros(time: Duration) -> i64 {
    time.as_micros().try_into().unwrap_or(i64::MAX)
}

/// A fifth more or less, so that what failed together is not tried again together.
fn jittered(wait: Duration, id: i64, attempts: u32) -> i64 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&id.to_le_bytes());
    hasher.update(&attempts.to_le_bytes());
    let share = f64::from(hasher.finalize()) / f64::from(u32::MAX);
    micros(wait.mul_f64(0.8 + 0.4 * share)).max(1)
}
