//! Parses the data and refuses more than 16 processors; beside those of `languages/`, which do the same.

use tenterhook_sdk::prelude::*;

#[hook(on = "cloud.pre_create", priority = 0)]
fn quota(event: Event<Value>) -> Verdict {
    match event.data["cpu"].as_u64() {
        Some(cpu) if cpu > 16 => veto("quota.cpu", format!("{cpu} CPUs")),
        _ => accept(),
    }
}
