//! The journal's clock, which only goes forward.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Tells the time in microseconds since 1970.
#[derive(Clone)]
pub(crate) struct Clock {
    now: Arc<dyn Fn() -> i64 + Send + Sync>,
    /// How long to sleep at most, since somebody may set it.
    pub(crate) look: Duration,
}

impl Clock {
    /// The machine's time at the start, and from then on what has passed: a machine that is set back does not bring
    /// anything back, neither while the host runs nor, by `newest`, over a restart.
    pub(crate) fn forward(newest: i64) -> Self {
        let (began, start) = (Instant::now(), micros(SystemTime::now()).max(newest));
        let now = Arc::new(move || {
            start.saturating_add(began.elapsed().as_micros().try_into().unwrap_or(i64::MAX))
        });
        Self { now, look: Duration::from_secs(60) }
    }

    /// A clock from outside, for tests.
    pub(crate) fn from(now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self { now: Arc::new(move || micros(now())), look: Duration::from_millis(5) }
    }

    pub(crate) fn now(&self) -> i64 {
        (self.now)()
    }
}

fn micros(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_micros().try_into().unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_that_was_set_back_does_not_set_the_journal_back() {
        let future = micros(SystemTime::now()) + 3_600_000_000;
        assert!(Clock::forward(future).now() >= future);
        assert!(Clock::forward(0).now() >= micros(SystemTime::now()) - 1_000_000);
    }
}
