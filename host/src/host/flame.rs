//! Where a hook spends its fuel on an event.

use super::{FireError, Host};
use crate::event::Event;
use crate::machine::{Call, Flame};
use crate::outcome::Failure;
use crate::roster::State;
use std::time::{Duration, Instant};

/// A look at every function and every turn of a loop takes its time, and nobody waits for it.
const DEADLINE: Duration = Duration::from_secs(120);

/// What a hook spent, and how it ended where it failed.
pub(crate) struct Burnt {
    pub(crate) fuel: u64,
    pub(crate) flame: Flame,
    pub(crate) failed: Option<(Failure, String)>,
}

impl Host {
    /// Has the first hook that wants an event run on it, as in a dry run, and sees where its fuel goes.
    pub(crate) async fn flame(&self, event: Event) -> Result<Option<Burnt>, FireError> {
        let roster = self.roster();
        let event = self.admit(&roster, event, None).map_err(FireError::Refused)?;
        let hooks = roster.matching(&event);
        let Some(State::Ready(runner)) = hooks.first().map(|hook| &hook.state) else { return Ok(None) };
        let Some(pool) = runner.pool() else { return Ok(None) };
        let facets: Vec<_> = event.facets().collect();
        let call = Call {
            event: &event.event,
            mode: event.kind.mode,
            facets: &facets,
            attempt: 1,
            deadline: Instant::now() + DEADLINE,
            cause: event.cause.as_deref(),
            own: event.kind.scheduled,
            dry: true,
        };
        let (report, flame) = pool.call_in_flames(call).await;
        Ok(Some(Burnt { fuel: report.usage.fuel, flame, failed: report.result.err() }))
    }
}
