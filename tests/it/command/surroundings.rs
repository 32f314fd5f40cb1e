//! Where things are not as a command needs them: files, directories, pipes, options.

use super::{guards, tenterhook};
use std::fs::{self, File};
use std::process::Stdio;
use tenterhook_tests::{Ended, Given};

const SERVER: [&str; 5] = ["fire", "--event", "cloud.pre_create", "--facet", "option=SERVER"];
const DISK: [&str; 5] = ["fire", "--event", "cloud.pre_create", "--facet", "option=DISK"];

#[test]
fn without_a_hooks_directory_every_command_says_what_to_do() {
    for args in [&SERVER[..], &["hooks"], &["events", "--hooks", "hooks"]] {
        let ended = tenterhook([]).args(args).ends();
        ended.exits(1).prints("");
        ended.complains(
            "error: the hooks directory hooks cannot be opened: No such file or directory (os error 2); \
             make it, or name another with --hooks\n",
        );
    }
    let checked = tenterhook(["check"]).ends();
    checked.exits(2).shows("hooks: error: the hooks directory cannot be opened: No such file or directory");
}

#[test]
fn a_file_is_no_hooks_directory() {
    for args in [&SERVER[..], &["hooks"], &["check"]] {
        let ended = tenterhook([]).args(args).file("hooks", "").ends();
        assert!(matches!(ended.code, Some(1 | 2)), "{ended}");
        assert!((ended.out.clone() + &ended.err).contains("Not a directory"), "{ended}");
    }
}

#[test]
fn the_hooks_directory_is_hooks_unless_another_is_named() {
    let given = guards();
    let run = tenterhook(DISK);
    fs::create_dir(run.folder().join("hooks")).unwrap();
    for entry in fs::read_dir(given.hooks()).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, run.folder().join("hooks").join(path.file_name().unwrap())).unwrap();
    }
    run.ends().exits(10);
}

#[test]
fn what_a_host_remembers_is_where_state_says() {
    let given = guards();
    let ended = tenterhook(SERVER).hooks(&given).args(["--state", "memory"]).ends();
    ended.exits(0).complains("");
    assert!(ended.folder().join("memory/good/disks/manifest.json").is_file());
    assert_eq!(fs::read_dir(given.data()).unwrap().count(), 0, "and nowhere else");
    tenterhook(SERVER).hooks(&given).ends().exits(0);
    assert!(given.data().join("tenterhook/good/disks/manifest.json").is_file(), "by default $XDG_STATE_HOME");
}

#[test]
fn a_guard_whose_component_is_lost_keeps_vetoing_in_the_next_run() {
    // R119: its last good version runs.
    let given = guards();
    tenterhook(SERVER).hooks(&given).ends().exits(0);
    let given = given.without("disks.wasm").without("disks.toml").file("disks.wasm", "broken");
    let fired = tenterhook(DISK).hooks(&given).args(["--json"]).ends();
    assert_eq!(fired.exits(10).json()["veto"]["code"], "no", "{fired}");
    fired.says("hooks/disks.wasm: error: no component that can be loaded");
    tenterhook(SERVER).hooks(&given).ends().exits(0);
}

#[test]
fn input_that_is_no_event_is_refused_with_the_reason() {
    let given = Given::new();
    let fire = |bytes: &[u8]| tenterhook(["fire", "-"]).hooks(&given).input(bytes).ends();
    fire(b"").exits(2).prints("refused   standard input\n").complains("standard input: error: is empty\n");
    fire(b" \n\t\n").exits(2).complains("standard input: error: is empty\n");
    fire(b"{\"a\xff\":1}").exits(2).says("standard input: error: is not UTF-8: invalid utf-8");
    fire(b"hello").exits(2).says("standard input:1: error: not JSON: expected value");
    fire(b"5").exits(2).complains("standard input: error: an event is a JSON object\n");
    fire(b"{}").exits(2).says("\"specversion\" is missing");
    fire(b"{\n\"id\": }").exits(2).says("standard input:2: error: not JSON");
    let missing = tenterhook(["fire", "no-such-file"]).hooks(&given).ends();
    missing
        .exits(2)
        .complains("no-such-file: error: cannot be read: No such file or directory (os error 2)\n");
    tenterhook(["fire", "."]).hooks(&given).ends().exits(2).says(".: error: cannot be read: Is a directory");
}

#[test]
fn unusable_input_as_json_is_problems() {
    let given = Given::new();
    let fired = tenterhook(["fire", "-", "--json"]).hooks(&given).ends();
    fired.exits(2).complains("");
    let problem = r#"{"severity":"error","file":"standard input","message":"is empty"}"#;
    fired.prints(&format!("{{\"problems\":[{problem}]}}\n"));
}

#[test]
fn where_no_event_is_usable_no_hooks_directory_is_needed() {
    tenterhook(["fire", "-"]).input("hello").ends().exits(2);
}

#[test]
fn an_event_that_is_not_known_is_refused_with_the_one_that_is_meant() {
    let given = Given::new();
    for (name, meant) in [
        ("cloud.pre_creat", "cloud.pre_create"),
        ("pre_create", "cloud.pre_create"),
        ("PRE_AUTH", "cloud.pre_auth"),
    ] {
        let fired = tenterhook(["fire", "--event", name]).hooks(&given).ends();
        fired.exits(2).prints(&format!("refused   {name}\n"));
        fired.complains(&format!("error: unknown event {name:?}, did you mean {meant:?}?\n"));
    }
}

#[test]
fn options_that_contradict_each_other_are_refused() {
    let given = Given::new();
    let fire = |args: &[&str]| -> Ended {
        tenterhook(["fire"]).args(args).hooks(&given).file("event.json", "{}").ends()
    };
    fire(&[]).exits(2).says("required");
    fire(&["event.json", "--event", "cloud.pre_payment"]).exits(2).says("cannot be used with");
    let of_one_event = [
        "--facet=a=b",
        "--subject=x",
        "--data={}",
        "--attribute=a=b",
        "--id=x",
        "--time=2026-01-31T12:00:00Z",
    ];
    for option in of_one_event {
        fire(&["event.json", option]).exits(2).says("cannot be used with");
        fire(&[option]).exits(2).says("required");
    }
    let event = ["--event", "cloud.pre_create"];
    let with = |args: &[&str]| fire(&[&event[..], args].concat());
    with(&["--facet", "option"]).exits(2).says("write it as NAME=VALUE");
    let twice = with(&["--facet", "option=DISK", "--facet", "option=SERVER", "--data", "{"]);
    twice.exits(2).prints("refused   cloud.pre_create\n").says("error: the facet \"option\" is given twice");
    twice.says("--data: error: not JSON");
    with(&["--facet", "option=DISK", "--data", "@none"]).exits(2).says("none: error: cannot be read");
    with(&["--time", "now"]).exits(2).says("error: \"now\" is no time").says("needs the facet \"option\"");
}

/// A pipe that nobody reads.
fn closed_pipe() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer.into()
}

#[test]
fn a_closed_pipe_ends_a_command_quietly_with_its_true_exit_code() {
    let given = guards();
    tenterhook(DISK).hooks(&given).ends_writing_to(closed_pipe()).exits(10).complains("");
    for args in [&["events"][..], &["events", "--json"], &["completions", "bash"], &["--help"]] {
        tenterhook([]).args(args).ends_writing_to(closed_pipe()).exits(0).complains("");
    }
    tenterhook(["check"]).directory(&given).ends_writing_to(closed_pipe()).exits(0).complains("");
}

#[test]
fn a_full_disk_is_an_error() {
    let full = || File::create("/dev/full").unwrap().into();
    let ended = tenterhook(["events"]).ends_writing_to(full());
    ended.exits(1).says("error: standard output cannot be written: No space left on device");
}

#[test]
fn the_demo_needs_a_checkout_and_says_so() {
    let nowhere = tenterhook(["demo"]).ends();
    nowhere
        .exits(2)
        .prints("")
        .says("error: there is no folder \"plugins\" with the stock hooks, here or above");
    let empty = tenterhook(["demo", "--plugins", "plugins"]).file("plugins/readme", "").ends();
    empty.exits(2).prints("").complains(
        "plugins: error: there is no demo/events in it, name the plugins folder of a checkout of Tenterhook\n",
    );
}
