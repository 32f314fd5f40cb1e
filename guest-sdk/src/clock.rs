//! The time of day. In a native test it is the time the test set, else the machine's.

use std::time::{SystemTime, UNIX_EPOCH};

/// The time now.
pub fn now() -> SystemTime {
    #[cfg(target_arch = "wasm32")]
    return SystemTime::now();
    #[cfg(not(target_arch = "wasm32"))]
    return crate::test::now();
}

/// The time now in milliseconds since 1970-01-01T00:00:00Z.
pub fn unix_ms() -> u64 {
    // Before 1970 and after the year 500 million there are no events.
    now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}
