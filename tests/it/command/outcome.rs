//! What `fire` prints: the outcome as JSON for programs, as a story for people.

use super::{cloudevent, guards, tenterhook};
use tenterhook_tests::{Ended, Given, Run};

/// Hooks of which the first amends, and the second vetoes where the option is DISK.
fn given() -> Given {
    let amend =
        "name = \"Tax\"\npriority = 0\n[[on]]\nevent = \"cloud.pre_create\"\n[properties.patch]\nz = 1\n";
    guards().hook("tax", "amend", amend)
}

fn fire<'given>(given: &'given Given, events: &[String]) -> Run<'given> {
    tenterhook(["fire", "-"]).hooks(given).input(events.join("\n"))
}

fn server() -> String {
    cloudevent("a", "cloud.pre_create", "SERVER")
}

fn disk() -> String {
    cloudevent("b", "cloud.pre_create", "DISK")
}

/// The text with the values of these keys taken out, where they are numbers above 0 or texts.
fn masked(json: &str) -> String {
    let mut masked = json.to_owned();
    for key in ["fuel", "memory_bytes", "micros", "version", "cause"] {
        let key = format!("\"{key}\":");
        let mut from = 0;
        while let Some(at) = masked[from..].find(&key) {
            let start = from + at + key.len();
            let length = masked[start..].find([',', '}']).expect("a value ends");
            let value = &masked[start..start + length];
            let new = if value == "0" || value == "null" { value.to_owned() } else { "*".to_owned() };
            masked.replace_range(start..start + length, &new);
            from = start + new.len();
        }
    }
    masked
}

/// The lines with two spaces between columns and what is measured taken out.
fn measured(text: &str) -> Vec<String> {
    let mask = |cell: &str| {
        let is_version = cell.len() == 12 && cell.bytes().all(|b| b.is_ascii_hexdigit());
        let unit = cell.rsplit_once(' ').filter(|(number, _)| number.parse::<f64>().is_ok());
        match (is_version, unit, cell.strip_prefix("fuel ")) {
            (true, ..) => "VERSION".to_owned(),
            (_, Some((_, "MiB")), _) => "MEMORY".to_owned(),
            (_, Some((_, "µs" | "ms" | "s")), _) => "TIME".to_owned(),
            (.., Some(_)) => "FUEL".to_owned(),
            _ => cell.trim_start().to_owned(),
        }
    };
    let cells = |line: &str| {
        line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).map(mask).collect::<Vec<_>>()
    };
    text.lines().map(|line| cells(line).join(" | ")).collect()
}

#[test]
fn as_json_an_outcome_has_these_keys_in_this_order() {
    let events = [server(), disk(), cloudevent("c", "cloud.post_create", "DISK")];
    let fired = fire(&given(), &events).args(["--json"]).ends();
    let used = r#""fuel":*,"memory_bytes":*,"micros":*"#;
    let expected = [
        format!(
            r#"{{"id":"a","event":"cloud.pre_create","mode":"ask","decision":"accept","data":{{"name":"a","z":1}},"amended":true,"roster":1,"trail":[{{"hook":"tax","version":*,"verdict":"amend","failure":null,"message":null,{used}}}]}}"#
        ),
        format!(
            r#"{{"id":"b","event":"cloud.pre_create","mode":"ask","decision":"veto","veto":{{"hook":"disks","code":"no","reason":"not today"}},"amended":false,"roster":1,"trail":[{{"hook":"tax","version":*,"verdict":"amend","failure":null,"message":null,{used}}},{{"hook":"disks","version":*,"verdict":"veto","failure":null,"message":"not today",{used}}}],"cause":*}}"#
        ),
        format!(
            r#"{{"id":"c","event":"cloud.post_create","mode":"tell","decision":"accept","data":{{"name":"c"}},"amended":false,"roster":1,"trail":[{{"hook":"failing","version":*,"verdict":"failed","failure":"error","message":"no luck",{used}}}],"cause":*}}"#
        ),
    ];
    assert_eq!(masked(&fired.out).lines().collect::<Vec<_>>(), expected, "{fired}");
}

#[test]
fn a_hook_after_a_veto_is_skipped_and_has_used_nothing() {
    let given = given().hook("last", "accept", "priority = 9");
    let fired = fire(&given, &[disk()]).args(["--json"]).ends();
    let trail = &fired.exits(10).json()["trail"];
    let skipped = serde_json::json!({"hook": "last", "version": trail[2]["version"], "verdict": "skipped",
        "failure": null, "message": null, "fuel": 0, "memory_bytes": 0, "micros": 0});
    assert_eq!(trail[2], skipped);
    assert!(trail[1]["fuel"].as_u64() > Some(0) && trail[1]["memory_bytes"].as_u64() > Some(0), "{trail}");
}

#[test]
fn a_doubt_about_an_event_is_in_its_outcome() {
    let old = r#"{"event":{"dt":"2015-03-06T09:52:11Z","events_id":"clients.alance_notzero","object_id":1},"data":{}}"#;
    let fired = fire(&given(), &[old.to_owned()]).args(["--json"]).ends();
    let warnings = &fired.exits(0).json()["warnings"];
    let message = "\"billing.clients.alance_notzero\" is called \"billing.clients.balance_notzero\"";
    assert_eq!(warnings[0]["message"], message);
    fired.complains(&format!("standard input: warning: {message}\n"));
}

#[test]
fn for_people_an_outcome_is_a_story() {
    let events = [server(), disk(), cloudevent("c", "cloud.post_create", "DISK"), other()];
    let fired = fire(&given().hook("last", "accept", "priority = 9"), &events).ends();
    fired.exits(1).complains("");
    let expected = [
        "amended | cloud.pre_create | vdc-7",
        "tax | VERSION | amend | FUEL | MEMORY | TIME",
        "last | VERSION | accept | FUEL | MEMORY | TIME",
        "data {\"name\":\"a\",\"z\":1}",
        "vetoed | cloud.pre_create | vdc-7 | by disks: not today (no)",
        "tax | VERSION | amend | FUEL | MEMORY | TIME",
        "disks | VERSION | veto | FUEL | MEMORY | TIME | not today",
        "last | VERSION | skipped",
        "told | cloud.post_create | vdc-7",
        "failing | VERSION | failed: error | FUEL | MEMORY | TIME | no luck",
        "last | VERSION | accept | FUEL | MEMORY | TIME",
        "accepted | billing.before.clients.create | no hook listens",
    ];
    assert_eq!(measured(&fired.out), expected, "{fired}");
}

/// An event to which no hook of [`given`] listens.
fn other() -> String {
    r#"{"specversion":"1.0","id":"d","type":"billing.before.clients.create","source":"x"}"#.to_owned()
}

#[test]
fn columns_line_up() {
    let fired = fire(&given().hook("a-longer-name", "accept", "priority = 9"), &[disk()]).ends();
    let verdict = |word: &str| fired.out.lines().skip(1).find_map(|line| line.find(&format!("  {word}  ")));
    assert!(verdict("amend").is_some() && verdict("amend") == verdict("veto"), "{fired}");
}

fn coloured(ended: &Ended) -> (bool, bool) {
    (ended.out.contains('\u{1b}'), ended.err.contains('\u{1b}'))
}

#[test]
fn colours_are_for_terminals_and_for_who_wants_them() {
    let given = given().hook("log", "log", "priority = -1");
    let with = |variables: &[(&str, &str)]| {
        let fire = fire(&given, &[disk()]);
        variables.iter().fold(fire, |fire, (name, value)| fire.env(name, value)).ends()
    };
    assert_eq!(coloured(with(&[]).exits(10)), (false, false), "a pipe is no terminal");
    let forced = with(&[("CLICOLOR_FORCE", "1")]);
    assert_eq!(coloured(forced.exits(10)), (true, true));
    forced.shows("\u{1b}[1m\u{1b}[31mvetoed");
    let refused = with(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]);
    assert_eq!(coloured(refused.exits(10)), (false, false), "NO_COLOR has the last word");
}

#[test]
fn json_has_no_colours_even_where_they_are_forced() {
    let fired = fire(&given(), &[disk()]).args(["--json"]).env("CLICOLOR_FORCE", "1").ends();
    assert_eq!(coloured(fired.exits(10)), (false, false));
}
