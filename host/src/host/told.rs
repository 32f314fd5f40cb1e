//! Told events with a journal: written down before the caller goes on, delivered afterwards.

use super::{FireError, Host};
use crate::catalogue::Admitted;
use crate::cause::Cause;
use crate::deliveries::Deliveries;
use crate::event::{Event, Mode};
use crate::outcome::{Outcome, Receipt};
use crate::problem::{Place, Problem};
use crate::record::Record;
use crate::roster::Roster;
use crate::store::{Change, StoreError, Taken, Told, identity};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

impl Host {
    /// Writes a told event down; its hooks get it afterwards. It is handed over at once, and told whether anybody waits for
    /// the outcome or not.
    pub(super) fn write_down(
        &self,
        opened: Result<&Arc<Record>, FireError>,
        roster: &Roster,
        event: Admitted<'_>,
    ) -> impl Future<Output = Result<Outcome, FireError>> + use<'_> {
        let answer = opened.and_then(|record| hand_over(record.deliveries(), roster, &event));
        // Of the rest nothing is kept while it is synced, and no roster.
        let Admitted { event, warnings, cause, .. } = event;
        let (Event { id, name, data, .. }, roster) = (*event, roster.generation);
        let suppressed = cause.as_deref().map(Cause::origin);
        async move {
            let taken = match answer {
                Ok(answer) => answer.await.map_err(FireError::from),
                Err(trouble) => Err(trouble),
            };
            let Taken { sequence, owed, repeated } = taken.inspect_err(|_| self.count(&name, None))?;
            let outcome = Outcome {
                id,
                event: name,
                mode: Mode::Tell,
                amended: false,
                roster,
                trail: Vec::new(),
                warnings,
                receipt: Some(Receipt { sequence: sequence.unsigned_abs(), owed, repeated }),
                suppressed,
                cause: None,
                result: Ok(data),
            };
            self.count(&outcome.event, Some(&outcome));
            Ok(outcome)
        }
    }

    /// Takes back what a told event of this source and id still owes: deliveries that wait for their time, an attempt or
    /// their hook become dead letters. Returns how many they were; an event that nobody knows owes nothing.
    pub async fn cancel(&self, source: &str, id: &str, tenant: Option<&str>) -> Result<usize, FireError> {
        let deliveries = self.journal()?;
        let who = identity(source, id, tenant);
        let owing = deliveries.read(move |reader| reader.owing(who)).await?;
        for delivery in &owing {
            let delivery = delivery.clone().cancelled();
            deliveries.store().change(Change { delivery, attempt: None, state: None });
        }
        deliveries.store().flush().await;
        Ok(owing.len())
    }

    /// Owes a hook the events that were told since then and that it would have got had it been there, as far as the
    /// journal still has them. Those that are due later wait for their time, and those that were cancelled stay so.
    /// Returns how many they are.
    pub async fn deliver_since(&self, hook: &str, since: SystemTime) -> Result<usize, FireError> {
        let deliveries = self.journal()?;
        let roster = self.roster();
        let Some(hook) = roster.hook(hook).cloned() else {
            let problem = Problem::error(Place::default(), format!("there is no hook {hook:?}"));
            return Err(FireError::Refused(vec![problem]));
        };
        let since = since.duration_since(UNIX_EPOCH).unwrap_or_default().as_micros();
        let since = i64::try_from(since).unwrap_or(i64::MAX);
        let id = Arc::clone(&hook.manifest().id);
        let mut after = deliveries.read(move |reader| reader.before(since)).await?;
        let mut count = 0;
        loop {
            let id = Arc::clone(&id);
            let (events, last) = deliveries.read(move |reader| reader.events_without(&id, after)).await?;
            if last == after {
                return Ok(count);
            }
            after = last;
            let wants = |told: &Told| {
                let admitted = roster.catalogue.admit(told.event.clone(), self.0.limits.data_bytes);
                admitted
                    .is_ok_and(|event| roster.wants(&hook, &Admitted { cause: told.cause.clone(), ..event }))
            };
            let wanted: Vec<_> = events.into_iter().filter(|(_, told)| wants(told)).collect();
            count += wanted.len();
            deliveries.store().owe(&hook.manifest().id, wanted, deliveries.clock().now()).await?;
            deliveries.expect(&hook.manifest().id);
        }
    }

    /// Forgets what a hook keeps in its state, for all tenants; returns how many keys there were. Nothing else does: a hook
    /// whose files vanish and come back has its state again. What a call that is on its way writes is kept, so disable or
    /// remove the hook before.
    pub async fn forget_state(&self, hook: &str) -> Result<usize, FireError> {
        let deliveries = self.journal()?;
        let keys = deliveries.kept().forget(&hook.into());
        deliveries.store().flush().await;
        Ok(keys)
    }

    fn journal(&self) -> Result<&Deliveries, FireError> {
        let none = || Err(FireError::Journal("this host has no journal".into()));
        Ok(self.0.journal.opened().unwrap_or_else(none)?.deliveries())
    }

    /// Ends deliveries in order: begins no more, waits for what is on its way for at most `grace`, and has all that is
    /// known on disk. What takes longer is delivered again after the next start.
    pub async fn shutdown(&self, grace: Duration) {
        if let Some(record) = self.record() {
            record.deliveries().stop(grace).await;
        }
    }
}

/// Hands a told event to the journal; the answer comes once it is on disk.
fn hand_over(
    deliveries: &Deliveries,
    roster: &Roster,
    admitted: &Admitted<'_>,
) -> Result<impl Future<Output = Result<Taken, StoreError>> + use<>, FireError> {
    let Admitted { event, cause, .. } = admitted;
    let now = deliveries.clock().now();
    let due = event.due_micros().map_err(|problem| FireError::Refused(vec![problem]))?;
    let due = due.filter(|due| *due > now).unwrap_or_default();
    Ok(deliveries.store().tell(event, cause.as_deref(), roster.owed(admitted), now, due))
}

impl From<StoreError> for FireError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Full => Self::Full,
            StoreError::Conflict => Self::Conflict,
            StoreError::Failed(reason) | StoreError::Spoiled(reason) => Self::Journal(reason),
        }
    }
}
