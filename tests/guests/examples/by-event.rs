//! Logs an event's id, subject and attempt. Fails on events whose id begins with `fail`: always, or with `fail-once` at
//! the first attempt only; refuses those that begin with `veto`.

use tenterhook_guests::{Event, Verdict, Veto, raw};
use tenterhook_sdk::log;

fn by_event(event: Event) -> Result<Verdict, String> {
    log::info!("{} {} {}", event.id, event.subject.as_deref().unwrap_or("-"), event.attempt);
    match event.id.as_str() {
        id if id.starts_with("fail-once") && event.attempt > 1 => Ok(Verdict::Accept),
        id if id.starts_with("fail") => Err(format!("{id} is to fail")),
        id if id.starts_with("veto") => {
            Ok(Verdict::Veto(Veto { code: "never".into(), reason: "not this one".into() }))
        }
        _ => Ok(Verdict::Accept),
    }
}

raw!(by_event);
