//! A schedule that is run every so often, from a time of day or from 1970 on: a restart shifts it by nothing.

use super::clock::instant;
use super::second;
use jiff::Timestamp;
use jiff::civil::{Date, Time, date};
use jiff::tz::TimeZone;

/// Seconds of a day of the calendar, whatever a clock does on it.
pub(crate) const DAY: i64 = 24 * 60 * 60;
/// By how many days a start may be off the day it is of: a clock may skip one.
const DAYS_OFF: i64 = 2;

/// Every so many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cycle {
    /// More than nothing. With a start they divide a day, or are whole days.
    seconds: i64,
    /// The time of day, by the clock of a zone, from which each day counts anew. Without it all are counted from
    /// 1970-01-01T00:00:00Z.
    start: Option<Time>,
}

impl Cycle {
    /// None where the start would not come round.
    pub(crate) fn new(seconds: i64, start: Option<Time>) -> Option<Self> {
        let comes_round = seconds > 0 && (start.is_none() || DAY % seconds == 0 || seconds % DAY == 0);
        comes_round.then_some(Self { seconds, start })
    }

    pub(crate) fn seconds(&self) -> i64 {
        self.seconds
    }

    pub(crate) fn start(&self) -> Option<Time> {
        self.start
    }

    /// The first time after an instant.
    pub(super) fn after(&self, at: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let Some(start) = self.start else { return self.from(0, at, 1) };
        let (begin, next) = self.round(at, start, zone)?;
        if self.seconds >= DAY {
            return Some(next);
        }
        self.from(begin.as_second(), at, 1).map(|slot| slot.min(next))
    }

    /// The last time at or before an instant.
    pub(super) fn before(&self, at: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let Some(start) = self.start else { return self.from(0, at, 0) };
        let (begin, _) = self.round(at, start, zone)?;
        if self.seconds >= DAY { Some(begin) } else { self.from(begin.as_second(), at, 0) }
    }

    /// The time in the period of `at`, counted from a second on, or so many periods later.
    fn from(&self, begin: i64, at: Timestamp, later: i64) -> Option<Timestamp> {
        let periods = (second(at) - begin).div_euclid(self.seconds) + later;
        Timestamp::from_second(begin + periods * self.seconds).ok()
    }

    /// Between which two starts an instant is, the first included.
    fn round(&self, at: Timestamp, start: Time, zone: &TimeZone) -> Option<(Timestamp, Timestamp)> {
        let days = (self.seconds / DAY).max(1);
        let today = day_of(at.to_zoned(zone.clone()).date());
        // A clock may skip a whole day, and then two days start at once.
        let mut day = (today + DAYS_OFF).div_euclid(days) * days + days;
        let mut next = started(day, start, zone)?;
        loop {
            day -= days;
            let begin = started(day, start, zone)?;
            if begin <= at {
                return Some((begin, next));
            }
            next = begin;
        }
    }
}

const EPOCH: Date = date(1970, 1, 1);

/// Days since 1970-01-01.
fn day_of(date: Date) -> i64 {
    date.duration_since(EPOCH).as_secs() / DAY
}

/// When a time of day comes on a day.
fn started(day: i64, start: Time, zone: &TimeZone) -> Option<Timestamp> {
    let date = EPOCH.checked_add(jiff::Span::new().try_days(day).ok()?).ok()?;
    instant(date.to_datetime(start), zone)
}
