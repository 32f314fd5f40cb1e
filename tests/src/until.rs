//! Waiting for something that happens soon, instead of sleeping.

use std::time::{Duration, Instant};

const DEADLINE: Duration = Duration::from_secs(20);

/// Waits until `condition` holds; panics when it does not within 20 seconds.
#[track_caller]
pub fn until(what: impl Into<String>, mut condition: impl FnMut() -> bool) -> impl Future<Output = ()> {
    let what = what.into();
    let caller = std::panic::Location::caller();
    async move {
        let began = Instant::now();
        while !condition() {
            assert!(began.elapsed() < DEADLINE, "{caller}: waited in vain until {what}");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}
