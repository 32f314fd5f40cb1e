//! The configuration: one file, variables over it, flags over these; everything wrong at once.

use tenterhook_tests::Run;

fn config(file: &str) -> Run<'static> {
    let run = Run::of(env!("CARGO_BIN_EXE_tenterhook-under-test")).args(["config"]);
    run.file("tenterhook.toml", file)
}

#[test]
fn says_what_is_in_force_and_where_each_value_was_written() {
    let run = config("grace = '3s'\n[limits]\nbudget = '1s'\nconcurrency = 8\n");
    let run = run.env("TENTERHOOK_LIMITS_BUDGET", "2s").args(["--set", "log.level=debug", "--json"]);
    let json = run.ends().exits(0).complains("").json();
    let setting = |key: &str| {
        let settings = json.as_array().unwrap();
        let setting = settings.iter().find(|setting| setting["key"] == key).unwrap();
        assert!(!setting["help"].as_str().unwrap().is_empty(), "{setting}");
        format!("{} from {}", setting["value"].as_str().unwrap(), setting["from"].as_str().unwrap())
    };
    assert_eq!(setting("listen"), "127.0.0.1:8710 from default");
    assert_eq!(setting("grace"), "3s from tenterhook.toml:1");
    assert_eq!(setting("limits.concurrency"), "8 from tenterhook.toml:4");
    assert_eq!(setting("limits.budget"), "2s from TENTERHOOK_LIMITS_BUDGET");
    assert_eq!(setting("log.level"), "debug from --set");
}

#[test]
fn reads_as_a_table_for_people() {
    let table = config("hooks = 'mine'").ends();
    table.exits(0).shows("hooks").shows("mine").shows("tenterhook.toml:1").shows("Directory of the hooks.");
}

#[test]
fn a_password_in_an_address_is_not_shown() {
    let shown = config("otlp.endpoint = 'http://me:geheim@collector:4318'").ends();
    shown.exits(0).hides("geheim").shows("http://***@collector:4318");
}

#[test]
fn everything_wrong_is_said_at_once_and_nothing_starts() {
    let wrong = "lissen = '127.0.0.1:1'\ngrace = 'soon'\n[connections]\nmax = 0\n";
    for command in ["config", "serve"] {
        let run = Run::of(env!("CARGO_BIN_EXE_tenterhook-under-test")).args([command]);
        let ended = run.file("tenterhook.toml", wrong).env("TENTERHOOK_GRACES", "1s").ends();
        ended.exits(2).says("tenterhook.toml:1: error: unknown key \"lissen\", did you mean \"listen\"?");
        ended.says("tenterhook.toml:2: error: grace = \"soon\" is no duration");
        ended.says("tenterhook.toml:4: error: connections.max = 0 is not between 1 and 100000");
        ended.says("unknown variable \"TENTERHOOK_GRACES\", did you mean \"TENTERHOOK_GRACE\"?");
    }
}

#[test]
fn a_file_that_is_named_must_be_there() {
    let named = config("").args(["--config", "other.toml"]).ends();
    named.exits(2).says("other.toml: error: cannot be read");
    config("").args(["--set", "grace"]).ends().exits(2).says("write it as in --set limits.budget=1s");
}
