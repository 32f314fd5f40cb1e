//! The outcome of a case: what of an outcome is the hook's own, and stays the same from run to run.

use super::text::{canonical, pretty, short};
use super::written::Written;
use crate::data::Members;
use crate::outcome::{Failure, Outcome};
use serde_json::value::RawValue;

const KEYS: [&str; 5] = ["decision", "data", "code", "reason", "failed"];

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    Accept,
    Amend,
    Veto,
}

impl Decision {
    const ALL: [Self; 3] = [Self::Accept, Self::Amend, Self::Veto];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Amend => "amend",
            Self::Veto => "veto",
        }
    }
}

/// What a case expects, or what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Expected {
    pub(crate) decision: Decision,
    /// The amended data as JSON.
    pub(crate) data: Option<String>,
    pub(crate) code: Option<String>,
    pub(crate) reason: Option<String>,
    pub(crate) failed: Option<Failure>,
}

impl Expected {
    /// What came of an event, of which a hook has failed or not.
    pub(super) fn of(outcome: &Outcome, failed: Option<Failure>) -> Self {
        let mut found = Self { decision: Decision::Accept, data: None, code: None, reason: None, failed };
        match outcome.data() {
            Ok(data) if outcome.amended => {
                found.decision = Decision::Amend;
                found.data = Some(data.as_str().to_owned());
            }
            Ok(_) => {}
            Err(veto) => {
                found.decision = Decision::Veto;
                // What is said of a failure is the host's, and its place changes with every line of the source.
                if failed.is_none() {
                    (found.code, found.reason) = (Some(veto.code.clone()), Some(veto.reason.clone()));
                }
            }
        }
        found
    }

    /// Reads an outcome, unless something is wrong with it.
    pub(super) fn read(raw: &RawValue, written: &mut Written<'_>) -> Option<Self> {
        let Some(members) = Members::of(raw.get()) else {
            written.wrong(raw, format!("\"outcome\" must be a JSON object, not {}", short(raw)));
            return None;
        };
        let take = |key: &str| members.0.iter().find(|(name, _)| name == key).map(|(_, raw)| *raw);
        for (name, value) in members.0.iter().filter(|(name, _)| !KEYS.contains(&name.as_str())) {
            written.unknown(name, value, "an outcome", &KEYS);
        }
        let word = |key: &str, written: &mut Written<'_>| {
            let value = take(key).filter(|value| value.get() != "null")?;
            let text = serde_json::from_str::<String>(value.get()).ok();
            if text.is_none() {
                written.wrong(value, format!("{key:?} must be a string, not {}", short(value)));
            }
            text
        };
        let named = word("decision", written);
        let decision =
            named.as_ref().and_then(|name| Decision::ALL.into_iter().find(|word| word.name() == name));
        if decision.is_none() && (named.is_some() || take("decision").is_none()) {
            let message = match &named {
                Some(name) => format!("unknown decision {name:?}"),
                None => "\"decision\" is missing in the outcome".to_owned(),
            };
            let hint = "it is accept, amend or veto".to_owned();
            written.wrong(take("decision").unwrap_or(raw), message).hint = Some(hint);
        }
        let (code, reason, failure) =
            (word("code", written), word("reason", written), word("failed", written));
        let failed = failure
            .as_ref()
            .and_then(|name| Failure::ALL.into_iter().find(|known| known.to_string() == *name));
        if let (Some(name), None, Some(value)) = (&failure, failed, take("failed")) {
            let hint = Failure::ALL.map(|known| known.to_string()).join(", ");
            written.wrong(value, format!("unknown failure {name:?}")).hint =
                Some(format!("it is one of {hint}"));
        }
        let data = take("data");
        let mut beside = |key: &str, of: Decision| {
            if let (Some(value), Some(decision)) = (take(key), decision.filter(|decision| *decision != of)) {
                let message =
                    format!("{key:?} goes with {}, and the decision is {}", of.name(), decision.name());
                written.wrong(value, message);
            }
        };
        beside("data", Decision::Amend);
        beside("code", Decision::Veto);
        beside("reason", Decision::Veto);
        let data = data.map(|data| data.get().to_owned());
        Some(Self { decision: decision?, data, code, reason, failed })
    }

    /// The lines in which what was found differs; none where it does not.
    pub(super) fn diff(&self, found: &Self) -> Vec<(char, String)> {
        let mut found = found.clone();
        // What this one leaves out is not compared.
        found.data = found.data.filter(|_| self.data.is_some() || self.decision != Decision::Amend);
        found.code = found.code.filter(|_| self.code.is_some() || self.decision != Decision::Veto);
        found.reason = found.reason.filter(|_| self.reason.is_some() || self.decision != Decision::Veto);
        let (expected, found) = (self.sorted().json(), found.sorted().json());
        if expected == found { Vec::new() } else { super::diff(&expected, &found) }
    }

    /// The same with its data's keys sorted, so that only what differs is seen.
    fn sorted(&self) -> Self {
        Self { data: self.data.as_deref().map(canonical), ..self.clone() }
    }

    /// As JSON over several lines.
    pub(crate) fn json(&self) -> String {
        let text = |text: &str| serde_json::Value::from(text).to_string();
        let mut members = vec![format!("\"decision\": {}", text(self.decision.name()))];
        members.extend(
            self.data.as_ref().map(|data| format!("\"data\": {}", super::text::indented(&pretty(data)))),
        );
        members.extend(self.code.as_ref().map(|code| format!("\"code\": {}", text(code))));
        members.extend(self.reason.as_ref().map(|reason| format!("\"reason\": {}", text(reason))));
        members.extend(self.failed.map(|failed| format!("\"failed\": {}", text(&failed.to_string()))));
        format!("{{\n  {}\n}}", members.join(",\n  "))
    }
}
