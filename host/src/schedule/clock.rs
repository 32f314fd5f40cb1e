//! A schedule that goes by the wall clock of its zone, also where that skips an hour or repeats one.

use super::whole;
use croner::Cron;
use croner::parser::{CronParser, Year};
use jiff::Timestamp;
use jiff::civil::{DateTime, datetime};
use jiff::tz::{AmbiguousOffset, TimeZone};
use std::iter::successors;

/// From where an expression must come to a time at all.
const ONCE: DateTime = datetime(2000, 1, 1, 0, 0, 0, 0);

/// A cron expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Clock {
    cron: Box<Cron>,
    /// It names every hour, and so goes by the time that passes rather than by the clock's hand.
    hourly: bool,
}

impl Clock {
    /// Reads five fields, or six with the seconds first; says what is wrong with them.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        // A year that is over would be looked for in vain for ever.
        let parser = CronParser::builder().year(Year::Disallowed).build();
        let plain = |error: String| error.trim_end_matches('.').to_lowercase();
        let cron = parser.parse(text).map_err(|error| plain(error.to_string()))?;
        if cron.find_next_occurrence(&ONCE, true).is_err() {
            return Err("it never comes".into());
        }
        let hourly = (0..24).all(|hour| cron.pattern.hour_match(hour).unwrap_or(false));
        Ok(Self { cron: Box::new(cron), hourly })
    }

    pub(super) fn text(&self) -> &str {
        self.cron.as_str()
    }

    /// The first time after an instant.
    pub(super) fn after(&self, at: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let at = whole(at)?;
        if self.hourly {
            let found = self.cron.find_next_occurrence(&at.to_zoned(zone.clone()), false);
            return Some(found.ok()?.timestamp());
        }
        let next = |time: &DateTime| self.cron.find_next_occurrence(time, false).ok();
        let times = successors(next(&zone.to_datetime(at)), next);
        times.map_while(|time| instant(time, zone)).find(|found| *found > at)
    }

    /// The last time at or before an instant.
    pub(super) fn before(&self, at: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let at = whole(at)?;
        if self.hourly {
            let found = self.cron.find_previous_occurrence(&at.to_zoned(zone.clone()), true);
            return Some(found.ok()?.timestamp());
        }
        let mut from = zone.to_datetime(at);
        if let AmbiguousOffset::Fold { before, after } = zone.to_ambiguous_timestamp(from).offset() {
            // While an hour is repeated, all of it has come already.
            from = from.checked_add(after.until(before)).ok()?;
        }
        let last = self.cron.find_previous_occurrence(&from, true).ok();
        let times = successors(last, |time| self.cron.find_previous_occurrence(time, false).ok());
        times.map_while(|time| instant(time, zone)).find(|found| *found <= at)
    }
}

/// When a clock shows a time: what it skips comes when it goes on, what it repeats comes the first time. So later
/// times never come earlier.
pub(super) fn instant(time: DateTime, zone: &TimeZone) -> Option<Timestamp> {
    match zone.to_ambiguous_timestamp(time).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(time).ok(),
        AmbiguousOffset::Fold { before, .. } => before.to_timestamp(time).ok(),
        AmbiguousOffset::Gap { after, .. } => {
            let ahead = after.to_timestamp(time).ok()?;
            zone.following(ahead).next().map(|goes_on| goes_on.timestamp())
        }
    }
}
