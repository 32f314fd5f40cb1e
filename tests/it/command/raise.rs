//! What passes through `fire`: data as it was written, and nothing that steers a terminal.

use super::tenterhook;
use tenterhook_tests::{Ended, Given};

/// Numbers beyond a float, an order of keys, escapes, and keys that serde_json keeps for itself.
const DATA: &str = r#"{"z":1.10,"a":1E5,"n":123456789012345678901234567890,"h":1e400,"m":-0,"e":"\u00e9\/","o":{"b":[1.0,{}],"a":null},"$serde_json::private::Number":"1e999"}"#;

fn fire(given: &Given, data: &str, json: bool) -> Ended {
    let fire = tenterhook(["fire", "--event", "cloud.pre_payment", "--data", data]).hooks(given);
    fire.args(json.then_some("--json")).ends()
}

#[test]
fn data_that_no_hook_touched_comes_out_as_it_was_written() {
    for json in [true, false] {
        let given = Given::new().hook("echo", "echo", "");
        let fired = fire(&given, DATA, json);
        fired.exits(0).shows(DATA);
    }
    let fired = fire(&Given::new().hook("accept", "accept", ""), DATA, true);
    fired.exits(0).shows(&format!(",\"data\":{DATA},"));
}

#[test]
fn an_amended_level_keeps_the_spelling_of_the_rest() {
    let amend = Given::new().hook("amend", "amend", "[properties.patch]\nz = 2\nnew = 3\n");
    let expected = DATA.replace("1.10", "2").replace("\"1e999\"}", "\"1e999\",\"new\":3}");
    fire(&amend, DATA, true).exits(0).shows(&format!(",\"data\":{expected},"));
}

#[test]
fn data_of_several_lines_is_printed_on_one() {
    let given = Given::new().hook("echo", "echo", "");
    let data = "{\n  \"a b\": 1.50,\r\n  \"c\": [\n    2\n  ]\n}";
    let fired = fire(&given, data, true);
    assert_eq!(fired.exits(0).json_lines().len(), 1, "{fired}");
    fired.shows(r#""data":{"a b": 1.50,"c": [2]}"#);
    fire(&given, data, false).exits(0).shows("\n  data {\"a b\": 1.50,\"c\": [2]}\n");
}

/// Turns text red, retitles a terminal, overwrites the line, and turns the writing round.
const EVIL: &str = "\u{1b}[31mred\u{1b}]0;title\u{7}\r\nforged\u{9b}2J\u{202e}";

/// As a string in JSON with nothing escaped that need not be.
fn evil_json() -> String {
    let escaped = "\\u001b[31mred\\u001b]0;title\\u0007\\r\\nforged";
    format!("\"{escaped}\u{9b}2J\u{202e}\"")
}

#[track_caller]
fn harmless(ended: &Ended, lines: usize) {
    for text in [&ended.out, &ended.err] {
        let steers = |c: &char| (c.is_control() && *c != '\n') || *c == '\u{202e}';
        assert_eq!(text.chars().find(steers), None, "{text:?}");
        assert!(!text.lines().any(|line| line.starts_with("forged")), "{text:?}");
    }
    assert_eq!(ended.out.lines().count(), lines, "{ended}");
}

#[test]
fn the_data_cannot_steer_a_terminal() {
    let given = Given::new().hook("echo", "echo", "").hook("see", "see", "priority = 1");
    let data = format!("{{{0}:{0}}}", evil_json());
    let fired = fire(&given, &data, false);
    harmless(&fired, 4);
    let fired = fire(&given, &data, true);
    harmless(&fired, 1);
    assert_eq!(fired.json()["data"][EVIL], EVIL, "and yet nothing of it is lost");
}

#[test]
fn no_attribute_of_an_event_can_steer_a_terminal() {
    let given = Given::new().hook("see", "see", "");
    let evil = evil_json();
    let event = format!(
        r#"{{"specversion":"1.0","id":{evil},"type":"cloud.pre_payment","source":{evil},"subject":{evil},"note":{evil}}}"#
    );
    let fire = |event: &str, json: Option<&str>| {
        tenterhook(["fire", "-"]).args(json).hooks(&given).input(event).ends()
    };
    let fired = fire(&event, None);
    harmless(fired.exits(0), 2);
    fired.shows("\\u{1b}[31mred");
    harmless(fire(&event, Some("--json")).exits(0), 1);
    let unknown = event.replace("\"cloud.pre_payment\"", &evil);
    harmless(fire(&unknown, None).exits(2).says("unknown event"), 1);
    harmless(fire(&unknown, Some("--json")).exits(2), 1);
}

#[test]
fn what_a_hook_says_cannot_steer_a_terminal() {
    let evil = "\\u001b[31mred\\u001b]0;title\\u0007\\r\\nforged\\u009b2J\\u202e";
    let veto = format!("[properties]\ncode = \"{evil}\"\nreason = \"{evil}\"\n");
    let vetoed = fire(&Given::new().hook("veto", "veto", &veto), "{}", false);
    harmless(vetoed.exits(10), 2);
    let fail = format!("[properties]\ntext = \"{evil}\"\n");
    let failed = fire(&Given::new().hook("fail", "fail", &fail), "{}", false);
    harmless(failed.exits(10), 2);
    for (guest, toml) in [("veto", &veto), ("fail", &fail)] {
        harmless(fire(&Given::new().hook("hook", guest, toml), "{}", true).exits(10), 1);
    }
}

#[test]
fn the_name_of_a_file_cannot_steer_a_terminal() {
    let name = EVIL.replace('/', "");
    let fired = tenterhook(["fire", &name]).ends();
    harmless(fired.exits(2).says("cannot be read"), 1);
    let given = Given::new().toml("bad", &format!("name = \"{}\"\ntype = \"{0}\"\n", "\\u001b[31m\\u009b2J"));
    let checked = tenterhook(["check"]).directory(&given).ends();
    for text in [&checked.out, &checked.err] {
        assert_eq!(text.chars().find(|c| c.is_control() && *c != '\n'), None, "{text:?}");
    }
    checked.exits(2).shows("unknown type");
}
