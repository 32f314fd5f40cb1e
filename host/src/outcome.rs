//! What hooks answer to an event: one hook's verdict, how a hook can fail, the event's outcome.

use crate::data::Data;
use crate::event::Mode;
use crate::problem::Problem;
use serde::{Deserialize, Serialize, Serializer, ser::SerializeStruct};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// One hook's answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// Let it happen as it is.
    Accept,
    /// A JSON merge patch on the event's data.
    Amend(Data),
    /// The whole new data.
    Replace(Data),
    /// Stop it.
    Veto {
        /// For programs: short and stable.
        code: String,
        /// For people.
        reason: String,
    },
}

/// The ways in which a hook fails: a closed list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Failure {
    /// The guest trapped: a panic, an unreachable instruction, a bad pointer.
    Trap,
    /// Its fuel was used up.
    Fuel,
    /// It was refused memory beyond its limit and trapped.
    Memory,
    /// It was still running at its deadline.
    Deadline,
    /// The event's time was used up before its turn. Not counted for tripping.
    Budget,
    /// Its stack overflowed.
    Stack,
    /// It handed the host more than its output limit.
    Output,
    /// It answered what is no JSON, no object where one must be, nested too deep, or no verdict.
    Invalid,
    /// It answered what its event gives hooks no power to.
    Power,
    /// It touched something that it was not granted.
    Ungranted,
    /// It answered an error text; its target was not reached, or answered no verdict.
    Error,
    /// It is no component that loads.
    Unavailable,
    /// It failed too often and rests.
    Tripped,
}

impl Failure {
    /// Every way, in their order.
    pub const ALL: [Self; 13] = [
        Self::Trap,
        Self::Fuel,
        Self::Memory,
        Self::Deadline,
        Self::Budget,
        Self::Stack,
        Self::Output,
        Self::Invalid,
        Self::Power,
        Self::Ungranted,
        Self::Error,
        Self::Unavailable,
        Self::Tripped,
    ];
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Trap => "trap",
            Self::Fuel => "fuel",
            Self::Memory => "memory",
            Self::Deadline => "deadline",
            Self::Budget => "budget",
            Self::Stack => "stack",
            Self::Output => "output",
            Self::Invalid => "invalid",
            Self::Power => "power",
            Self::Ungranted => "ungranted",
            Self::Error => "error",
            Self::Unavailable => "unavailable",
            Self::Tripped => "tripped",
        })
    }
}

/// How a hook's turn ended, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum TrailVerdict {
    /// It let the event pass.
    Accept,
    /// It amended or replaced the data.
    Amend,
    /// It refused.
    Veto,
    /// It failed; see [`TrailLine::failure`].
    Failed,
    /// A hook before it had refused.
    Skipped,
}

impl fmt::Display for TrailVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Accept => "accept",
            Self::Amend => "amend",
            Self::Veto => "veto",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        })
    }
}

/// One hook's line in an outcome.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct TrailLine {
    /// The hook's id.
    #[serde(serialize_with = "text")]
    #[cfg_attr(feature = "api", schema(value_type = String))]
    pub hook: Arc<str>,
    /// What it ran: the first 12 hex digits of the SHA-256 of its component, or else of its manifest.
    #[serde(serialize_with = "optional_text")]
    #[cfg_attr(feature = "api", schema(value_type = Option<String>))]
    pub version: Option<Arc<str>>,
    /// How its turn ended.
    pub verdict: TrailVerdict,
    /// How it failed.
    pub failure: Option<Failure>,
    /// The reason of a veto, what went wrong, or what a target answered that took it well.
    pub message: Option<String>,
    /// Fuel it used.
    pub fuel: u64,
    /// The most bytes its linear memories held.
    pub memory_bytes: u64,
    /// Wall-clock time in microseconds.
    #[serde(rename = "micros", serialize_with = "micros")]
    #[cfg_attr(feature = "api", schema(value_type = u64))]
    pub time: Duration,
}

fn micros<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(time.as_micros().try_into().unwrap_or(u64::MAX))
}

fn text<S: Serializer>(text: &Arc<str>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text)
}

fn optional_text<S: Serializer>(text: &Option<Arc<str>>, serializer: S) -> Result<S::Ok, S::Error> {
    text.as_deref().serialize(serializer)
}

/// Who refused an event, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct Veto {
    /// The hook's id.
    #[serde(serialize_with = "text")]
    #[cfg_attr(feature = "api", schema(value_type = String))]
    pub hook: Arc<str>,
    /// The hook's code, or `hook_failed` where it failed and fails closed.
    pub code: String,
    /// For people.
    pub reason: String,
}

impl fmt::Display for Veto {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "vetoed by {}: {} ({})", self.hook, self.reason, self.code)
    }
}

impl std::error::Error for Veto {}

/// The hook that caused an event, and the event on which it acted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
pub struct Origin {
    /// The hook's id.
    pub hook: String,
    /// The event's id.
    pub event: String,
}

/// What is decided on an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Decision {
    /// It may happen, with the outcome's data.
    Accept,
    /// It must not happen.
    Veto,
}

/// That a told event is written down and synced: whatever happens from now on, every hook that it is owed to gets it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct Receipt {
    /// Its place in the journal.
    pub sequence: u64,
    /// How many hooks it is owed to.
    pub owed: usize,
    /// It had been told before, within a day: this is the receipt of the first time.
    pub repeated: bool,
}

/// What came of an event.
///
/// As JSON: `{"id","event","mode","decision","veto","data","amended","roster","trail"}`; `veto`
/// stands only in a refusal, `data` only where there is none, `warnings` only where there are any; `suppressed` only
/// where a hook caused the event, and `cause` only where a hook refused or failed. What is written down has a `receipt`
/// in place of its data.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Outcome {
    /// The event's id.
    pub id: String,
    /// The event's name.
    pub event: String,
    /// The event's mode.
    pub mode: Mode,
    /// Whether a hook amended the data.
    pub amended: bool,
    /// The generation of hooks that decided.
    pub roster: u64,
    /// What every matching hook did, in their order.
    pub trail: Vec<TrailLine>,
    /// What was taken with a doubt: an old name, a value that an open enum does not list.
    pub warnings: Vec<Problem>,
    /// Of a told event that was written down, and that its hooks get afterwards.
    pub receipt: Option<Receipt>,
    /// The hook that caused the event (R28): no other hook was run on it than those that say `caused = "run"`.
    pub suppressed: Option<Origin>,
    /// Where a hook refused or failed, the cause of the events which that raises in the application (R30):
    /// for [`Event::caused_by`](crate::Event::caused_by). A secret between host and application.
    pub cause: Option<String>,
    pub(crate) result: Result<Data, Veto>,
}

impl Outcome {
    /// What was decided.
    pub fn decision(&self) -> Decision {
        if self.result.is_ok() { Decision::Accept } else { Decision::Veto }
    }

    /// The event's data as the hooks amended it. A veto carries none.
    pub fn data(&self) -> Result<&Data, &Veto> {
        self.result.as_ref()
    }

    /// The refusal, if it was refused.
    pub fn veto(&self) -> Option<&Veto> {
        self.result.as_ref().err()
    }

    /// Whether any hook failed.
    pub fn failed(&self) -> bool {
        self.trail.iter().any(|line| line.verdict == TrailVerdict::Failed)
    }
}

impl Serialize for Outcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.write(serializer, true)
    }
}

/// An outcome without the event's data and the token of its cause, for those who may see what hooks decided and not on what.
#[derive(Debug, Clone, Copy)]
pub struct WithoutData<'a>(pub &'a Outcome);

impl Serialize for WithoutData<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.write(serializer, false)
    }
}

impl Outcome {
    fn write<S: Serializer>(&self, serializer: S, with_data: bool) -> Result<S::Ok, S::Error> {
        let mut json = serializer.serialize_struct("Outcome", 12)?;
        json.serialize_field("id", &self.id)?;
        json.serialize_field("event", &self.event)?;
        json.serialize_field("mode", &self.mode)?;
        json.serialize_field("decision", &self.decision())?;
        match &self.result {
            Ok(data) if with_data && self.receipt.is_none() => json.serialize_field("data", data)?,
            Ok(_) => json.skip_field("data")?,
            Err(veto) => json.serialize_field("veto", veto)?,
        }
        json.serialize_field("amended", &self.amended)?;
        json.serialize_field("roster", &self.roster)?;
        json.serialize_field("trail", &self.trail)?;
        if let Some(receipt) = &self.receipt {
            json.serialize_field("receipt", receipt)?;
        }
        if !self.warnings.is_empty() {
            json.serialize_field("warnings", &self.warnings)?;
        }
        if let Some(origin) = &self.suppressed {
            json.serialize_field("suppressed", origin)?;
        }
        if let Some(cause) = self.cause.as_ref().filter(|_| with_data) {
            json.serialize_field("cause", cause)?;
        }
        json.end()
    }
}
