//! What came of a case, and how that differs from before and from what is expected.

use super::case::{Case, Decision};
use crate::cli::answer::{Answer, fuel, time};
use crate::cli::print::{BOLD, DIM, GREEN, RED, YELLOW, one_line, paint, safe};
use anstyle::Style;
use serde_json::Value;
use std::time::Duration;

/// What came of a case.
#[derive(Debug, Clone)]
pub(super) struct Fired {
    /// What it was before, if it is to be called the same.
    outcome: Outcome,
    fuel: u64,
    time: Duration,
}

/// What is the same when nothing has changed.
#[derive(Debug, Clone, PartialEq)]
enum Outcome {
    Decided {
        decision: Decision,
        /// The data, where it was amended.
        data: Option<String>,
        code: Option<String>,
        reason: Option<String>,
        /// Why the hook failed: its kind, and more about it.
        failed: Option<(String, String)>,
    },
    /// The event is none that the host takes, or no hook listens to it.
    Not(String),
}

impl Fired {
    /// What an answer says of one hook.
    pub(super) fn of(answer: &Answer, hook: &str) -> Self {
        let Answer::Ran { outcome, .. } = answer else {
            let why = match answer {
                Answer::Refused { problems, .. } => {
                    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
                }
                _ => "all sandboxes are in use".into(),
            };
            return Self { outcome: Outcome::Not(why), fuel: 0, time: Duration::ZERO };
        };
        let Some(line) = outcome.trail.iter().find(|line| &*line.hook == hook) else {
            let outcome = Outcome::Not("the hook does not listen to it".into());
            return Self { outcome, fuel: 0, time: Duration::ZERO };
        };
        let decision = match outcome.veto() {
            Some(_) => Decision::Veto,
            None if outcome.amended => Decision::Amend,
            None => Decision::Accept,
        };
        let failed = line.failure.map(|kind| (kind.to_string(), line.message.clone().unwrap_or_default()));
        let data = outcome.data().ok().filter(|_| outcome.amended).map(|data| data.as_str().to_owned());
        let of_veto = |text: fn(&crate::outcome::Veto) -> &String| outcome.veto().map(text).cloned();
        let outcome = Outcome::Decided {
            decision,
            data,
            code: of_veto(|veto| &veto.code),
            reason: of_veto(|veto| &veto.reason),
            failed,
        };
        Self { outcome, fuel: line.fuel, time: line.time }
    }

    /// Whether something else was decided, or not for the same reason.
    pub(super) fn differs(&self, before: &Self) -> bool {
        self.outcome != before.outcome
    }

    /// Whether it took another amount of fuel.
    pub(super) fn costs_other_than(&self, before: &Self) -> bool {
        self.fuel != before.fuel
    }

    /// The verdict on one line: `veto quota.cpu: at most 16`, with fuel and time.
    pub(super) fn line(&self) -> String {
        let (verdict, style) = self.verdict();
        format!("{}  {}", paint(style, &verdict), self.cost())
    }

    /// Fuel before and now.
    pub(super) fn fuel_since(&self, before: &Self) -> String {
        let (verdict, style) = self.verdict();
        let costs = format!("fuel {} → {}  {}", before.fuel, self.fuel, time(self.time));
        format!("{}  {}", paint(style, &verdict), paint(DIM, &costs))
    }

    fn cost(&self) -> String {
        paint(DIM, &format!("fuel {}  {}", fuel(self.fuel), time(self.time)))
    }

    fn verdict(&self) -> (String, Style) {
        match &self.outcome {
            Outcome::Not(why) => (format!("not run: {}", safe(why)), YELLOW),
            Outcome::Decided { decision, failed: Some((kind, message)), .. } => {
                (format!("{}, since it failed: {kind} {}", decision.word(), safe(message)), YELLOW)
            }
            Outcome::Decided { decision, data, code, reason, .. } => {
                let style = match decision {
                    Decision::Veto => RED,
                    Decision::Amend => GREEN,
                    Decision::Accept => BOLD,
                };
                let refusal = code.iter().zip(reason).map(|(code, reason)| format!("{code}: {reason}"));
                let data = data.as_ref().map(|data| one_line(data));
                let more: Vec<String> = refusal.chain(data).map(|text| format!(" {}", safe(&text))).collect();
                (format!("{}{}", decision.word(), more.join("")), style)
            }
        }
    }

    /// Everything in which it is not as its case expects.
    pub(super) fn unexpected(&self, case: &Case) -> Vec<String> {
        let mut wrong = Vec::new();
        if let Some(max) = case.fuel_max.filter(|max| self.fuel > *max) {
            wrong.push(format!("expected at most {max} fuel, it took {}", self.fuel));
        }
        let Some(expected) = &case.expected else { return wrong };
        let Outcome::Decided { decision, data, code, reason, failed } = &self.outcome else {
            wrong.push(format!("expected {}", expected.decision.word()));
            return wrong;
        };
        if expected.decision != *decision {
            wrong.push(format!("expected {}", expected.decision.word()));
        }
        let failed = failed.as_ref().map(|(kind, _)| kind);
        if expected.failed.as_ref() != failed {
            wrong.push(match &expected.failed {
                Some(kind) => format!("expected that it fails: {}", safe(kind)),
                None => "expected that it does not fail".into(),
            });
        }
        // That another decision has none goes without saying.
        let of_veto = [("code", &expected.code, code), ("reason", &expected.reason, reason)];
        for (name, expected, is) in of_veto.into_iter().filter(|_| *decision == Decision::Veto) {
            if let Some(expected) = expected.as_ref().filter(|_| expected != is) {
                wrong.push(format!("expected the {name} {expected:?}"));
            }
        }
        if let Some(expected) = &expected.data {
            let is = data.as_deref().unwrap_or(case.event.data.as_str());
            if serde_json::from_str::<Value>(is).ok().as_ref() != Some(expected) {
                wrong.push(format!("expected the data {}", one_line(&expected.to_string())));
            }
        }
        wrong
    }
}
