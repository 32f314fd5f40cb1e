//! `check`: everything that is wrong with a hooks directory, at once and in its place.

use super::tenterhook;
use serde_json::json;
use tenterhook_tests::{Ended, Given};

fn check(given: &Given, args: &[&str]) -> Ended {
    tenterhook(["check"]).args(args).directory(given).ends()
}

/// A hook that names this event, with this before it.
fn hook_on(before: &str, event: &str) -> String {
    format!("{before}\nname = \"x\"\npriority = 1\n[[on]]\nevent = \"{event}\"\n")
}

#[test]
fn a_directory_without_a_flaw_is_said_to_have_none() {
    let given = Given::new().hook("one", "accept", "").hook("two", "accept", "status = \"disabled\"");
    let checked = check(&given, &[]);
    checked.exits(0).complains("").prints("no problems in 2 hooks of hooks (1 enabled)\n");
    check(&given, &["--json"]).exits(0).prints("{\"hooks\":2,\"left_out\":[],\"problems\":[]}\n");
}

#[test]
fn everything_that_is_wrong_is_said_at_once_with_file_line_value_and_hint() {
    // R7, R90, R91, R93, R94, R95, R119
    let quota = "\
name = \"Quota\"
priority = \"high\"
status = \"enbled\"
stats = 1

[[on]]
event = \"cloud.pre_creat\"

[[on]]
event = \"cloud.post_server_state_change\"
option = [\"RUNNING\", \"RUNING\", \"BANANA\"]

[limits]
fuel = 0
memory = \"lots\"
deadline = \"2h\"
";
    let given = Given::new()
        .component("quota", &tenterhook_tests::guest("accept"))
        .toml("quota", quota)
        .toml("area", &hook_on("type = \"charging.api\"", "charging.engine.pre_return_response"))
        .toml("class", &hook_on("class = \"jslee\"\ntype = \"cloud\"", "cloud.pre_auth"))
        .toml("id", &hook_on("id = \"other\"\ntype = \"cloud\"", "cloud.pre_auth"))
        .toml("syntax", "name = \nfoo\n")
        .toml("Upper", "")
        .component("bare", &tenterhook_tests::guest("accept"))
        .toml("nameless", "type = \"clod\"\nname = \" \"\n[[on]]\noption = \"SERVER\"\n");
    let checked = check(&given, &[]);
    let statuses = "BUILDING, RECOVERY, STARTING, REBOOTING, INSTALLING, RUNNING, STOPPED, ERROR, STOPPING, MIGRATING, DELETING";
    let expected = [
        "hooks/Upper.toml: error: \"Upper\" is no id for a hook, name the file with a-z, 0-9, _ and -, at most 64, no dot".to_owned(),
        "hooks/area.toml: error: the component \"area.wasm\": there is no such file".to_owned(),
        "hooks/area.toml:5: error: charging.engine.pre_return_response is of type \"charging.engine\", the hook is of type \"charging.api\", a hook binds to the events of one type".to_owned(),
        "hooks/class.toml:1: error: unknown class \"jslee\", it is one of component, javascript, http, script, notification".to_owned(),
        "hooks/id.toml: error: the component \"id.wasm\": there is no such file".to_owned(),
        "hooks/id.toml:1: error: id = \"other\" is not the file's name, \"id\", leave it out, or rename the file".to_owned(),
        "hooks/nameless.toml: error: the component \"nameless.wasm\": there is no such file".to_owned(),
        "hooks/nameless.toml:1: error: unknown type \"clod\", did you mean \"cloud\"?".to_owned(),
        "hooks/nameless.toml:2: error: \"name\" is empty".to_owned(),
        "hooks/nameless.toml:3: error: an [[on]] needs the key \"event\"".to_owned(),
        "hooks/quota.toml:2: error: \"priority\" must be an integer, not a string".to_owned(),
        "hooks/quota.toml:3: error: unknown status \"enbled\", did you mean \"enabled\"?".to_owned(),
        "hooks/quota.toml:4: error: unknown key \"stats\", did you mean \"status\"?".to_owned(),
        "hooks/quota.toml:7: error: unknown event \"cloud.pre_creat\", did you mean \"cloud.pre_create\"?".to_owned(),
        "hooks/quota.toml:11: error: \"RUNING\" is no option of cloud.post_server_state_change, did you mean \"RUNNING\"?".to_owned(),
        format!("hooks/quota.toml:11: error: \"BANANA\" is no option of cloud.post_server_state_change, it is one of {statuses}"),
        "hooks/quota.toml:14: error: limits.fuel = 0 is not between 1 and 1000000000000".to_owned(),
        "hooks/quota.toml:15: error: limits.memory = \"lots\" is no size, write it as in \"16MiB\"".to_owned(),
        "hooks/quota.toml:16: error: limits.deadline = \"2h\" is not between 1ms and 60s".to_owned(),
        "hooks/syntax.toml: error: the component \"syntax.wasm\": there is no such file".to_owned(),
        "hooks/syntax.toml:1: error: not TOML: string values must be quoted, expected literal string".to_owned(),
        "hooks/syntax.toml:1: error: \"name\" is empty".to_owned(),
        "hooks/syntax.toml:2: error: not TOML: key with no value, expected `=`".to_owned(),
        "error: the hook \"nameless\" is left out, because nobody knows its events".to_owned(),
        "error: the hook \"syntax\" is left out, because nobody knows its events".to_owned(),
        "25 errors in 7 hooks of hooks (5 enabled)".to_owned(),
    ];
    checked.exits(2).complains("");
    assert_eq!(checked.out.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn a_hook_without_a_required_key_is_refused() {
    // R91, R94, R95: a component without a manifest of its own leaves everything to the TOML.
    let bare = b"\0asm\x0d\0\x01\0";
    let given = Given::new().file("bare.wasm", bare).toml("bare", "description = \"optional\"\n");
    let checked = check(&given, &[]);
    for key in ["name", "type", "priority", "on"] {
        checked.exits(2).shows(&format!("hooks/bare.toml: error: the key \"{key}\" is missing, "));
    }
    checked.hides("\"class\"").hides("description");
}

#[test]
fn broken_components_are_refused_with_the_reason() {
    // R119
    let given = Given::new()
        .file("garbage.wasm", "no wasm")
        .file("core.wasm", b"\0asm\x01\0\0\0")
        .hook("sum", "accept", &format!("sha256 = \"{}\"", "0".repeat(64)))
        .hook("good", "accept", "");
    let checked = check(&given, &[]);
    checked.exits(2);
    for file in ["garbage", "core"] {
        checked.shows(&format!("hooks/{file}.wasm: error: "));
        checked.shows(&format!("error: the hook \"{file}\" is left out, because nobody knows its events\n"));
    }
    checked.shows("hooks/sum.wasm: error: its sha256 is ").shows(", not the one that sum.toml lists\n");
    checked.shows("in 4 hooks of hooks (2 enabled)\n").hides("good");
}

#[test]
fn a_disabled_hook_is_checked_like_any_other() {
    let given =
        Given::new().toml("off", &hook_on("status = \"disabled\"\ntype = \"cloud\"", "cloud.pre_auth"));
    check(&given, &[])
        .exits(2)
        .shows("hooks/off.toml: error: the component \"off.wasm\": there is no such file");
}

#[test]
fn a_warning_is_no_failure() {
    let toml = "on_failure = \"accept\"\n[[on]]\nevent = \"cloud.post_create\"\n";
    let checked = check(&Given::new().hook("told", "accept", toml), &[]);
    checked.exits(0).prints(
        "hooks/told.toml:1: warning: on_failure has no effect: no event of this hook is asked\n\
         1 warning in 1 hook of hooks (1 enabled)\n",
    );
}

#[test]
fn as_json_a_problem_has_severity_file_line_message_and_hint() {
    let given = Given::new().hook("quota", "accept", "status = \"enbled\"").file("lost.wasm", "x");
    let checked = check(&given, &["--json"]);
    let found = checked.exits(2).complains("").json();
    assert_eq!((&found["hooks"], &found["left_out"]), (&json!(2), &json!(["lost"])));
    let expected = json!({"severity": "error", "file": "hooks/quota.toml", "line": 1,
        "message": "unknown status \"enbled\"", "hint": "did you mean \"enabled\"?"});
    assert_eq!(found["problems"].as_array().unwrap().last(), Some(&expected), "{checked}");
}

#[test]
fn a_directory_that_is_not_there_is_a_problem_in_json_too() {
    let found = tenterhook(["check", "nowhere", "--json"]).ends();
    let problem = &found.exits(2).complains("").json()["problems"][0];
    assert_eq!(problem["file"], "nowhere");
}

#[test]
fn a_bad_catalogue_is_reported_with_the_hooks() {
    let given = Given::new().catalogue("[[area]]\nname = \"shop\"\n\n[[evnt]]\nname = \"x\"\n");
    check(&given, &[]).exits(2).shows("hooks/catalogue/own.toml:4: error: unknown key \"evnt\"");
}
