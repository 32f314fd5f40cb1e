//! Told events with a journal: written down before the caller goes on, delivered afterwards.

use super::{FireError, Host};
use crate::catalogue::Admitted;
use crate::cause::Cause;
use crate::deliveries::Deliveries;
use crate::event::{Event, Mode};
use crate::outcome::{Outcome, Receipt};
use crate::problem::{Place, Problem};
use crate::roster::Roster;
use crate::store::{Change, StoreError, Taken, Told, identity};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

impl Host {
    /// Hands a told event to the journal, if there is one; gives an event back whose hooks are to run now.
    #[allow(clippy::result_large_err, reason = "it is no failure: the event goes on its way")]
    pub(super) fn hand_over<'r>(
        &self,
        roster: &'r Roster,
        event: Admitted<'r>,
    ) -> Result<impl Future<Output = Result<Outcome, FireError>> + use<'_, 'r>, Admitted<'r>> {
        let kind = event.kind;
        let Some(opened) = self.0.journal.opened().filter(|_| kind.mode == Mode::Tell) else {
            return Err(event);
        };
        let written = opened.and_then(|record| write_down(record.deliveries(), roster, event));
        Ok(async move {
            let outcome = match written {
                Ok(written) => written.await,
                Err(trouble) => Err(trouble),
            };
            self.count(&kind.name, outcome.as_ref().ok());
            outcome
        })
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

/// Writes a told event down; its hooks get it afterwards.
fn write_down(
    deliveries: &Deliveries,
    roster: &Roster,
    event: Admitted<'_>,
) -> Result<impl Future<Output = Result<Outcome, FireError>> + use<>, FireError> {
    let owed = roster.owed(&event);
    let now = deliveries.clock().now();
    let due = event.event.due_micros().map_err(|problem| FireError::Refused(vec![problem]))?;
    let due = due.filter(|due| *due > now).unwrap_or_default();
    let Admitted { event, warnings, cause, .. } = event;
    let told = Told { event, cause };
    let taken = deliveries.store().tell(&told, owed, now, due);
    let Told { event: Event { id, name, data, .. }, cause } = told;
    let outcome = Outcome {
        id,
        event: name,
        mode: Mode::Tell,
        amended: false,
        roster: roster.generation,
        trail: Vec::new(),
        warnings,
        receipt: None,
        suppressed: cause.as_ref().map(Cause::origin),
        cause: None,
        result: Ok(data),
    };
    Ok(async move {
        let Taken { sequence, owed, repeated } = taken.await?;
        let receipt = Receipt { sequence: sequence.unsigned_abs(), owed, repeated };
        Ok(Outcome { receipt: Some(receipt), ..outcome })
    })
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
