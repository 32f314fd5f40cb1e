//! The `[[schedule]]`s of a hook, checked.

use super::Subscription;
use crate::catalogue::Catalogue;
use crate::problem::{Place, Problem};
use crate::schedule::{CatchUp, Clock, Cycle, Rhythm, Schedule};
use crate::written::{Node, Table, Value};
use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{Span, SpanRelativeTo};
use std::collections::HashSet;

const KEYS: [&str; 6] = ["name", "cron", "every", "start", "timezone", "catch_up"];
/// Schedules of a hook.
const SCHEDULES_MAX: usize = 16;
/// Bytes of a name.
const NAME_MAX: usize = 64;
/// How long a period may be, in seconds.
const PERIOD_MAX: i64 = 366 * 24 * 60 * 60;
const EVERY_HINT: &str = "write it as in \"15m\", \"1h30m\" or \"7d\", from 1s to 366d";

/// The schedules of a merged manifest; those with an error are left out.
pub(super) fn schedules(table: &Table, problems: &mut Vec<Problem>) -> Vec<Schedule> {
    let Some(node) = table.get("schedule") else { return Vec::new() };
    let entries = node.list("schedule", problems).unwrap_or_default();
    if entries.len() > SCHEDULES_MAX {
        let message = format!("{} schedules, at most {SCHEDULES_MAX} are allowed", entries.len());
        problems.push(Problem::error(node.place.clone(), message));
        return Vec::new();
    }
    let (mut schedules, mut names) = (Vec::new(), HashSet::new());
    for entry in entries {
        let Some(schedule) = (Reader { entry, problems }).schedule() else { continue };
        if names.insert(schedule.name.clone()) {
            schedules.push(schedule);
        } else {
            let message = format!("two schedules are called {:?}", schedule.name);
            problems.push(Problem::error(entry.place.clone(), message).hint("give one another name"));
        }
    }
    schedules
}

/// Says what is wrong with schedules of a hook that would not hear of them.
pub(super) fn heard(
    table: &Table,
    (area, on): (&str, &[Subscription]),
    catalogue: &Catalogue,
    problems: &mut Vec<Problem>,
) {
    let Some(node) = table.get("schedule") else { return };
    if !matches!(&node.value, Value::List(entries) if !entries.is_empty()) {
        return;
    }
    let mut of_area = catalogue.of_area(area);
    let problem = match of_area.find(|kind| kind.scheduled) {
        _ if on.iter().any(|on| on.kind.scheduled) || on.is_empty() => return,
        Some(kind) => {
            let message = format!("it has a schedule and does not listen to {}", kind.name);
            Problem::error(node.place.clone(), message)
                .hint(format!("add an [[on]] with event = {:?}", kind.name))
        }
        None => {
            Problem::error(node.place.clone(), format!("no event of type {area:?} is raised by a schedule"))
                .hint("a catalogue marks one with scheduled = true")
        }
    };
    problems.push(problem);
}

/// Reads one `[[schedule]]`.
struct Reader<'a> {
    entry: &'a Node,
    problems: &'a mut Vec<Problem>,
}

impl Reader<'_> {
    fn schedule(mut self) -> Option<Schedule> {
        let before = self.problems.len();
        let table = self.entry.table("schedule", self.problems)?;
        for (key, node) in table.0.iter().filter(|(key, _)| !KEYS.contains(&key.as_str())) {
            let message = format!("unknown key \"schedule.{key}\"");
            self.problems.push(Problem::error(node.place.clone(), message).did_you_mean(key, KEYS));
        }
        let name = table.get("name").and_then(|node| self.name(node));
        let timezone = table.get("timezone").map_or(Some(TimeZone::UTC), |node| self.timezone(node));
        let start = table.get("start").and_then(|node| self.start(node));
        let catch_up = table.get("catch_up").map_or(Some(CatchUp::None), |node| self.catch_up(node));
        let rhythm = self.rhythm(table, start);
        let (rhythm, text) = rhythm?;
        let schedule = Schedule {
            name: name.unwrap_or_else(|| called(&text, table)),
            rhythm,
            timezone: timezone?,
            catch_up: catch_up?,
        };
        let sound = !self.problems[before..].iter().any(Problem::is_error);
        sound.then_some(schedule)
    }

    fn error(&mut self, place: &Place, message: String, hint: &str) {
        self.problems.push(Problem::error(place.clone(), message).hint(hint));
    }

    /// By cron or by period, and the text that says so.
    fn rhythm(&mut self, table: &Table, start: Option<Time>) -> Option<(Rhythm, String)> {
        match (table.get("cron"), table.get("every")) {
            (Some(node), None) => {
                if let Some(start) = table.get("start") {
                    let hint = "it goes with every; a cron expression says its own times";
                    self.error(&start.place, "\"start\" has no effect on cron".into(), hint);
                }
                self.cron(node)
            }
            (None, Some(node)) => {
                if let (Some(zone), None) = (table.get("timezone"), table.get("start")) {
                    let message = "\"timezone\" has no effect on every without start";
                    self.problems.push(Problem::warning(zone.place.clone(), message));
                }
                self.every(node, start)
            }
            (cron, _) => {
                let has = if cron.is_some() { "both cron and every" } else { "neither cron nor every" };
                let message = format!("a schedule has {has}");
                let place = self.entry.place.clone();
                self.error(&place, message, "write cron = \"0 3 * * *\" or every = \"15m\"");
                None
            }
        }
    }

    fn cron(&mut self, node: &Node) -> Option<(Rhythm, String)> {
        let text = node.text("schedule.cron", self.problems)?;
        let fault = match Clock::parse(text) {
            Ok(clock) => return Some((Rhythm::Cron(clock), text.to_owned())),
            Err(fault) => fault,
        };
        let hint = "write it as in \"0 3 * * *\": minute, hour, day of the month, month, day of the week";
        self.error(&node.place, format!("schedule.cron = {text:?}: {fault}"), hint);
        None
    }

    fn every(&mut self, node: &Node, start: Option<Time>) -> Option<(Rhythm, String)> {
        let text = node.text("schedule.every", self.problems)?;
        let Some(seconds) = seconds(text) else {
            self.error(&node.place, format!("schedule.every = {text:?} is no period"), EVERY_HINT);
            return None;
        };
        let Some(cycle) = Cycle::new(seconds, start) else {
            let message = format!("schedule.every = {text:?} does not come round to its start");
            self.error(&node.place, message, "with a start it divides a day or is whole days");
            return None;
        };
        Some((Rhythm::Every(cycle), text.to_owned()))
    }

    fn name(&mut self, node: &Node) -> Option<String> {
        let name = node.text("schedule.name", self.problems)?;
        let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
        if name.is_empty() || name.len() > NAME_MAX || !name.chars().all(is_part) {
            let hint = "use at most 64 of a-z, 0-9, _ and -";
            self.error(&node.place, format!("{name:?} is no name for a schedule"), hint);
            return None;
        }
        Some(name.to_owned())
    }

    fn timezone(&mut self, node: &Node) -> Option<TimeZone> {
        let name = node.text("schedule.timezone", self.problems)?;
        let zone = TimeZone::get(name).ok();
        if zone.is_none() {
            let known: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
            let problem = Problem::error(node.place.clone(), format!("unknown time zone {name:?}"))
                .did_you_mean(name, known.iter().map(String::as_str));
            self.problems.push(problem.or_hint(|| "write it as in \"Europe/Berlin\"".into()));
        }
        zone
    }

    fn start(&mut self, node: &Node) -> Option<Time> {
        let (Value::Text(text) | Value::Time(text)) = &node.value else {
            node.text("schedule.start", self.problems)?;
            return None;
        };
        // Only a time, and not the time of a date.
        let time = text.parse::<Time>().ok().filter(|time| text.len() <= 8 && time.subsec_nanosecond() == 0);
        if time.is_none() {
            let hint = "write it as in \"03:00\" or \"23:59:59\"";
            self.error(&node.place, format!("schedule.start = {text:?} is no time of day"), hint);
        }
        time
    }

    fn catch_up(&mut self, node: &Node) -> Option<CatchUp> {
        let word = node.text("schedule.catch_up", self.problems)?;
        let known = CatchUp::ALL.into_iter().find(|known| known.to_string() == word);
        if known.is_none() {
            let hint = "it is one of none, one, all";
            self.error(&node.place, format!("unknown catch_up {word:?}"), hint);
        }
        known
    }
}

/// What a schedule without a name is called: what it says, so that it stays the same as long as it says so.
fn called(text: &str, table: &Table) -> String {
    let others = ["start", "timezone"].into_iter().filter_map(|key| table.get(key));
    let words = others.filter_map(|node| match &node.value {
        Value::Text(text) | Value::Time(text) => Some(text.as_str()),
        _ => None,
    });
    std::iter::once(text).chain(words).collect::<Vec<_>>().join(" ")
}

fn seconds(text: &str) -> Option<i64> {
    let span: Span = text.parse().ok()?;
    let period = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    let whole = period.subsec_nanos() == 0;
    Some(period.as_secs()).filter(|seconds| whole && (1..=PERIOD_MAX).contains(seconds))
}
