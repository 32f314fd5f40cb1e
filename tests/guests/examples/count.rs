//! Counts its calls in a static, replaces the data by the count; or does what the data says.

use std::sync::atomic::{AtomicU64, Ordering};
use tenterhook_guests::{Event, Verdict, raw};

static CALLS: AtomicU64 = AtomicU64::new(0);

fn count(event: Event) -> Result<Verdict, String> {
    let calls = CALLS.fetch_add(1, Ordering::Relaxed) + 1;
    match event.data.as_str() {
        "\"fail\"" => Err("as told".into()),
        "\"panic\"" => panic!("as told"),
        "\"greedy\"" => {
            let refused = Vec::<u8>::new().try_reserve(1 << 30).is_err();
            Ok(Verdict::Replace(refused.to_string()))
        }
        "\"spin\"" => loop {
            std::hint::spin_loop();
        },
        _ => Ok(Verdict::Replace(calls.to_string())),
    }
}

raw!(count);
