//! `dev`: builds, fires and compares, again and again, whatever is wrong in between.

use super::new::Project;
use super::tenterhook;
use crate::access::{serve, token};
use std::env;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use tenterhook_tests::{Given, Language, Live, guest, has_program, languages, toolchain};

/// Replaces a part of a file.
fn edit(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).unwrap();
    assert!(text.contains(from), "no {from:?} in {text}");
    fs::write(file, text.replacen(from, to, 1)).unwrap();
}

#[test]
fn an_edit_shows_what_it_changes_and_one_that_does_not_compile_shows_why() {
    let project = Project::of(&["cloud.pre_create"]);
    let source = project.folder().join("src/lib.rs");
    let mut dev = Live::of(project.tenterhook("dev"));
    dev.shows("pre-create-accepted  accept  fuel ");
    dev.shows("2 outcomes: as expected; fresh after ");
    dev.says("watching for changes");

    edit(&source, "cpu > max)", "cpu >= 4)");
    dev.shows("pre-create-accepted");
    dev.shows("- accept  fuel ");
    dev.shows("+ veto my-hook.cpu: at most 16 are allowed  fuel ");
    dev.shows("not as expected:");
    dev.shows("-   \"decision\": \"accept\"");
    dev.shows("2 outcomes: 1 changed, 1 not as expected; fresh after ");
    dev.says("watching for changes");

    edit(&source, "cpu >= 4)", "cpu >= \"four\")");
    dev.says("error[E0308]: mismatched types");
    dev.says("error: it did not compile, see above");
    dev.says("watching for changes");

    edit(&source, "cpu >= \"four\")", "cpu > max)");
    dev.shows("- veto my-hook.cpu");
    dev.shows("+ accept  fuel ");
    dev.shows("2 outcomes: 1 changed, as expected");
    dev.says("watching for changes");

    // A case that is no JSON is said, and the others are fired.
    let case = project.folder().join("cases/new.json");
    fs::write(&case, "{\"event\": }").unwrap();
    dev.says("cases/new.json:1: error: not JSON: ");
    dev.shows("2 outcomes: 0 changed, as expected");
    dev.says("watching for changes");
    fs::remove_file(case).unwrap();
    dev.shows("2 outcomes: 0 changed, as expected");
    assert_eq!(dev.interrupted(), Some(0), "Ctrl-C ends it cleanly");
}

/// A project that makes a component by copying one.
fn copying(component: &Path) -> String {
    format!("mkdir -p build && cp '{}' build/guard.wasm\n", component.display())
}

const TOML: &str = "priority = 1\n[[on]]\nevent = \"cloud.pre_create\"\n[limits]\ndeadline = \"20s\"\n";

fn case(outcome: &str) -> String {
    let event = super::cloudevent("1", "cloud.pre_create", "DISK");
    format!("{{\"event\": {event}{outcome}}}")
}

#[test]
fn a_project_in_any_language_is_built_by_its_own_script() {
    let dev = tenterhook(["dev", "guard", "--once"])
        .file("guard/build.sh", copying(&guest("veto")))
        .file("guard/hook.toml", TOML)
        .file("guard/cases/good.json", case(r#","outcome":{"decision":"veto","code":"no"}"#))
        .file("guard/cases/open.json", case(""))
        .ends();
    dev.exits(0).shows("  good  veto no: ").shows("2 outcomes: as expected; fresh after ");
    let test = tenterhook(["test", "--update"]).args([dev.folder().join("guard")]).ends();
    test.exits(0).shows("ok good").shows("updated open").shows("passed, 1 updated of 2 cases of ");
}

#[test]
fn what_is_not_as_expected_is_said_and_ends_with_1() {
    let failing = r#","outcome":{"decision":"amend","data":{"a":1},"failed":"trap"},"fuel_max":1"#;
    let dev = tenterhook(["dev", "guard", "--once"])
        .file("guard/build.sh", copying(&guest("veto")))
        .file("guard/hook.toml", TOML)
        .file("guard/cases/bad.json", case(failing))
        .file("guard/cases/coded.json", case(r#","outcome":{"decision":"veto","code":"a"}"#))
        .ends();
    dev.exits(1)
        .shows("-   \"decision\": \"amend\"")
        .shows("+   \"decision\": \"veto\"")
        .shows("-   \"failed\": \"trap\"")
        .shows("-     \"a\": 1");
    dev.shows("-   \"code\": \"a\"").shows("+   \"code\": \"no\"");
    dev.shows(" fuel, the case allows 1").shows("2 outcomes: 2 not as expected");
}

#[test]
fn every_case_that_is_none_is_said_with_its_place() {
    let dev = tenterhook(["dev", "guard", "--once"])
        .file("guard/build.sh", copying(&guest("accept")))
        .file("guard/hook.toml", TOML)
        .file("guard/cases/a.json", "{\n\"event\": {},\n\"outcom\": 1}")
        .file("guard/cases/b.json", "{\"event\": []}")
        .file("guard/cases/c.json", case(r#","outcome":{"decision":"perhaps"}"#))
        .file("guard/cases/d.json", b"\xff")
        .file("guard/cases/e.json", case(""))
        .file("guard/cases/f.json", case("").replace("pre_create", "pre_creat"))
        .ends();
    dev.exits(2).shows("1 outcome: as expected");
    let none = tenterhook(["dev", "guard", "--once"])
        .file("guard/build.sh", copying(&guest("accept")))
        .file("guard/hook.toml", TOML)
        .ends();
    none.exits(0).says("there are no cases: write some to guard/cases\n").shows("0 outcomes: as expected");
    for wrong in [
        "a.json:3: error: unknown key \"outcom\" in a case, did you mean \"outcome\"?",
        "b.json:1: error: \"event\" must be a JSON object",
        "c.json:1: error: unknown decision \"perhaps\"",
        "d.json: error: is not UTF-8",
        "f.json: error: unknown event \"cloud.pre_creat\", did you mean",
    ] {
        dev.says(&format!("guard/cases/{wrong}"));
    }
}

#[test]
fn a_component_that_does_not_load_is_said_with_what_to_do() {
    let dev = |script: String, toml: &str| {
        tenterhook(["dev", "guard", "--once"])
            .file("guard/build.sh", script)
            .file("guard/hook.toml", toml)
            .ends()
    };
    let world = dev("mkdir -p build && printf '\\0asm\\r\\0\\1\\0' > build/guard.wasm\n".into(), TOML);
    world.exits(2).prints("").says("guard/build/guard.wasm: error: ");
    let toml = dev(copying(&guest("accept")), "priority = 1\npriorty = 2\n");
    toml.exits(2).says("guard/hook.toml:2: error: ");
    let nothing = dev("exit 0\n".into(), TOML);
    nothing.exits(1).says("error: the build made no component: write it to guard/build/<id>.wasm\n");
    let failing = dev("echo no luck >&2; exit 3\n".into(), TOML);
    failing.exits(1).says("no luck\n").says("error: it was not built, see above; nothing was changed\n");
    let off = dev(copying(&guest("accept")), &format!("status = \"disabled\"\n{TOML}"));
    off.exits(2).says("guard/hook.toml: error: the hook does not run, its status must be enabled\n");
}

#[test]
fn without_a_project_or_its_tools_it_is_said_what_to_do() {
    let dev = tenterhook(["dev", "guard"]).ends();
    dev.exits(2).complains(
        "guard: error: there is no Cargo.toml, package.json or build.sh in it, \
         name the folder of a hook; `tenterhook new` makes one\n",
    );
    let dev = tenterhook(["dev", "guard", "--once"])
        .file("guard/package.json", "{}")
        .env("PATH", "/no/such")
        .ends();
    dev.exits(1)
        .complains("error: npm is not installed or not in PATH: install Node.js from https://nodejs.org\n");
    let dev =
        tenterhook(["dev", "guard", "--once"]).file("guard/Cargo.toml", "[package]\nname = \"guard\"\n");
    dev.env("CARGO", "cargo")
        .env("PATH", "/no/such")
        .ends()
        .exits(1)
        .complains("error: cargo is not installed or not in PATH: install Rust from https://rustup.rs\n");
    for (lang, tool) in [
        ("js", "jco is not installed here: run npm install\n"),
        ("python", "componentize-py is not installed or not in PATH: run pip install -r requirements.txt\n"),
        ("c", "no-such-cc is not installed or not in PATH: install clang, or set CC\n"),
    ] {
        let new = tenterhook(["new", "guard", "--lang", lang]).ends();
        new.exits(0);
        let mut build = Command::new("/bin/sh");
        build.arg(new.folder().join("guard/build.sh")).env("CC", "no-such-cc").env("PATH", "/usr/bin:/bin");
        let output = build.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!((output.status.code(), said.as_str()), (Some(1), tool), "{lang}");
    }
}

/// A new project is built, answers as its cases say, and says itself what it wants. Programs are in `path`.
fn works(lang: &str, path: &OsStr) {
    let events =
        ["--event", "cloud.pre_payment", "--event", "cloud.post_payment", "--event", "cloud.tax_calculation"];
    let new = tenterhook(["new", "guard", "--lang", lang]).args(events).ends();
    new.exits(0);
    let guard = new.folder().join("guard");
    // What npm would install.
    symlink(languages().join("node_modules"), guard.join("node_modules")).unwrap();
    // On a busy machine.
    let toml = fs::read_to_string(guard.join("hook.toml")).unwrap();
    let limits = if toml.contains("[limits]") { "" } else { "[limits]\ndeadline = \"200ms\"\n" };
    fs::write(guard.join("hook.toml"), format!("{toml}{limits}").replace("200ms", "20s")).unwrap();
    let cache = new.folder().join("cache");
    let run = |command: &str, on: &Path| {
        tenterhook([command]).args([on]).args(["--cache".as_ref(), cache.as_os_str()]).env("PATH", path)
    };
    let dev = run("dev", &guard).args(["--once"]).ends();
    dev.exits(0)
        .shows("  pre-payment-refused  veto guard.refused: it is one of those that are refused  fuel ")
        .shows("  tax-calculation-amended  amend {\"seen_by\":\"guard\"}  fuel ")
        .shows("4 outcomes: as expected");
    run("test", &guard).ends().exits(0).shows("passed of 4 cases of ");
    run("inspect", &guard.join("build/guard.wasm")).ends().exits(0).shows("cloud.tax_calculation");
}

#[test]
fn a_project_in_c_is_built_by_clang_and_answers() {
    if has_program("clang") {
        works("c", &env::var_os("PATH").unwrap());
    }
}

#[test]
fn a_project_in_javascript_is_built_by_jco_and_answers() {
    if let Some(path) = toolchain(Language::JavaScript) {
        works("js", &path);
    }
}

#[test]
fn a_project_in_python_is_built_by_componentize_py_and_answers() {
    if let Some(path) = toolchain(Language::Python) {
        works("python", &path);
    }
}

#[test]
fn at_a_service_the_hook_is_made_replaced_and_tried_in_a_dry_run() {
    let given = Given::new();
    let token = token(&given, &["--scope", "admin"]);
    let served = serve(&given, &[]);
    let dev = |script: String| {
        tenterhook(["dev", "guard", "--once", "--token-file", "token", "--to", served.address()])
            .file("token", &token)
            .file("guard/build.sh", script)
            .file("guard/hook.toml", TOML)
            .file("guard/cases/one.json", case(""))
            .ends()
    };
    dev(copying(&guest("veto"))).exits(0).shows("  one  veto no: ");
    dev(copying(&guest("accept"))).exits(0).shows("  one  accept  fuel ");
}

#[test]
fn where_no_service_answers_a_host_of_its_own_does() {
    let dev = tenterhook(["dev", "guard", "--once", "--to", "http://127.0.0.1:1"])
        .file("guard/build.sh", copying(&guest("veto")))
        .file("guard/hook.toml", TOML)
        .file("guard/cases/one.json", case(""))
        .ends();
    dev.exits(0)
        .says("no service answers at http://127.0.0.1:1")
        .says("trying the hook in a host of its own");
    dev.shows("  one  veto no: ");
}
