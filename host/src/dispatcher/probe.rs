//! Two versions of a hook on one event: the new one proves itself against the one before it.

use super::{Attempt, Course};
use crate::outcome::{Failure, TrailLine};
use crate::roster::{Hook, Probation};
use std::sync::Arc;

impl Course<'_> {
    /// Calls a version on probation. Where it fails and the one before it does not, that one's answer counts; once
    /// this has happened too often, it alone is called. Says which version answers if it is not this one.
    ///
    /// While there is an old version, the new one has at most half of the time that is left for the event, so that a
    /// new version that hangs leaves as much to the old one.
    pub(super) async fn probe(&mut self, hook: &Hook, probation: &Probation) -> (Attempt, Option<Arc<Hook>>) {
        let old = probation.old().filter(|old| old.wants(&self.event));
        if let (Some(old), true) = (&old, probation.is_rejected()) {
            return (self.attempt(old).await, Some(Arc::clone(old)));
        }
        let end = self.end;
        if let (Some(end), Some(_)) = (&mut self.end, &old) {
            *end = self.now + end.saturating_duration_since(self.now) / 2;
        }
        let first = self.attempt(hook).await;
        self.end = end;
        if let (Err((Failure::Tripped, _)), Some(old)) = (&first.result, &old) {
            return (self.attempt(old).await, Some(Arc::clone(old)));
        }
        let uncalled = [Failure::Budget, Failure::Tripped, Failure::Unavailable];
        let reason = match &first.result {
            Err((failure, _)) if uncalled.contains(failure) => return (first, None),
            Err((failure, message)) => Some(format!("{failure}: {message}")),
            Ok(_) => None,
        };
        if !self.dry {
            probation.count();
        }
        let (Some(reason), Some(old)) = (reason, old) else { return (first, None) };
        let second = self.attempt(&old).await;
        let Ok(line) = second.result else { return (first, None) };
        if !self.dry {
            probation.failed_alone(&reason);
        }
        let version = hook.version().cloned().unwrap_or_default();
        let note = format!("the new version {version} failed ({reason}), so the one before it answered");
        let message = line.message.map_or_else(|| note.clone(), |message| format!("{message}; {note}"));
        let line = TrailLine { message: Some(message), ..line };
        (Attempt { result: Ok(line), ..second }, Some(old))
    }
}
