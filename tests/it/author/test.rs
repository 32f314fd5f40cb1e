//! `test`: cases are run, compared, written and reported.

use super::{case, event, with_guest};
use crate::command::tenterhook;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use tenterhook_tests::{Ended, Run};

fn folder_is_clean(ended: &Ended, expected: &[&str]) {
    let mut names: Vec<String> = fs::read_dir(ended.folder().join("cases"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, expected, "nothing half-made lies about");
}

#[test]
fn cases_pass_or_fail_by_the_outcome_of_the_real_hook() {
    let veto = r#"{"decision":"veto","code":"no"}"#;
    let ended = with_guest(["test", "hook.wasm"], "count")
        .file("cases/amends.json", case("1", r#"{"decision":"amend","data":1}"#))
        .file("cases/any.json", case("1", r#"{"decision":"amend"}"#))
        .file("cases/fails.json", case("\"fail\"", r#"{"decision":"veto","failed":"error"}"#))
        .file("cases/other.json", case("1", r#"{"decision":"amend","data":2}"#))
        .file("cases/wrong.json", case("1", veto))
        .ends();
    ended.exits(1).shows("ok amends").shows("ok any").shows("ok fails").shows("failed other");
    ended.shows("-   \"data\": 2").shows("+   \"data\": 1").shows("-   \"decision\": \"veto\"");
    ended.shows("2 failed of 5 cases of hook.wasm");
}

#[test]
fn an_update_writes_what_was_found_and_the_next_run_passes() {
    let given = format!(
        "{{ \"event\" : {} ,\n \"outcome\": {{\"decision\":\"accept\"}}, \"fuel_max\": 90000000 }}",
        event("1.10")
    );
    let ended = with_guest(["test", "hook.wasm", "--update"], "count")
        .file("cases/new.json", case("1", ""))
        .file("cases/stale.json", &given)
        .file("cases/fresh.json", case("1", r#"{"decision":"amend"}"#))
        .ends();
    ended
        .exits(0)
        .shows("updated new")
        .shows("updated stale")
        .shows("ok fresh")
        .shows("passed, 2 updated of 3 cases");
    let stale = fs::read_to_string(ended.folder().join("cases/stale.json")).unwrap();
    let outcome = "{\n    \"decision\": \"amend\",\n    \"data\": 1\n  }";
    assert_eq!(
        stale,
        given.replace("{\"decision\":\"accept\"}", outcome),
        "the event stays as it was written"
    );
    folder_is_clean(&ended, &["fresh.json", "new.json", "stale.json"]);
    let again = tenterhook(["test"]).args([ended.folder().join("hook.wasm")]).ends();
    again.exits(0).shows("passed of 3 cases");
}

#[test]
fn a_case_without_an_outcome_or_beyond_its_fuel_fails() {
    let greedy =
        format!("{{\"event\":{},\"outcome\":{{\"decision\":\"amend\"}},\"fuel_max\":3}}", event("1"));
    let ended = with_guest(["test", "hook.wasm", "--junit", "report.xml"], "count")
        .file("cases/new.json", case("1", ""))
        .file("cases/greedy.json", greedy)
        .file("cases/fine.json", case("1", r#"{"decision":"amend"}"#))
        .ends();
    ended.exits(1).shows("no outcome is expected yet").shows("fuel, the case allows 3");
    let report = fs::read_to_string(ended.folder().join("report.xml")).unwrap();
    assert!(report.contains("<testsuites tests=\"3\" failures=\"2\" errors=\"0\""), "{report}");
    assert!(
        report.contains("<testcase classname=\"hook\" name=\"fine\" file=\"cases/fine.json\""),
        "{report}"
    );
    assert!(report.contains("fuel, the case allows 3</failure>"), "{report}");
}

#[test]
fn no_case_sees_what_another_one_left() {
    let toml = "priority = 1\n[grants]\nkeyvalue = true\n[limits]\ndeadline = \"20s\"\n";
    let accept = r#"{"decision":"accept"}"#;
    let count = |name: &str, run: Run<'static>| run.file(&format!("cases/{name}.json"), case("1", accept));
    let run = with_guest(["test", "hook.wasm", "--update"], "tally").file("hook.toml", toml);
    let ended = count("b", count("a", run)).ends();
    let text = |name: &str| fs::read_to_string(ended.folder().join("cases").join(name)).unwrap();
    assert_eq!(text("a.json"), text("b.json"), "{ended}");
}

#[test]
fn every_bad_case_is_said_at_once_with_its_line_before_anything_runs() {
    let ended = tenterhook(["test", "."])
        .file("cases/a.json", "{\n  \"event\": {,\n}")
        .file("cases/b.json", format!("{{\n  \"event\": {},\n  \"outcom\": {{}}\n}}", event("1")))
        .file("cases/c.json", b"\xff\xfe")
        .file("cases/d.json", case("1", "{\n    \"decision\": \"refuse\"\n  }"))
        .ends();
    ended.exits(2).prints("").says("cases/a.json:2: error: not JSON: ");
    ended.says("cases/b.json:3: error: unknown key \"outcom\" in a case, did you mean \"outcome\"?");
    ended
        .says("cases/c.json: error: is not UTF-8")
        .says("cases/d.json:4: error: unknown decision \"refuse\"");
    let unknown = case("1", "").replace("cloud.pre_create", "cloud.pre_creat");
    let ended = with_guest(["test", "hook.wasm"], "veto").file("cases/a.json", unknown).ends();
    ended.exits(2).prints("").says("cases/a.json: error: ").says("did you mean \"cloud.pre_create\"?");
}

#[test]
fn where_something_is_missing_it_is_said_what_to_do() {
    tenterhook(["test"])
        .ends()
        .exits(2)
        .says("cases: error: there is no folder with cases, a case is a file");
    let none = tenterhook(["test"]).file("cases/a.json", case("1", "")).ends();
    none.exits(2).says(".: error: there is no hook: neither a project nor a component, name a project");
    let bare = with_guest(["test"], "veto").file("other.wasm", "").file("cases/a.json", case("1", "")).ends();
    bare.exits(2).says("there are several components: hook.wasm, other.wasm");
    let gone = tenterhook(["test", "gone.wasm"]).file("cases/a.json", case("1", "")).ends();
    gone.exits(2).says("gone.wasm: error: cannot be read");
    let junk = tenterhook(["test", "junk.wasm"])
        .file("junk.wasm", "junk")
        .file("cases/a.json", case("1", ""))
        .ends();
    junk.exits(2).prints("").says("junk.wasm: error: ");
    let crateless = tenterhook(["test"])
        .file("Cargo.toml", "[package]\nname = \"a\"\n[lib]\ncrate-type = [\"cdylib\"]\n")
        .file("src/lib.rs", "")
        .file("cases/a.json", case("1", ""))
        .env("PATH", "/nowhere")
        .env("CARGO", "cargo")
        .ends();
    crateless.exits(1).says("cargo is not installed or not in PATH: install Rust from https://rustup.rs");
}

#[test]
fn a_folder_that_cannot_be_written_leaves_every_case_as_it_was() {
    let run = with_guest(["test", "hook.wasm", "--update"], "count").file("cases/new.json", case("1", ""));
    let cases = run.folder().join("cases");
    // Who is root may write everywhere; then it passes, and leaves nothing else behind either.
    fs::set_permissions(&cases, fs::Permissions::from_mode(0o555)).unwrap();
    let ended = run.ends();
    fs::set_permissions(&cases, fs::Permissions::from_mode(0o755)).unwrap();
    if ended.code != Some(0) {
        ended.exits(1).says("cases/new.json cannot be written: ");
        assert_eq!(fs::read_to_string(cases.join("new.json")).unwrap(), case("1", ""));
    }
    folder_is_clean(&ended, &["new.json"]);
}
