//! Then: what the outcome of an event says.

use std::time::Duration;
use tenterhook::Outcome;
use tenterhook::outcome::{Failure, TrailLine};

/// An outcome, and how long the application waited for it.
#[derive(Debug)]
pub struct Answer {
    /// The outcome, for what the vocabulary has no word for.
    pub outcome: Outcome,
    /// How long it took.
    pub took: Duration,
}

impl Answer {
    /// It may happen.
    #[track_caller]
    pub fn accepted(&self) -> &Self {
        assert_eq!(self.outcome.veto(), None, "{:#?}", self.outcome.trail);
        self
    }

    /// This hook refused it with this code.
    #[track_caller]
    pub fn vetoed_by(&self, hook: &str, code: &str) -> &Self {
        let veto = self.outcome.veto().map(|veto| (&*veto.hook, veto.code.as_str()));
        assert_eq!(veto, Some((hook, code)), "{:#?}", self.outcome.trail);
        self
    }

    /// The refusal carries this reason.
    #[track_caller]
    pub fn because(&self, reason: &str) -> &Self {
        assert_eq!(self.outcome.veto().map(|veto| veto.reason.as_str()), Some(reason));
        self
    }

    /// The data is exactly this text.
    #[track_caller]
    pub fn data_is(&self, json: impl AsRef<str>) -> &Self {
        assert_eq!(self.accepted().data(), json.as_ref());
        self
    }

    /// The data of what may happen.
    #[track_caller]
    pub fn data(&self) -> &str {
        self.outcome.data().expect("an accepted event has data").as_str()
    }

    /// The matching hooks and how each ended: `"quota veto"`, `"tax failed:fuel"`.
    #[track_caller]
    pub fn trail(&self, expected: &[&str]) -> &Self {
        let trail: Vec<String> = self.outcome.trail.iter().map(brief).collect();
        assert_eq!(trail, expected, "{:#?}", self.outcome.trail);
        self
    }

    /// One hook's line.
    #[track_caller]
    pub fn line(&self, hook: &str) -> &TrailLine {
        let line = self.outcome.trail.iter().find(|line| &*line.hook == hook);
        line.unwrap_or_else(|| panic!("{hook} has no line in {:#?}", self.outcome.trail))
    }

    /// One hook failed so, with a message that holds this text.
    #[track_caller]
    pub fn failed(&self, hook: &str, failure: Failure, text: &str) -> &Self {
        let line = self.line(hook);
        assert_eq!(line.failure, Some(failure), "{line:#?}");
        self.says(hook, text)
    }

    /// One hook's message holds this text.
    #[track_caller]
    pub fn says(&self, hook: &str, text: &str) -> &Self {
        let line = self.line(hook);
        assert!(
            line.message.as_ref().is_some_and(|message| message.contains(text)),
            "no {text:?} in {line:#?}"
        );
        self
    }

    /// It was decided in this time.
    #[track_caller]
    pub fn within(&self, time: Duration) -> &Self {
        assert!(self.took < time, "took {:?}: {:#?}", self.took, self.outcome.trail);
        self
    }
}

fn brief(line: &TrailLine) -> String {
    let verdict = format!("{:?}", line.verdict).to_lowercase();
    match line.failure {
        Some(failure) => format!("{} {verdict}:{failure}", line.hook),
        None => format!("{} {verdict}", line.hook),
    }
}
