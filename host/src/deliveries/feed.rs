//! Reads what is owed, and sends it on its way.

use super::Deliveries;
use super::lanes::{Course, TAKEN};
use super::{attempt, hooks};
use crate::store::{Delivery, Reader, Told, sequence_of};
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::sync::Notify;

/// Deliveries that are read at a time.
const READ: i64 = 256;

/// Reads and sends until there is nobody left to deliver for.
pub(super) async fn feed(deliveries: Weak<Deliveries>, wake: Arc<Notify>, mut reader: Reader) {
    let mut after = 0;
    loop {
        let Some(now) = deliveries.upgrade() else { return };
        let fed = feed_once(&now, reader, after).await;
        drop(now);
        let wait = match fed {
            Some((same, seen, wait)) => {
                (reader, after) = (same, seen);
                wait
            }
            // The runtime ends.
            None => return,
        };
        let _ = tokio::time::timeout(wait, wake.notified()).await;
    }
}

async fn feed_once(
    deliveries: &Arc<Deliveries>,
    reader: Reader,
    mut after: i64,
) -> Option<(Reader, i64, Duration)> {
    let mut reader = reader;
    if std::mem::take(&mut deliveries.lanes().changed) {
        reader = hooks::look(deliveries, reader).await?;
    }
    loop {
        let (room, more) = {
            let mut lanes = deliveries.lanes();
            let more = std::mem::take(&mut lanes.more);
            (lanes.room(), more)
        };
        if !more || room == 0 {
            deliveries.lanes().more |= more;
            break;
        }
        let (same, read) = blocking(reader, move |reader| courses(reader, after)).await?;
        reader = same;
        let Ok((found, last)) =
            read.inspect_err(|error| tracing::error!(%error, "the journal cannot be read"))
        else {
            deliveries.lanes().more = true;
            return Some((reader, after, Duration::from_secs(1)));
        };
        if last > after {
            // There may be more than was read.
            deliveries.lanes().more = true;
            after = last;
        }
        for found in found {
            set_out(deliveries, found);
        }
    }
    reader = hooks::follow(deliveries, reader).await?;
    reader = send_due(deliveries, reader).await?;
    let now = deliveries.clock.now();
    let due = deliveries.lanes().next_due();
    let until = due.map_or(Duration::MAX, |due| Duration::from_micros((due - now).try_into().unwrap_or(0)));
    Some((reader, after, until.clamp(Duration::from_millis(1), deliveries.clock.look)))
}

type Found = Result<Course, Vec<Delivery>>;

/// First attempts after an id, by event; those whose event is damaged apart.
fn courses(reader: &Reader, after: i64) -> rusqlite::Result<(Vec<Found>, i64)> {
    let (mut deliveries, mut last) = reader.first(after, READ)?;
    if deliveries.len() == usize::try_from(READ).unwrap_or(usize::MAX) {
        // The last event may go on after what was read.
        let (rest, end) = reader.first_of(sequence_of(last), last)?;
        deliveries.extend(rest);
        last = end;
    }
    let by_event = deliveries.chunk_by(|one, other| sequence_of(one.id) == sequence_of(other.id));
    let found = by_event.map(<[_]>::to_vec).map(|deliveries| match reader.event_of(deliveries[0].id) {
        Ok(told) => Ok(Course { told: Arc::new(told), deliveries }),
        Err(error) => {
            tracing::error!(%error, "an event of the journal cannot be read");
            Err(deliveries)
        }
    });
    Ok((found.collect(), last))
}

fn set_out(deliveries: &Arc<Deliveries>, found: Found) {
    match found {
        Ok(course) => {
            let course = deliveries.lanes().set_out(course);
            if let Some(course) = course {
                tokio::spawn(attempt::run(Arc::clone(deliveries), course));
            }
        }
        Err(lost) => lost.into_iter().for_each(|delivery| deliveries.lose(delivery)),
    }
}

/// Makes the later attempts that are due.
async fn send_due(deliveries: &Arc<Deliveries>, mut reader: Reader) -> Option<Reader> {
    let now = deliveries.clock.now();
    let due = deliveries.lanes().due(now);
    for hook in due {
        let (same, read) = {
            let hook = Arc::clone(&hook);
            // Those that are attempted already are still among them.
            let at_most = 2 * i64::try_from(TAKEN).unwrap_or(i64::MAX);
            blocking(reader, move |reader| later(reader, &hook, now, at_most)).await?
        };
        reader = same;
        match read {
            Ok((found, next)) => {
                if let Some(next) = next {
                    deliveries.lanes().lane(&hook).expect(next);
                }
                found.into_iter().for_each(|(delivery, event)| try_again(deliveries, delivery, event));
            }
            Err(error) => {
                tracing::error!(%error, "the journal cannot be read");
                deliveries.lanes().lane(&hook).expect(now);
            }
        }
        deliveries.lanes().lane(&hook).looked_at();
    }
    Some(reader)
}

fn try_again(deliveries: &Arc<Deliveries>, delivery: Delivery, event: Option<Arc<Told>>) {
    if !deliveries.lanes().take(&delivery) {
        return;
    }
    if !deliveries.lanes().claim(&delivery) {
        return deliveries.hold(delivery);
    }
    match event {
        Some(event) => drop(tokio::spawn(attempt::again(Arc::clone(deliveries), event, delivery))),
        None => deliveries.lose(delivery),
    }
}

type WithEvents = Vec<(Delivery, Option<Arc<Told>>)>;

/// What is due for a hook by now, and when more is.
fn later(reader: &Reader, hook: &str, now: i64, at_most: i64) -> rusqlite::Result<(WithEvents, Option<i64>)> {
    let due = reader.due(hook, now, at_most)?;
    let all = due.len() < usize::try_from(at_most).unwrap_or(usize::MAX);
    let next = if all { reader.next_due(hook, now)? } else { due.last().map(|last| last.due) };
    let with_events = due.into_iter().map(|delivery| {
        let event = reader.event_of(delivery.id);
        let event =
            event.inspect_err(|error| tracing::error!(%error, "an event of the journal cannot be read"));
        (delivery, event.ok().map(Arc::new))
    });
    Ok((with_events.collect(), next))
}

/// Reads on a thread that may wait for the disk. None where the runtime ends.
pub(super) async fn blocking<T: Send + 'static>(
    reader: Reader,
    read: impl FnOnce(&Reader) -> T + Send + 'static,
) -> Option<(Reader, T)> {
    let done = tokio::task::spawn_blocking(move || {
        let read = read(&reader);
        (reader, read)
    });
    done.await.ok()
}
