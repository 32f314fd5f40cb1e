//! How much is owed to each hook, and for how long: counted now and then, not each time somebody asks.

use super::Record;
use crate::store::{DeliveryState, Owed, StoreError};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Between two counts, at least; and at least so many times as long as one took.
const GAP: Duration = Duration::from_secs(1);
const SHARE: u32 = 100;

/// What is owed to one hook.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Backlog {
    pub(crate) pending: u64,
    pub(crate) waiting: u64,
    pub(crate) held: u64,
    pub(crate) dead: u64,
    /// When the event was told that is owed for longest, in microseconds of the journal's clock. Dead letters are owed
    /// to nobody.
    pub(crate) since: Option<i64>,
}

/// Hooks to which something is owed or that have dead letters.
pub(crate) type Backlogs = BTreeMap<String, Backlog>;

/// The last count.
#[derive(Default)]
pub(super) struct Glance {
    last: Mutex<Option<Counted>>,
    /// One counts at a time, and who waited goes by what was counted.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Clone)]
struct Counted {
    backlogs: Arc<Backlogs>,
    at: Instant,
    took: Duration,
}

impl Counted {
    fn is_fresh(&self) -> bool {
        self.at.elapsed() < GAP.max(self.took * SHARE)
    }
}

impl Glance {
    fn last(&self) -> Option<Counted> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Record {
    /// What is owed, as it was counted lately.
    pub(crate) async fn backlogs(&self) -> Result<Arc<Backlogs>, StoreError> {
        let _turn = self.backlog.turn.lock().await;
        if let Some(counted) = self.backlog.last().filter(Counted::is_fresh) {
            return Ok(counted.backlogs);
        }
        let began = Instant::now();
        let owed = self.read(|reader| reader.owed()).await?;
        let backlogs = Arc::new(by_hook(owed));
        let counted = Counted { backlogs: Arc::clone(&backlogs), at: Instant::now(), took: began.elapsed() };
        *self.backlog.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(counted);
        Ok(backlogs)
    }

    /// What was owed when it was last counted.
    pub(crate) fn last_backlogs(&self) -> Arc<Backlogs> {
        self.backlog.last().map(|counted| counted.backlogs).unwrap_or_default()
    }
}

fn by_hook(owed: Vec<Owed>) -> Backlogs {
    let mut backlogs = Backlogs::new();
    for Owed { hook, state, count, since } in owed {
        let backlog = backlogs.entry(hook).or_default();
        match state {
            DeliveryState::Pending => backlog.pending = count,
            DeliveryState::Waiting => backlog.waiting = count,
            DeliveryState::Held => backlog.held = count,
            DeliveryState::Dead => backlog.dead = count,
            DeliveryState::Delivered => {}
        }
        if state != DeliveryState::Dead {
            backlog.since = Some(backlog.since.map_or(since, |first| first.min(since)));
        }
    }
    backlogs
}
