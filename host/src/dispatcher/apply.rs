//! What becomes of an event by a hook's verdict.

use super::{Course, Failed};
use crate::data::Data;
use crate::event::Mode;
use crate::outcome::{Failure, TrailLine, TrailVerdict, Verdict, Veto};
use crate::roster::Hook;
use std::sync::Arc;

impl Course<'_> {
    /// Applies what a hook answered, as far as it has the power to.
    pub(super) fn apply(&mut self, hook: &Hook, verdict: Verdict) -> Result<TrailLine, Failed> {
        let kind = self.event.kind;
        let told = kind.mode == Mode::Tell;
        match verdict {
            // A told event has happened; the refusal says that the hook will never take it.
            Verdict::Veto { reason, .. } if told => {
                let message = Some(reason);
                return Ok(TrailLine { message, ..self.line(hook, TrailVerdict::Veto) });
            }
            verdict if !kind.powers.cover(&verdict) => return Err(powerless(&kind.name, &verdict)),
            Verdict::Accept => return Ok(self.line(hook, TrailVerdict::Accept)),
            Verdict::Veto { code, reason } => {
                let line = TrailLine { message: Some(reason.clone()), ..self.line(hook, TrailVerdict::Veto) };
                self.veto = Some(Veto { hook: Arc::clone(&hook.manifest().id), code, reason });
                return Ok(line);
            }
            Verdict::Amend(patch) => self.amend(self.event.event.data.merge(&patch))?,
            Verdict::Replace(data) => self.amend(data)?,
        }
        Ok(self.line(hook, TrailVerdict::Amend))
    }

    fn amend(&mut self, data: Data) -> Result<(), Failed> {
        let (bytes, max) = (data.as_str().len(), self.data_bytes_max);
        if bytes > max {
            let message = format!("the amended data has {bytes} bytes, at most {max} are allowed");
            return Err((Failure::Output, message));
        }
        self.event.event.data = data;
        self.amended = true;
        Ok(())
    }
}

fn powerless(event: &str, verdict: &Verdict) -> Failed {
    let verb = match verdict {
        Verdict::Veto { .. } => "veto",
        Verdict::Accept | Verdict::Amend(_) | Verdict::Replace(_) => "amend",
    };
    (Failure::Power, format!("no hook may {verb} {event}"))
}
