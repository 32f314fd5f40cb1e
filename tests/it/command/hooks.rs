//! `hooks`: the handler list of section 5, with its columns, order and reasons.

use super::tenterhook;
use serde_json::{Value, json};
use tenterhook_tests::{Ended, Given};

fn list(given: &Given, args: &[&str]) -> Ended {
    tenterhook(["hooks"]).args(args).hooks(given).ends()
}

/// The ids in the order in which they are listed.
fn ids(given: &Given) -> Vec<String> {
    let listed = list(given, &["--json"]);
    let hooks = listed.exits(0).json();
    hooks.as_array().unwrap().iter().map(|hook| hook["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_hook_is_shown_with_id_priority_name_event_and_handler() {
    // R66, R75: and with its status.
    let on = |events: &[&str]| {
        events.iter().map(|event| format!("[[on]]\nevent = \"{event}\"\n")).collect::<String>()
    };
    let given = Given::new()
        .hook("all", "accept", "priority = -20")
        .hook(
            "two",
            "accept",
            &(String::from("name = \"Två\"\npriority = 3\n") + &on(&["cloud.pre_auth", "cloud.post_auth"])),
        )
        .hook(
            "more",
            "veto",
            &(String::from("priority = 100\nstatus = \"disabled\"\n")
                + &on(&["cloud.pre_create", "cloud.pre_delete", "cloud.pre_server_metadata_update"])),
        )
        .toml(
            "shared",
            &(String::from("component = \"all.wasm\"\npriority = 5\n")
                + &on(&["cloud.pre_payment", "cloud.pre_payment"])),
        );
    let expected = "\
ID      PRIORITY  NAME        EVENT                                  HANDLER              STATUS
all          -20  accept all  cloud.*                                component all.wasm   enabled
two            3  Två         cloud.pre_auth, cloud.post_auth        component two.wasm   enabled
shared         5  accept all  cloud.pre_payment                      component all.wasm   enabled
more         100  refuse      cloud.pre_create, cloud.pre_delete +1  component more.wasm  disabled
";
    list(&given, &[]).exits(0).complains("").prints(expected);
}

#[test]
fn hooks_are_listed_in_the_order_in_which_they_run() {
    // R68, R83, R84: lower priority first, ties by id.
    let hook =
        |given: Given, id: &str, priority: i64| given.hook(id, "accept", &format!("priority = {priority}"));
    let wanted = [("d", 3), ("c", 1), ("a", 2), ("b", 2), ("e", -7)];
    let given = wanted.into_iter().fold(Given::new(), |given, (id, priority)| hook(given, id, priority));
    assert_eq!(ids(&given), ["e", "c", "a", "b", "d"]);
    let fired = tenterhook(["fire", "--event", "cloud.pre_payment", "--json"]).hooks(&given).ends();
    let trail = fired.exits(0).json()["trail"].clone();
    let ran: Vec<_> = trail.as_array().unwrap().iter().map(|line| line["hook"].as_str().unwrap()).collect();
    assert_eq!(ran, ["e", "c", "a", "b", "d"]);
}

#[test]
fn an_id_stays_when_everything_else_of_a_hook_changes() {
    // R67
    let given = Given::new().hook("quota", "accept", "name = \"Quota\"\npriority = 1");
    assert_eq!(ids(&given), ["quota"]);
    let toml = "name = \"Other\"\npriority = 2\nstatus = \"disabled\"\n[[on]]\nevent = \"cloud.pre_auth\"\n";
    let given = given.hook("quota", "veto", toml);
    assert_eq!(ids(&given), ["quota"]);
}

#[test]
fn as_json_a_hook_has_these_keys() {
    let toml = "name = \"Quota\"\ndescription = \"Not too many\"\npriority = 7\non_failure = \"accept\"\n\
                isolation = \"warm\"\ntenant = \"t1\"\n[[on]]\nevent = \"cloud.pre_create\"\noption = [\"SERVER\", \"DISK\"]\n\
                [[on]]\nevent = \"cloud.pre_payment\"\n";
    let given = Given::new().hook("quota", "accept", toml);
    let expected = json!([{
        "id": "quota", "priority": 7, "name": "Quota", "description": "Not too many", "type": "cloud",
        "on": [{"event": "cloud.pre_create", "option": ["SERVER", "DISK"]}, {"event": "cloud.pre_payment"}],
        "class": "component", "component": "quota.wasm", "status": "enabled", "unavailable": null,
        "on_failure": "accept", "isolation": "warm", "tenant": "t1", "properties": {},
        "caused": "skip", "ordered": null, "grants": {"keyvalue": false, "platform": [], "platform_ask": [], "environment": [], "http": [], "networks": []},
        "limits": {"fuel": 100_000_000, "memory": 16 << 20, "deadline": "20s", "output": 64 << 10, "log": 16 << 10},
        "tripped": false, "calls": 0, "dry": 0,
        "schedule": [], "source": "toml",
    }]);
    let listed = list(&given, &["--json"]);
    let mut listed = listed.exits(0).complains("").json();
    let version = listed[0].as_object_mut().and_then(|hook| hook.remove("version"));
    assert!(version.is_some_and(|version| version.as_str().is_some_and(|digits| digits.len() == 12)));
    assert_eq!(listed, expected);
}

#[test]
fn a_hook_that_cannot_run_is_shown_with_the_reason() {
    // R119: and the others go on.
    let given = Given::new().hook("good", "accept", "");
    let bad = "name = \"Bad\"\ntype = \"cloud\"\npriority = 1\n[[on]]\nevent = \"cloud.pre_auth\"\n";
    let given = given.toml("bad", bad).file("lost.wasm", "nothing");
    let listed = list(&given, &[]);
    listed.exits(0).shows(
        "\nbad          1  Bad         cloud.pre_auth  component bad.wasm   unavailable\n  \
         unavailable: the component \"bad.wasm\": there is no such file\n",
    );
    listed.shows("good         0  accept all  cloud.*         component good.wasm  enabled\n");
    listed.says("error: the hook \"lost\" is left out, because nobody knows its events\n");
    listed.says("warning: 2 errors in hooks, `tenterhook check hooks` says what to do\n");
    let hooks = list(&given, &["--json"]).json();
    assert_eq!(hooks[0]["unavailable"], Value::Null);
    assert_eq!(hooks[1]["unavailable"], "the component \"bad.wasm\": there is no such file");
    let fired = tenterhook(["fire", "--event", "cloud.pre_payment", "--json"]).hooks(&given).ends();
    assert_eq!(fired.exits(0).json()["trail"][0]["verdict"], "accept", "{fired}");
}

#[test]
fn an_empty_directory_has_no_hooks() {
    let given = Given::new();
    list(&given, &[]).exits(0).prints("").complains("no hook found; hooks has 0 hooks\n");
    list(&given, &["--json"]).exits(0).prints("[]\n").complains("");
}

#[test]
fn listing_runs_no_hook_and_remembers_none() {
    let toml = "type = \"charging.api\"\n[[on]]\nevent = \"charging.api.initialisation\"\n\
                [[on]]\nevent = \"charging.api.pre_validate\"\n";
    let given = Given::new().hook("start", "start", toml);
    for args in [&["hooks", "--hooks"][..], &["check"]] {
        let ended = tenterhook([]).args(args).directory(&given).ends();
        ended.exits(0).complains("").hides("initialisation Mode");
        assert_eq!(std::fs::read_dir(given.data()).unwrap().count(), 0, "{args:?}");
    }
    // The same hook does speak when a host starts.
    let event = [
        "fire",
        "--event",
        "charging.api.post_validate_success",
        "--facet",
        "table=Account",
        "--facet",
        "action=Get",
    ];
    let fired = tenterhook(event).hooks(&given).ends();
    fired.exits(0).says("start info: charging.api.initialisation Mode::Tell\n");
}

#[test]
fn a_hook_is_shown_with_what_it_may_reach() {
    let toml = "caused = 'run'\n[grants]\nplatform = ['createTicket', 'closeTicket']\nplatform_ask = ['getCustomer']";
    let given = Given::new().hook("a", "see", toml);
    let shown = tenterhook(["hooks", "show", "a"]).hooks(&given).ends();
    shown.exits(0).complains("").shows("caused").shows("it also runs on events that other hooks caused");
    shown.shows("platform      createTicket, closeTicket").shows("platform_ask  getCustomer");
}
