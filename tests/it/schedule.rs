//! Hooks that are run by the clock: each by its own schedules, each time once (R17, F10).

use crate::command::tenterhook;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tenterhook::view::HookView;
use tenterhook_tests::{Given, World};

const ON: &str = "on = [{ event = 'cloud.scheduled' }]\n";
/// 2026-03-01T12:00:00Z.
const NOON: u64 = 1_772_366_400;

/// Whole seconds after noon.
fn noon(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(NOON + seconds)
}

/// Lets the clock go on by whole seconds from one time after noon to another.
async fn pass(world: &World, seconds: std::ops::RangeInclusive<u64>) {
    for second in seconds {
        world.host.run_schedules(noon(second)).await;
    }
}

#[tokio::test]
async fn two_hooks_keep_their_own_schedules() {
    // R17
    let minute = format!("{ON}[[schedule]]\nname = 'm'\nevery = '1m'");
    let five = format!("{ON}[[schedule]]\nname = 'f'\ncron = '*/5 * * * *'\ntimezone = 'Europe/Berlin'");
    let given = Given::new().hook("a", "note", &minute).hook("b", "note", &five).hook("c", "note", "");
    let world = given.start().await.without_problems();
    pass(&world, 0..=310).await;
    let run = |name: &str, time: &str| {
        format!("info: scheduled {name} {{\"due\":\"2026-03-01T{time}\",\"schedule\":\"{name}\"}}")
    };
    let minutes: Vec<String> = (1..=5).map(|minute| run("m", &format!("12:0{minute}:00+00:00"))).collect();
    assert_eq!(world.log_of("a"), minutes);
    assert_eq!(world.log_of("b"), [run("f", "13:05:00+01:00")]);
    // It listens to every event of clouds, and has no schedule.
    assert_eq!(world.log_of("c"), [""; 0]);
}

#[tokio::test]
async fn it_says_when_it_is_to_be_asked_again() {
    let toml = format!("{ON}[[schedule]]\ncron = '30 3 * * *'\n[[schedule]]\nevery = '90m'");
    let world = Given::new().hook("a", "note", &toml).start().await;
    assert_eq!(world.host.run_schedules(noon(0)).await, Some(noon(90 * 60)));
    assert_eq!(world.host.run_schedules(noon(15 * 3600)).await, Some(noon(15 * 3600 + 30 * 60)));
    let idle = Given::new().hook("a", "note", "").start().await;
    assert_eq!(idle.host.run_schedules(noon(0)).await, None);
}

#[tokio::test]
async fn a_slot_is_one_event_with_its_own_name_and_time() {
    let toml = format!("{ON}tenant = 't1'\n[[schedule]]\nname = 's'\nevery = '1m'");
    let world = Given::new().hook("a", "see", &toml).start().await;
    pass(&world, 0..=60).await;
    // Again, and with a clock that was set back for an hour.
    world.host.run_schedules(noon(60)).await;
    world.host.run_schedules(noon(60) - Duration::from_secs(3_600)).await;
    pass(&world, 0..=60).await;
    let seen = "info: a/s/2026-03-01T12:01:00Z cloud.scheduled Mode::Tell 2026-03-01T12:01:00.000000Z tenterhook Some(\"s\") \
                [(\"option\", \"ANY\")] [(\"tenant\", \"t1\")] 1 {\"due\":\"2026-03-01T12:01:00+00:00\",\"schedule\":\"s\"}";
    assert_eq!(world.log_of("a"), [seen]);
}

#[tokio::test]
async fn what_was_missed_is_made_up_for_as_each_schedule_says() {
    let schedule =
        |catch_up| format!("[[schedule]]\nname = '{catch_up}'\nevery = '1h'\ncatch_up = '{catch_up}'\n");
    let toml = format!("{ON}{}{}{}", schedule("none"), schedule("one"), schedule("all"));
    let world = Given::new().hook("a", "note", &toml).start().await;
    world.host.run_schedules(noon(0)).await;
    world.host.run_schedules(noon(3 * 3_600 + 600)).await;
    let names: Vec<_> =
        world.log_of("a").iter().map(|line| line.split(' ').nth(2).unwrap().to_owned()).collect();
    assert_eq!(names, ["all", "all", "one", "all"]);
}

#[tokio::test]
async fn a_hook_that_fails_or_hangs_holds_up_no_other() {
    let minute = format!("{ON}[[schedule]]\nevery = '1m'");
    let slow = format!("{minute}\n[limits]\ndeadline = '300ms'\n[properties]\nms = 20_000");
    let given = Given::new().hook("a", "sleep", &slow).hook("b", "panic", &minute).hook("c", "note", &minute);
    let world = given.start().await;
    pass(&world, 0..=1).await;
    world.host.run_schedules(noon(60)).await;
    assert_eq!(world.log_of("c").len(), 1);
    let trail: u64 = world.roster.hooks().map(|hook| hook.stats().calls()).sum();
    assert_eq!(trail, 3);
}

#[tokio::test]
async fn a_disabled_hook_is_not_run_and_makes_up_for_nothing_later() {
    let toml = |status| {
        format!(
            "{ON}status = '{status}'\n[[schedule]]\nevery = '1m'\ncatch_up = 'all'\n[limits]\ndeadline = '20s'"
        )
    };
    let world = Given::new().hook("a", "note", &toml("enabled")).start().await;
    pass(&world, 0..=1).await;
    let set = async |status| {
        std::fs::write(world.given().hooks().join("a.toml"), toml(status)).unwrap();
        world.host.reload().await.unwrap();
    };
    set("disabled").await;
    world.host.run_schedules(noon(300)).await;
    set("enabled").await;
    pass(&world, 301..=302).await;
    assert_eq!(world.log_of("a"), [""; 0]);
    world.host.run_schedules(noon(360)).await;
    assert_eq!(world.log_of("a").len(), 1);
}

#[tokio::test]
async fn a_component_runs_by_its_own_schedules_and_remembers() {
    let given = Given::new().state().hook("a", "hourly", "grants.keyvalue = true");
    let world = given.start().await.without_problems();
    for hour in 0..=24 {
        world.host.run_schedules(noon(hour * 3_600)).await;
    }
    let log = world.log_of("a");
    assert_eq!(log.len(), 25);
    assert_eq!(log[23..], ["info: hourly: 24", "info: 0 13 * * * Europe/Berlin: 1"]);
}

#[tokio::test]
async fn the_clock_of_the_machine_runs_them_too() {
    let toml = format!("{ON}[[schedule]]\nevery = '1s'");
    let world = Given::new().hook("a", "note", &toml).start().await;
    world.host.keep_time();
    world.until_log("a", "scheduled 1s").await;
}

#[tokio::test]
async fn next_run_times_are_shown() {
    // F10
    let toml = format!(
        "{ON}[[schedule]]\ncron = '0 3 * * *'\ntimezone = 'Europe/Berlin'\ncatch_up = 'one'\n\
         [[schedule]]\nname = 'nightly'\nevery = '24h'\nstart = 23:59:59\ntimezone = 'Asia/Tokyo'"
    );
    let given = Given::new().hook("a", "note", &toml);
    let shown = tenterhook(["hooks", "show", "a"]).hooks(&given).ends();
    shown.exits(0).shows("0 3 * * * Europe/Berlin  next 20").shows("T03:00:00+0").shows("catch up one");
    shown.shows("every 24h from 23:59:59 Asia/Tokyo  next 20").shows("T23:59:59+09:00  catch up none");
    let world = given.start().await.without_problems();
    let view = serde_json::to_value(HookView::of(world.roster.hook("a").unwrap())).unwrap();
    let mut schedules = view["schedule"].as_array().unwrap().clone();
    let next: Vec<String> =
        schedules.iter_mut().map(|one| one["next"].take().as_str().unwrap().to_owned()).collect();
    assert!(next[0].ends_with("T03:00:00+01:00") || next[0].ends_with("T03:00:00+02:00"), "{next:?}");
    assert!(next[1].ends_with("T23:59:59+09:00"), "{next:?}");
    let expected = serde_json::json!([
        { "name": "0 3 * * * Europe/Berlin", "cron": "0 3 * * *", "every": null, "start": null,
          "timezone": "Europe/Berlin", "catch_up": "one", "next": null },
        { "name": "nightly", "cron": null, "every": "24h", "start": "23:59:59", "timezone": "Asia/Tokyo",
          "catch_up": "none", "next": null },
    ]);
    assert_eq!(serde_json::Value::Array(schedules), expected);
}
