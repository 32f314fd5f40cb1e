//! What a service answers, as the host's own types.

use crate::cli::exit::Bad;
use crate::data::Data;
use crate::event::Mode;
use crate::outcome::{Failure, Origin, Outcome, Receipt, TrailLine, TrailVerdict, Veto};
use crate::problem::{Place, Problem};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::fmt;
use std::time::Duration;
use ureq::Body;
use ureq::http::Response;

/// A problem document (RFC 9457), as far as it is used.
#[derive(Deserialize)]
pub(super) struct Document {
    detail: String,
    problems: Vec<Flaw>,
    status: u16,
}

impl Document {
    /// The document that is an answer, if it is one.
    pub(super) fn of(answer: Response<Body>) -> Option<Self> {
        serde_json::from_str(&super::text(answer).ok()?).ok()
    }

    /// Whether the service has nothing at all at the address, rather than no hook or event of a name.
    pub(super) fn is_of_no_route(&self) -> bool {
        self.status == 404 && self.problems.is_empty()
    }

    /// Everything that is wrong with what was sent.
    pub(super) fn problems(self) -> Bad {
        if self.problems.is_empty() {
            return Problem::error(Place::default(), self.detail).into();
        }
        Bad(self.problems.into_iter().map(Problem::from).collect())
    }
}

impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

/// Problems without a document around them.
#[derive(Deserialize)]
pub(super) struct Flaws {
    problems: Vec<Flaw>,
}

impl From<Flaws> for Vec<Problem> {
    fn from(Flaws { problems }: Flaws) -> Self {
        problems.into_iter().map(Problem::from).collect()
    }
}

#[derive(Deserialize)]
struct Flaw {
    severity: String,
    file: Option<String>,
    line: Option<usize>,
    message: String,
    hint: Option<String>,
}

impl From<Flaw> for Problem {
    fn from(flaw: Flaw) -> Self {
        let Flaw { severity, file, line, message, hint } = flaw;
        let place = Place { file, line };
        let kind = if severity == "warning" { Self::warning } else { Self::error };
        Self { hint, ..kind(place, message) }
    }
}

#[derive(Deserialize)]
struct Written<'a> {
    id: String,
    event: String,
    mode: Mode,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    veto: Option<Refusal>,
    amended: bool,
    roster: u64,
    trail: Vec<Line>,
    receipt: Option<Receipt>,
    #[serde(default)]
    warnings: Vec<Flaw>,
    suppressed: Option<Origin>,
    cause: Option<String>,
}

#[derive(Deserialize)]
struct Refusal {
    hook: String,
    code: String,
    reason: String,
}

#[derive(Deserialize)]
struct Line {
    hook: String,
    version: Option<String>,
    verdict: TrailVerdict,
    failure: Option<Failure>,
    message: Option<String>,
    fuel: u64,
    memory_bytes: u64,
    micros: u64,
}

/// Reads an outcome. Its data stays text; where it comes without, it is empty.
pub(crate) fn outcome(json: &str) -> anyhow::Result<Outcome> {
    let written: Written<'_> = serde_json::from_str(json)?;
    let result = match (written.veto, written.data) {
        (Some(Refusal { hook, code, reason }), _) => Err(Veto { hook: hook.into(), code, reason }),
        (None, Some(data)) => Ok(Data::parse(data.get(), usize::MAX)?),
        (None, None) => Ok(Data::empty()),
    };
    Ok(Outcome {
        receipt: written.receipt,
        id: written.id,
        event: written.event,
        mode: written.mode,
        amended: written.amended,
        roster: written.roster,
        trail: written.trail.into_iter().map(line).collect(),
        warnings: written.warnings.into_iter().map(Problem::from).collect(),
        suppressed: written.suppressed,
        cause: written.cause,
        result,
    })
}

fn line(line: Line) -> TrailLine {
    let Line { hook, version, verdict, failure, message, fuel, memory_bytes, micros } = line;
    let (hook, version) = (hook.into(), version.map(Into::into));
    let time = Duration::from_micros(micros);
    TrailLine { hook, version, verdict, failure, message, fuel, memory_bytes, time }
}

/// Reads how many outcomes were missed.
pub(crate) fn missed(json: &str) -> anyhow::Result<u64> {
    #[derive(Deserialize)]
    struct Missed {
        missed: u64,
    }
    Ok(serde_json::from_str::<Missed>(json)?.missed)
}
