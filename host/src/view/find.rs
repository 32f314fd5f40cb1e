//! Looking for executions and deliveries, as people write it.

use super::search::{given, word};
use crate::outcome::TrailVerdict;
use crate::problem::{Place, Problem};
use crate::store::{DeliverySearch, DeliveryState, LineSearch};
use jiff::{Span, SpanRelativeTo, Timestamp, civil, tz::TimeZone};
use serde::Deserialize;
use std::fmt;

/// What a page has, where nothing is said, and at most.
const PAGE: usize = 50;
const PAGE_MAX: usize = 500;

/// Which executions are looked for (F15): all that is named must fit; what is absent or blank restricts nothing.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "api", into_params(parameter_in = Query))]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct LogSearch {
    /// Those of this event.
    pub event: Option<String>,
    /// Those of this hook.
    pub hook: Option<String>,
    /// `accept`, `amend`, `veto` or `failed`.
    pub status: Option<String>,
    /// Those of events that happened to this object.
    pub subject: Option<String>,
    /// Those of the event with this id.
    pub event_id: Option<String>,
    /// Those with this text in the message or the kind of the failure.
    pub text: Option<String>,
    /// Those that began then or later: a date, a time in RFC 3339, or how long ago as in `2h`.
    pub from: Option<String>,
    /// Those that began earlier.
    pub to: Option<String>,
    /// Those before the one with this number.
    pub before: Option<String>,
    /// How many at most: 50 where nothing is said, up to 500.
    pub limit: Option<String>,
}

/// Which deliveries are looked for.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "api", into_params(parameter_in = Query))]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct DeliveriesSearch {
    /// `pending`, `waiting`, `held` or `dead`; what is delivered stands in the log.
    pub state: Option<String>,
    /// Those to this hook.
    pub hook: Option<String>,
    /// Those before the one with this number.
    pub before: Option<String>,
    /// How many at most: 50 where nothing is said, up to 500.
    pub limit: Option<String>,
}

impl LogSearch {
    /// The names and values of what is looked for.
    pub(crate) fn pairs(&self) -> Vec<(&'static str, &str)> {
        let all = [
            ("event", &self.event),
            ("hook", &self.hook),
            ("status", &self.status),
            ("subject", &self.subject),
            ("event_id", &self.event_id),
            ("text", &self.text),
            ("from", &self.from),
            ("to", &self.to),
            ("before", &self.before),
            ("limit", &self.limit),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?))).collect()
    }

    /// What to look for at this time, in microseconds, or everything that is wrong with the search.
    pub(crate) fn read(&self, now: i64) -> Result<LineSearch, Vec<Problem>> {
        const WORDS: [TrailVerdict; 4] =
            [TrailVerdict::Accept, TrailVerdict::Amend, TrailVerdict::Veto, TrailVerdict::Failed];
        let mut problems = Vec::new();
        let text = |value: &Option<String>| given(value).map(str::to_owned);
        let search = LineSearch {
            event: text(&self.event),
            hook: text(&self.hook),
            verdict: word("status", &self.status, WORDS, &mut problems),
            subject: text(&self.subject),
            event_id: text(&self.event_id),
            text: given(&self.text).map(str::to_lowercase),
            from: time("from", &self.from, now, &mut problems),
            to: time("to", &self.to, now, &mut problems),
            before: number("before", &self.before, &mut problems),
            at_most: page(&self.limit, &mut problems),
        };
        if problems.is_empty() { Ok(search) } else { Err(problems) }
    }
}

impl DeliveriesSearch {
    /// The names and values of what is looked for.
    pub(crate) fn pairs(&self) -> Vec<(&'static str, &str)> {
        let all =
            [("state", &self.state), ("hook", &self.hook), ("before", &self.before), ("limit", &self.limit)];
        all.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?))).collect()
    }

    /// What to look for, or everything that is wrong with the search.
    pub(crate) fn read(&self) -> Result<DeliverySearch, Vec<Problem>> {
        const WORDS: [State; 4] = [
            State(DeliveryState::Pending),
            State(DeliveryState::Waiting),
            State(DeliveryState::Held),
            State(DeliveryState::Dead),
        ];
        let mut problems = Vec::new();
        let search = DeliverySearch {
            state: word("state", &self.state, WORDS, &mut problems).map(|State(state)| state),
            hook: given(&self.hook).map(str::to_owned),
            before: number("before", &self.before, &mut problems),
            at_most: page(&self.limit, &mut problems),
        };
        if problems.is_empty() { Ok(search) } else { Err(problems) }
    }
}

/// A state in a word.
#[derive(Debug, Clone, Copy)]
pub(crate) struct State(pub(crate) DeliveryState);

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            DeliveryState::Pending => "pending",
            DeliveryState::Delivered => "delivered",
            DeliveryState::Dead => "dead",
            DeliveryState::Waiting => "waiting",
            DeliveryState::Held => "held",
        })
    }
}

/// Why a delivery can be neither resent nor dropped.
pub(crate) fn not_dead(id: i64, state: DeliveryState) -> String {
    format!("the delivery {id} is no dead letter, it is {}", State(state))
}

/// A number of the journal.
fn number(name: &str, value: &Option<String>, problems: &mut Vec<Problem>) -> Option<i64> {
    let text = given(value)?;
    let number = text.parse().ok().filter(|number| *number >= 0);
    if number.is_none() {
        problems.push(Problem::error(Place::default(), format!("{name} = {text:?} is no number")));
    }
    number
}

pub(super) fn page(limit: &Option<String>, problems: &mut Vec<Problem>) -> usize {
    let Some(text) = given(limit) else { return PAGE };
    let fits = text.parse().ok().filter(|limit| (1..=PAGE_MAX).contains(limit));
    fits.unwrap_or_else(|| {
        let message = format!("limit = {text:?} is not between 1 and {PAGE_MAX}");
        problems.push(Problem::error(Place::default(), message));
        PAGE
    })
}

/// A time, in microseconds.
fn time(name: &str, value: &Option<String>, now: i64, problems: &mut Vec<Problem>) -> Option<i64> {
    let text = given(value)?;
    let time = moment(text, now);
    if time.is_none() {
        let problem = Problem::error(Place::default(), format!("{name} = {text:?} is no time"));
        problems.push(problem.hint("write it as in \"2h\", \"2026-01-31\" or \"2026-01-31T12:00:00Z\""));
    }
    time.map(Timestamp::as_microsecond)
}

/// A date, a moment, or how long ago.
pub(crate) fn moment(text: &str, now: i64) -> Option<Timestamp> {
    let date = || text.parse::<civil::Date>().ok()?.to_zoned(TimeZone::UTC).ok().map(|day| day.timestamp());
    let ago = || {
        let span = text.parse::<Span>().ok()?.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
        Timestamp::from_microsecond(now).ok()?.checked_sub(span).ok()
    };
    text.parse::<Timestamp>().ok().or_else(date).or_else(ago)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_dates_moments_or_how_long_ago() {
        let now = 1_769_860_800_000_000; // 2026-01-31T12:00:00Z
        let read = |text: &str| time("from", &Some(text.into()), now, &mut Vec::new());
        assert_eq!(read("2026-01-31T12:00:00Z"), Some(now));
        assert_eq!(read("2026-01-31"), Some(now - 12 * 3600 * 1_000_000));
        assert_eq!(read("2h"), Some(now - 2 * 3600 * 1_000_000));
        assert_eq!(read("1d"), Some(now - 24 * 3600 * 1_000_000));
        assert_eq!(read("yesterday"), None);
    }

    #[test]
    fn everything_that_is_wrong_with_a_search_is_said_at_once() {
        let text = |text: &str| Some(text.to_owned());
        let wrong =
            LogSearch { status: text("fail"), from: text("x"), limit: text("0"), ..Default::default() };
        let problems: Vec<_> = wrong.read(0).unwrap_err().iter().map(ToString::to_string).collect();
        assert_eq!(problems.len(), 3, "{problems:?}");
        assert_eq!(problems[0], "unknown status \"fail\", it is one of accept, amend, veto, failed");
        let blank = DeliveriesSearch { state: text(" "), ..Default::default() };
        assert_eq!(blank.read().unwrap().at_most, PAGE);
        let delivered = DeliveriesSearch { state: text("delivered"), ..Default::default() };
        assert!(delivered.read().is_err());
    }
}
