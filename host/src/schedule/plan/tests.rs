//! Slots over restarts, downtime, changed clocks and the two odd days of a year (R17, F10).

use super::*;
use crate::schedule::{Clock, Cycle, Rhythm};
use jiff::tz::TimeZone;

fn schedule(rhythm: Rhythm, zone: &str, catch_up: CatchUp) -> Schedule {
    let timezone = TimeZone::get(zone).unwrap();
    Schedule { name: "s".into(), rhythm, timezone, catch_up }
}

fn cron(text: &str, zone: &str) -> Schedule {
    schedule(Rhythm::Cron(Clock::parse(text).unwrap()), zone, CatchUp::All)
}

fn every(seconds: i64, start: Option<&str>, zone: &str) -> Schedule {
    let cycle = Cycle::new(seconds, start.map(|start| start.parse().unwrap())).unwrap();
    schedule(Rhythm::Every(cycle), zone, CatchUp::All)
}

fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

fn due(schedule: &Schedule, last: &str, now: &str) -> Vec<String> {
    let due = schedule.plan(Some(Slot(at(last))), at(now)).due;
    due.into_iter().map(|slot| schedule.local(slot.0)).collect()
}

#[test]
fn it_is_run_at_each_minute_and_not_between() {
    // R17
    for schedule in [cron("* * * * *", "UTC"), every(60, None, "UTC")] {
        let schedule = Schedule { catch_up: CatchUp::None, ..schedule };
        let (mut last, mut runs) = (schedule.plan(None, at("2026-03-01T12:00:30Z")).last, Vec::new());
        for second in 0..300 {
            let now = at("2026-03-01T12:00:30.5Z") + SignedDuration::from_secs(second);
            let plan = schedule.plan(Some(last), now);
            runs.extend(plan.due.iter().map(ToString::to_string));
            last = plan.last;
            assert_eq!(plan.next, Some(last.0 + SignedDuration::from_mins(1)));
        }
        assert_eq!(runs, (1..=5).map(|minute| format!("2026-03-01T12:0{minute}:00Z")).collect::<Vec<_>>());
    }
}

#[test]
fn a_new_schedule_has_missed_nothing() {
    let schedule = cron("0 3 * * *", "Europe/Berlin");
    let plan = schedule.plan(None, at("2026-03-01T12:00:00Z"));
    let (last, next) = (Slot(at("2026-03-01T02:00:00Z")), Some(at("2026-03-02T02:00:00Z")));
    assert_eq!(plan, Plan { due: vec![], last, next });
    assert_eq!(last.id("hook", &schedule), "hook/s/2026-03-01T02:00:00Z");
    // Nor where it is new at the very second.
    assert_eq!(schedule.plan(None, last.0).due, []);
}

#[test]
fn what_was_missed_is_made_up_for_as_it_says() {
    let hourly = |catch_up| Schedule { catch_up, ..cron("0 * * * *", "UTC") };
    let down = |catch_up, now| due(&hourly(catch_up), "2026-03-01T12:00:00Z", now);
    let slots = |hours: std::ops::RangeInclusive<u32>| -> Vec<String> {
        hours.map(|hour| format!("2026-03-01T{hour}:00:00+00:00")).collect()
    };
    assert_eq!(down(CatchUp::None, "2026-03-01T16:30:00Z"), [""; 0]);
    assert_eq!(down(CatchUp::One, "2026-03-01T16:30:00Z"), slots(16..=16));
    assert_eq!(down(CatchUp::All, "2026-03-01T16:30:00Z"), slots(13..=16));
    // A restart over the slot is no downtime.
    assert_eq!(down(CatchUp::None, "2026-03-01T16:01:00Z"), slots(16..=16));
    assert_eq!(down(CatchUp::None, "2026-03-01T16:01:01Z"), [""; 0]);
    for catch_up in CatchUp::ALL {
        assert_eq!(
            hourly(catch_up).plan(Some(Slot(at("2026-03-01T12:00:00Z"))), at("2026-03-01T16:30:00Z")).last.0,
            at("2026-03-01T16:00:00Z")
        );
    }
}

#[test]
fn so_many_are_made_up_for_and_no_more() {
    for schedule in [every(1, None, "UTC"), cron("* * * * * *", "UTC")] {
        let plan = schedule.plan(Some(Slot(at("2020-01-01T00:00:00Z"))), at("2026-03-01T00:00:00Z"));
        assert_eq!(plan.due.len(), SLOTS_MAX);
        assert_eq!(plan.due.last(), Some(&Slot(at("2026-03-01T00:00:00Z"))));
        assert_eq!(schedule.plan(Some(plan.last), at("2026-03-01T00:00:00Z")).due, []);
    }
}

#[test]
fn a_clock_set_back_runs_nothing_twice() {
    let schedule = every(900, None, "UTC");
    let mut last = Slot(at("2026-03-01T12:00:00Z"));
    let mut runs = Vec::new();
    let clock = ["12:15", "12:30", "11:31", "11:45", "12:00", "12:15", "12:30", "12:45"];
    for now in clock.map(|time| at(&format!("2026-03-01T{time}:00Z"))) {
        let plan = schedule.plan(Some(last), now);
        assert!(plan.next > Some(plan.last.0) && plan.next > Some(now));
        runs.extend(plan.due);
        last = plan.last;
    }
    let expected = ["12:15", "12:30", "12:45"].map(|time| Slot(at(&format!("2026-03-01T{time}:00Z"))));
    assert_eq!(runs, expected);
}

#[test]
fn a_clock_that_was_years_ahead_does_not_stop_it_for_years() {
    let schedule = cron("0 3 * * *", "UTC");
    let plan = schedule.plan(Some(Slot(at("2031-01-01T03:00:00Z"))), at("2026-03-01T12:00:00Z"));
    assert_eq!(plan, schedule.plan(None, at("2026-03-01T12:00:00Z")));
    assert_eq!(plan.next, Some(at("2026-03-02T03:00:00Z")));
}

#[test]
fn a_night_that_loses_an_hour_runs_once_what_it_skips() {
    // In Berlin 2026-03-29 goes from 02:00+01:00 to 03:00+02:00.
    let night = |schedule: &Schedule| due(schedule, "2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z");
    let berlin = "Europe/Berlin";
    assert_eq!(night(&cron("30 2 * * *", berlin)), ["2026-03-29T03:00:00+02:00"]);
    // What is skipped is not lost, also where other times of the night are named.
    let (skipped, whole) = (
        cron("0,30 1-3 * * *", berlin),
        ["01:00:00+01:00", "01:30:00+01:00", "03:00:00+02:00", "03:30:00+02:00"],
    );
    assert_eq!(night(&skipped), whole.map(|time| format!("2026-03-29T{time}")));
    assert_eq!(night(&every(86_400, Some("02:30"), berlin)), ["2026-03-29T03:00:00+02:00"]);
    // 23 hours, and what counts hours counts those there are.
    assert_eq!(due(&cron("0 * * * *", berlin), "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z").len(), 23);
    assert_eq!(
        due(&every(3600, Some("00:00"), berlin), "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z").len(),
        23
    );
}

#[test]
fn a_night_that_has_an_hour_twice_runs_once_what_it_repeats() {
    // In Berlin 2026-10-25 goes from 03:00+02:00 back to 02:00+01:00.
    let night = |schedule: &Schedule| due(schedule, "2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z");
    let berlin = "Europe/Berlin";
    assert_eq!(night(&cron("30 2 * * *", berlin)), ["2026-10-25T02:30:00+02:00"]);
    assert_eq!(night(&cron("30 2,20 * * *", berlin))[1..], ["2026-10-25T02:30:00+02:00"]);
    assert_eq!(night(&every(86_400, Some("02:30"), berlin)), ["2026-10-25T02:30:00+02:00"]);
    assert_eq!(due(&cron("*/30 * * * *", berlin), "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z").len(), 50);
    assert_eq!(
        due(&every(3600, Some("00:00"), berlin), "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z").len(),
        25
    );
}

#[test]
fn a_period_is_counted_from_1970_or_from_its_start() {
    // F10: frequency, and an optional start time of day.
    let daily = every(86_400, Some("23:59:59"), "Europe/Berlin");
    let days = due(&daily, "2026-03-27T23:00:00Z", "2026-03-30T23:00:00Z");
    let expected = ["28T23:59:59+01:00", "29T23:59:59+02:00", "30T23:59:59+02:00"];
    assert_eq!(days, expected.map(|day| format!("2026-03-{day}")));
    let six_hourly =
        due(&every(21_600, Some("01:30"), "UTC"), "2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z");
    assert_eq!(
        six_hourly,
        ["01:30", "07:30", "13:30", "19:30"].map(|time| format!("2026-03-01T{time}:00+00:00"))
    );
    // Seven hours divide no day: counted on and on, whoever looks and whenever.
    let seven = every(7 * 3600, None, "UTC");
    for now in ["2026-03-01T00:00:00Z", "2026-03-01T04:59:59.9Z"] {
        assert_eq!(seven.plan(None, at(now)).next, Some(at("2026-03-01T05:00:00Z")));
    }
    let weekly = every(7 * 86_400, Some("12:00"), "UTC");
    let weeks = due(&weekly, "2026-03-01T00:00:00Z", "2026-03-20T00:00:00Z");
    assert_eq!(weeks, ["05", "12", "19"].map(|day| format!("2026-03-{day}T12:00:00+00:00")));
    assert_eq!(Cycle::new(7 * 3600, Some(jiff::civil::time(1, 0, 0, 0))), None);
}

#[test]
fn looking_back_finds_what_looking_forward_found() {
    let schedules = [
        cron("*/7 1-3 * * *", "Europe/Berlin"),
        cron("15,45 2 * * SUN", "America/New_York"),
        cron("30 1 * * *", "Australia/Lord_Howe"),
        cron("0 */5 * * *", "Pacific/Chatham"),
        cron("0 12 * * *", "Pacific/Apia"),
        cron("20 * * * *", "Pacific/Apia"),
        cron("*/10 2 * * *", "Europe/Berlin"),
        cron("*/10 * * * *", "Europe/Berlin"),
        every(1_800, Some("02:15"), "Europe/Berlin"),
        every(86_400, Some("02:30"), "America/New_York"),
        every(2 * 86_400, Some("00:00"), "Africa/Cairo"),
        // It skipped the 30th of December 2011.
        every(86_400, Some("12:00"), "Pacific/Apia"),
        every(4_321, None, "UTC"),
        every(5 * 86_400, Some("04:00"), "Europe/Berlin"),
    ];
    for schedule in schedules {
        for (begin, end) in [
            ("2026-03-01T00:00:00Z", "2026-04-30T00:00:00Z"),
            ("2026-10-01T00:00:00Z", "2026-11-30T00:00:00Z"),
            ("2011-12-20T00:00:00Z", "2012-01-10T00:00:00Z"),
        ] {
            let (begin, end) = (at(begin), at(end));
            let forward: Vec<_> = successors(schedule.after(begin), |at| schedule.after(*at))
                .take_while(|at| *at <= end)
                .collect();
            let earlier = |at: &Timestamp| schedule.before(*at - SECOND);
            let mut back: Vec<_> =
                successors(schedule.before(end), earlier).take_while(|at| *at > begin).collect();
            back.reverse();
            assert_eq!(forward, back, "{schedule:?}");
            assert!(forward.is_sorted_by(|a, b| a < b) && forward.len() > 2);
            for between in forward.windows(2).map(|pair| pair[1] - SignedDuration::from_nanos(1)) {
                assert_eq!(schedule.after(between), Some(between + SignedDuration::from_nanos(1)));
            }
        }
    }
}
