//! What hooks change about deliveries: an order that they want, and that they can take what waited for them.

use super::feed::blocking;
use super::{Deliveries, attempt};
use crate::roster::Roster;
use crate::store::{Change, Delivery, DeliveryState, Reader};
use std::sync::Arc;

/// Lets deliveries follow one that is settled, where their hook wants an order.
pub(super) async fn follow(deliveries: &Arc<Deliveries>, mut reader: Reader) -> Option<Reader> {
    let following = std::mem::take(&mut deliveries.lanes().following);
    for (hook, subject) in following {
        let (same, held) = {
            let hook = Arc::clone(&hook);
            blocking(reader, move |reader| reader.first_held(&hook, subject)).await?
        };
        reader = same;
        let Ok(held) = held.inspect_err(|error| tracing::error!(%error, "the journal cannot be read")) else {
            deliveries.lanes().following.push((hook, subject));
            continue;
        };
        let mut lanes = deliveries.lanes();
        let order = lanes.lane(&hook).order.as_mut();
        let is_next = order.is_some_and(|order| order.follow(subject, held.as_ref().map(|held| held.id)));
        drop(lanes);
        if let Some(held) = held.filter(|_| is_next) {
            due_now(deliveries, held);
        }
    }
    Some(reader)
}

/// After a change of hooks: learns which of them want an order, and lets hooks have what waited for them.
pub(super) async fn look(deliveries: &Arc<Deliveries>, reader: Reader) -> Option<Reader> {
    let roster = deliveries.means.roster.load_full();
    let ordered: Vec<Arc<str>> = {
        let mut lanes = deliveries.lanes();
        lanes.forget_orders(|id| roster.hook(id).is_some_and(|hook| hook.manifest().ordered.is_some()));
        let ordered = roster.hooks().filter(|hook| hook.manifest().ordered.is_some());
        let ids = ordered.map(|hook| Arc::clone(&hook.manifest().id));
        ids.filter(|id| lanes.lane(id).order.is_none()).collect()
    };
    let hooks = ordered.clone();
    let (reader, found) = blocking(reader, move |reader| find(reader, &hooks)).await?;
    match found {
        Ok(found) => begin(deliveries, &roster, &ordered, found),
        Err(error) => {
            tracing::error!(%error, "the journal cannot be read");
            deliveries.lanes().changed = true;
        }
    }
    Some(reader)
}

/// What is to be known of the journal when hooks have changed.
struct Found {
    /// The deliveries that others of their subject wait for.
    heads: Vec<Delivery>,
    /// Hooks that something waits for, or is held for.
    waiting: Vec<Arc<str>>,
    held: Vec<Arc<str>>,
}

fn find(reader: &Reader, ordered: &[Arc<str>]) -> rusqlite::Result<Found> {
    let heads = ordered.iter().map(|hook| reader.heads(hook));
    let heads = heads.collect::<rusqlite::Result<Vec<_>>>()?.concat();
    let waiting = reader.hooks_with(DeliveryState::Waiting)?;
    Ok(Found { heads, waiting, held: reader.hooks_with(DeliveryState::Held)? })
}

fn begin(deliveries: &Deliveries, roster: &Roster, ordered: &[Arc<str>], found: Found) {
    {
        let mut lanes = deliveries.lanes();
        for hook in ordered {
            lanes.lane(hook).order.get_or_insert_default();
        }
        for head in &found.heads {
            lanes.claim(head);
        }
    }
    // The one before it was settled, and nobody was left to say so.
    for head in found.heads.into_iter().filter(|head| head.state == DeliveryState::Held) {
        due_now(deliveries, head);
    }
    for hook in found.waiting.iter().filter(|hook| !attempt::waits(roster, hook)) {
        deliveries.store.release(hook, DeliveryState::Waiting);
    }
    let is_ordered = |id: &str| roster.hook(id).is_some_and(|hook| hook.manifest().ordered.is_some());
    for hook in found.held.iter().filter(|hook| !is_ordered(hook)) {
        deliveries.store.release(hook, DeliveryState::Held);
    }
}

fn due_now(deliveries: &Deliveries, delivery: Delivery) {
    let delivery = Delivery { state: DeliveryState::Pending, due: 1, reason: None, ..delivery };
    deliveries.store.change(Change { delivery, attempt: None, state: None });
}
