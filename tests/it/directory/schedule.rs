//! What may stand under `[[schedule]]`, and what is said about everything else (R17, F10).

use super::{bytes, hook, problems, saying};
use tenterhook_tests::Given;

const ON: &str = "on = [{ event = 'cloud.scheduled' }]\n";

/// What is wrong with a hook that has such a schedule.
fn about(schedule: &str) -> Vec<String> {
    let toml = format!("{ON}[[schedule]]\n{schedule}");
    problems(&Given::new().hook("a", "note", &toml))
}

#[test]
fn every_way_to_say_it_is_understood() {
    let ways = [
        "cron = '0 3 * * *'",
        "cron = '30 0 3 * * *'",
        "cron = '0 9 * * MON-FRI'\ntimezone = 'America/New_York'",
        "cron = '0 12 L * *'",
        "cron = '@daily'",
        "every = '15m'",
        "every = '1h30m'\nname = 'often'",
        "every = '7d'\nstart = '06:00'\ntimezone = 'Asia/Kolkata'",
        "every = '24h'\nstart = 23:59:59\ncatch_up = 'one'",
        "every = '1s'\ncatch_up = 'all'",
        "every = '366d'\ncatch_up = 'none'",
    ];
    for way in ways {
        assert_eq!(about(way), [""; 0], "{way}");
    }
}

#[test]
fn every_mistake_is_told_with_line_value_and_hint() {
    let period = "write it as in \"15m\", \"1h30m\" or \"7d\", from 1s to 366d";
    let fields = "write it as in \"0 3 * * *\": minute, hour, day of the month, month, day of the week";
    let rhythm = "write cron = \"0 3 * * *\" or every = \"15m\"";
    let comes_round = "does not come round to its start, with a start it divides a day or is whole days";
    let time = "write it as in \"03:00\" or \"23:59:59\"";
    let mistakes = [
        ("", format!("a.toml:2: a schedule has neither cron nor every, {rhythm}")),
        ("cron = '0 3 * * *'\nevery = '1h'", format!("a.toml:2: a schedule has both cron and every, {rhythm}")),
        ("cron = '0 3 * *'", format!("a.toml:3: schedule.cron = \"0 3 * *\": invalid pattern: pattern must have 5 or 6 fields when years are disallowed, {fields}")),
        ("cron = '61 3 * * *'", format!("a.toml:3: schedule.cron = \"61 3 * * *\": component error: number out of bounds, {fields}")),
        ("cron = '0 0 30 2 *'", format!("a.toml:3: schedule.cron = \"0 0 30 2 *\": it never comes, {fields}")),
        ("cron = 3", "a.toml:3: \"schedule.cron\" must be a string, not an integer".into()),
        ("cron = '0 3 * * *'\nstart = '03:00'", "a.toml:4: \"start\" has no effect on cron, it goes with every; a cron expression says its own times".into()),
        ("every = '0s'", format!("a.toml:3: schedule.every = \"0s\" is no period, {period}")),
        ("every = '500ms'", format!("a.toml:3: schedule.every = \"500ms\" is no period, {period}")),
        ("every = '367d'", format!("a.toml:3: schedule.every = \"367d\" is no period, {period}")),
        ("every = '1mo'", format!("a.toml:3: schedule.every = \"1mo\" is no period, {period}")),
        ("every = '7h'\nstart = '01:00'", format!("a.toml:3: schedule.every = \"7h\" {comes_round}")),
        ("every = '36h'\nstart = '01:00'", format!("a.toml:3: schedule.every = \"36h\" {comes_round}")),
        ("every = '1d'\nstart = '25:00'", format!("a.toml:4: schedule.start = \"25:00\" is no time of day, {time}")),
        ("every = '1d'\nstart = 2026-01-01T03:00:00Z", format!("a.toml:4: schedule.start = \"2026-01-01T03:00:00Z\" is no time of day, {time}")),
        ("every = '1d'\nstart = 3", "a.toml:4: \"schedule.start\" must be a string, not an integer".into()),
        ("cron = '@daily'\ntimezone = 'Europe/Berln'", "a.toml:4: unknown time zone \"Europe/Berln\", did you mean \"Europe/Berlin\"?".into()),
        ("cron = '@daily'\ntimezone = 'home'", "a.toml:4: unknown time zone \"home\", write it as in \"Europe/Berlin\"".into()),
        ("every = '1d'\ntimezone = 'UTC'", "a.toml:4: warning: \"timezone\" has no effect on every without start".into()),
        ("every = '1d'\ncatch_up = 'some'", "a.toml:4: unknown catch_up \"some\", it is one of none, one, all".into()),
        ("every = '1d'\nname = 'Every day'", "a.toml:4: \"Every day\" is no name for a schedule, use at most 64 of a-z, 0-9, _ and -".into()),
        ("every = '1d'\nevry = '1d'", "a.toml:4: unknown key \"schedule.evry\", did you mean \"every\"?".into()),
        ("every = '1d'\n[[schedule]]\nevery = '1d'", "a.toml:4: two schedules are called \"1d\", give one another name".into()),
    ];
    for (schedule, expected) in mistakes {
        assert_eq!(about(schedule), [expected], "{schedule}");
    }
    let many: String = (0..16).map(|n| format!("[[schedule]]\nevery = '{}s'\n", n + 2)).collect();
    assert_eq!(about(&format!("every = '1s'\n{many}")), ["a.toml:2: 17 schedules, at most 16 are allowed"]);
}

#[test]
fn a_schedule_needs_an_event_that_the_hook_hears() {
    let given = |type_and_on: &str| {
        problems(&Given::new().hook("a", "note", &format!("{type_and_on}\n[[schedule]]\nevery = '1h'")))
    };
    assert_eq!(given("on = [{ event = 'cloud.*' }]"), [""; 0]);
    let deaf = "a.toml:2: it has a schedule and does not listen to cloud.scheduled, add an [[on]] with event = \"cloud.scheduled\"";
    assert_eq!(given("on = [{ event = 'cloud.pre_create' }]"), [deaf]);
    let none = "a.toml:3: no event of type \"billing\" is raised by a schedule, a catalogue marks one with scheduled = true";
    assert_eq!(given("type = 'billing'\non = [{ event = 'billing.*' }]"), [none]);
}

#[test]
fn an_applications_own_area_may_have_a_scheduled_event() {
    let own = |mode: &str| {
        format!("[[area]]\nname = 'shop'\n[[event]]\nname = 'shop.tick'\nmode = '{mode}'\nscheduled = true")
    };
    let hook = "type = 'shop'\non = [{ event = 'shop.*' }]\n[[schedule]]\nevery = '1h'";
    assert_eq!(problems(&Given::new().hook("a", "note", hook).catalogue(&own("tell"))), [""; 0]);
    let asked = problems(&Given::new().catalogue(&own("ask")));
    assert_eq!(asked, ["catalogue/own.toml:3: \"shop.tick\" is raised by a clock, which can only tell"]);
}

#[test]
fn a_component_brings_its_schedule_and_its_operator_may_have_another() {
    let manifest = r#"{"manifest":1,"name":"A","type":"cloud","priority":1,"on":[{"event":"cloud.scheduled"}],
        "schedule":[{"cron":"0 3 * * *"},{"every":"1h","name":"hourly"}]}"#;
    let names = |given: &Given| -> Vec<String> {
        let roster = super::check(given);
        assert_eq!(problems(given), [""; 0]);
        hook(&roster, "a").manifest().schedule.iter().map(|schedule| schedule.name().to_owned()).collect()
    };
    let given = Given::new().file("a.wasm", saying(&bytes("note"), manifest));
    assert_eq!(names(&given), ["0 3 * * *", "hourly"]);
    assert_eq!(names(&given.toml("a", "[[schedule]]\nevery = '2h'")), ["2h"]);
    let given =
        Given::new().file("a.wasm", saying(&bytes("note"), manifest)).toml("a", "unset = ['schedule']");
    assert_eq!(names(&given), [""; 0]);
    let wrong = Given::new().file("a.wasm", saying(&bytes("note"), &manifest.replace("1h", "1 hour ago")));
    let period = "write it as in \"15m\", \"1h30m\" or \"7d\", from 1s to 366d";
    assert_eq!(
        problems(&wrong),
        [format!("a.wasm (manifest): schedule.every = \"1 hour ago\" is no period, {period}")]
    );
}
