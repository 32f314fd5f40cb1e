//! What caused an event: tokens that go out with what a hook has its application do, and come back with the events
//! which that raises, so that what a hook causes wakes no hook (R28–R32).
//!
//! Pure: keys, events and the time are given.

mod keyring;

pub(crate) use keyring::{Key, Keyring};

use crate::event::{CAUSE, Event, Mode};
use crate::outcome::Origin;
use crate::problem::{Place, Problem};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How many hooks in a row may cause one another.
const DEPTH_MAX: usize = 4;
/// How old a token may be on an asked event: to skip guards is to be of the moment.
const ASK_AGE: SignedDuration = SignedDuration::from_mins(15);

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cause {
    /// The hooks that caused one another; the last of them is the one that acts.
    hooks: Vec<String>,
    /// The id of the event on which it acts.
    event: String,
    /// Whose events it counts for: who raised that event. None where the host itself did; then it counts for all.
    source: Option<String>,
    /// The tenant whose events it counts for.
    tenant: Option<String>,
    /// When it was made, in seconds since 1970.
    issued: i64,
}

/// Signs what a hook causes.
pub(crate) type Sign = Arc<dyn Fn(Act<'_>) -> String + Send + Sync>;

/// A hook that acts on an event.
#[derive(Clone, Copy)]
pub(crate) struct Act<'a> {
    pub(crate) hook: &'a str,
    pub(crate) event: &'a Event,
    /// Whether the host raised the event by itself.
    pub(crate) own: bool,
    /// What caused the event.
    pub(crate) cause: Option<&'a Cause>,
}

impl Cause {
    /// What a hook causes from now on.
    pub(crate) fn of(act: Act<'_>, now: Timestamp) -> Self {
        let Act { hook, event, own, cause } = act;
        let mut hooks = cause.map(|cause| cause.hooks.clone()).unwrap_or_default();
        hooks.push(hook.to_owned());
        Self {
            hooks,
            event: event.id.clone(),
            source: (!own).then(|| event.source.clone()),
            tenant: event.tenant().map(str::to_owned),
            issued: now.as_second(),
        }
    }

    /// Whether a hook that takes caused events may run on what this causes: none that is a cause of it, and none where
    /// too many have caused one another.
    pub(crate) fn lets_run(&self, hook: &str) -> bool {
        self.hooks.len() < DEPTH_MAX && !self.hooks.iter().any(|cause| cause == hook)
    }

    /// Who did it, for the outcome.
    pub(crate) fn origin(&self) -> Origin {
        Origin { hook: self.hooks.last().cloned().unwrap_or_default(), event: self.event.clone() }
    }
}

/// Takes the token out of an event, and says what it says; or why it does not count. No guest ever sees one. The keys
/// that are known, and the time, are asked for only where there is a token.
pub(crate) fn claim(
    event: &mut Event,
    mode: Mode,
    known: impl FnOnce() -> (Arc<Keyring>, Timestamp),
) -> Result<Option<Box<Cause>>, Problem> {
    let Some(token) = event.attributes.remove(CAUSE) else { return Ok(None) };
    let refuse = |message: &str| Err(Problem::error(Place::default(), message));
    let (keyring, now) = known();
    let Some(cause) = keyring.verify(&token, now) else {
        return refuse("the cause is none that this host signed, or its key is no longer known");
    };
    if cause.source.as_ref().is_some_and(|source| *source != event.source) {
        return refuse("the cause is that of another source");
    }
    if cause.tenant.as_deref() != event.tenant() {
        return refuse("the cause is that of another tenant");
    }
    let age = now.duration_since(Timestamp::from_second(cause.issued).unwrap_or(Timestamp::MIN));
    if mode == Mode::Ask && age >= ASK_AGE {
        return refuse("the cause is older than 15 minutes, which is too old for an asked event");
    }
    Ok(Some(Box::new(cause)))
}

#[cfg(test)]
mod tests;
