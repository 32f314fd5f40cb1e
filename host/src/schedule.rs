//! When a hook's schedules are due (R17, F10).
//!
//! It is told what time it is and what was settled before; it has no clock, waits for nothing and raises nothing.

mod clock;
mod cycle;
mod plan;

pub(crate) use clock::Clock;
pub(crate) use cycle::Cycle;
pub(crate) use plan::Slot;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What becomes of slots that passed while the host was down.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum CatchUp {
    /// They are passed over; one of the last minute still counts.
    #[default]
    None,
    /// The last of them is made up for.
    One,
    /// All of them are made up for, the last 1,000 if there are more.
    All,
}

impl CatchUp {
    /// Every way.
    pub(crate) const ALL: [Self; 3] = [Self::None, Self::One, Self::All];
}

impl fmt::Display for CatchUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::One => "one",
            Self::All => "all",
        })
    }
}

/// One `[[schedule]]` of a hook: it is run again and again, for this hook alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// What it is called among those of its hook; what was settled is remembered under it.
    pub(crate) name: String,
    pub(crate) rhythm: Rhythm,
    pub(crate) timezone: TimeZone,
    pub(crate) catch_up: CatchUp,
}

/// When it is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Rhythm {
    /// By the wall clock of its zone. A time that the clock skips is made up for when it goes on, one that it repeats
    /// counts the first time; an expression that names every hour goes by the time that passes instead.
    Cron(Clock),
    /// Every so many seconds.
    Every(Cycle),
}

impl Schedule {
    /// What it is called among those of its hook.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The cron expression, where it is one.
    pub(crate) fn cron(&self) -> Option<String> {
        match &self.rhythm {
            Rhythm::Cron(clock) => Some(clock.text().to_owned()),
            Rhythm::Every(_) => None,
        }
    }

    /// The period, such as `15m`, where it has one.
    pub(crate) fn every(&self) -> Option<String> {
        match &self.rhythm {
            Rhythm::Cron(_) => None,
            Rhythm::Every(cycle) => Some(format!("{:#}", SignedDuration::from_secs(cycle.seconds()))),
        }
    }

    /// The time of day from which each day counts anew.
    pub(crate) fn start(&self) -> Option<String> {
        match &self.rhythm {
            Rhythm::Cron(_) => None,
            Rhythm::Every(cycle) => cycle.start().map(|start| start.to_string()),
        }
    }

    /// The zone whose clock it goes by.
    pub(crate) fn timezone(&self) -> &str {
        self.timezone.iana_name().unwrap_or("UTC")
    }

    /// When it is run for the first time after an instant; none where it never is.
    pub fn after(&self, at: Timestamp) -> Option<Timestamp> {
        match &self.rhythm {
            Rhythm::Cron(clock) => clock.after(at, &self.timezone),
            Rhythm::Every(cycle) => cycle.after(at, &self.timezone),
        }
    }

    /// When it was last to be run by an instant.
    pub(crate) fn before(&self, at: Timestamp) -> Option<Timestamp> {
        match &self.rhythm {
            Rhythm::Cron(clock) => clock.before(at, &self.timezone),
            Rhythm::Every(cycle) => cycle.before(at, &self.timezone),
        }
    }

    /// An instant as the clock of its zone shows it, in RFC 3339.
    pub(crate) fn local(&self, at: Timestamp) -> String {
        at.display_with_offset(self.timezone.to_offset(at)).to_string()
    }
}

/// The second that an instant is in.
fn whole(at: Timestamp) -> Option<Timestamp> {
    Timestamp::from_second(second(at)).ok()
}

fn second(at: Timestamp) -> i64 {
    at.as_second() - i64::from(at.subsec_nanosecond() < 0)
}
