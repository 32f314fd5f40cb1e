//! `bench`: what a hook costs, and where its fuel goes.

use super::{case, with_guest};
use crate::command::tenterhook;
use std::fs;
use tenterhook_tests::guest;

const DATA: &str = r#"{"list":[1,2,3,{"a":"b"}],"text":"some of it"}"#;

#[test]
fn a_run_has_time_fuel_and_memory_of_every_case_and_is_compared_with_the_last_one() {
    let run = with_guest(["bench", "hook.wasm", "--runs", "5", "--json", "--cache", "kept"], "parse");
    let first = run.file("cases/small.json", case("1", "")).file("cases/tree.json", case(DATA, "")).ends();
    let numbers = first.exits(0).json();
    let small = &numbers["cases"]["small"];
    assert_eq!((small["calls"].as_u64(), small["failed"].as_u64()), (Some(5), Some(0)), "{first}");
    assert!(small["fuel"].as_u64() > Some(100) && small["memory_bytes"].as_u64() > Some(60_000), "{first}");
    assert!(numbers["cases"]["tree"]["fuel"].as_u64() > small["fuel"].as_u64(), "{first}");
    assert!(numbers["last"].is_null() && numbers["against"].is_null());
    let folder = first.folder();
    let again = |args: &[&str]| {
        let run = tenterhook(["bench"]).args([folder.join("hook.wasm")]).args(["--runs", "5", "--cache"]);
        run.args([folder.join("kept")]).args(args).ends()
    };
    let other = guest("accept").display().to_string();
    let second = again(&["--json", "--against", &other]).exits(0).json();
    assert_eq!(second["last"]["cases"], numbers["cases"]);
    let fuel = |of: &serde_json::Value| of["cases"]["tree"]["fuel"].as_u64();
    assert_eq!(fuel(&second), fuel(&numbers), "fuel is the same every time");
    assert!(fuel(&second["against"]) < fuel(&second));
    let shown = again(&["--against", &other]);
    shown.exits(0).shows("MEDIAN").shows("AGAINST").shows("1.00 x").shows("2 cases of");
}

#[test]
fn the_flame_graph_has_all_of_the_fuel_and_is_the_same_every_time() {
    let draw = || {
        let run = with_guest(["bench", "hook.wasm", "--flame", "fuel.svg", "--json"], "parse");
        run.file("cases/tree.json", case(DATA, "")).file("cases/small.json", case("1", "")).ends()
    };
    let (first, second) = (draw(), draw());
    let numbers = first.exits(0).json();
    let number = |key: &str| numbers[key].as_u64().unwrap() as f64;
    assert!(number("fuel") > 1000.0, "{first}");
    assert!((number("accounted") - number("fuel")).abs() <= number("fuel") / 100.0, "{first}");
    assert!(numbers["stacks"].as_object().unwrap().len() > 5, "{first}");
    assert_eq!(numbers, second.json());
    let svg = |ended: &tenterhook_tests::Ended| fs::read_to_string(ended.folder().join("fuel.svg")).unwrap();
    assert!(svg(&first).contains("<svg") && svg(&first).contains("Fuel of hook"));
    assert_eq!(svg(&first), svg(&second));
}

#[test]
fn what_a_hook_uses_is_what_its_trail_says() {
    let run = with_guest(["bench", "hook.wasm", "--flame", "fuel.svg", "--json"], "parse");
    let drawn = run.file("cases/tree.json", case(DATA, "")).ends();
    let measured =
        tenterhook(["bench", "--runs", "1", "--json"]).args([drawn.folder().join("hook.wasm")]).ends();
    let (drawn, measured) = (drawn.json(), measured.json());
    assert_eq!(drawn["fuel"], measured["cases"]["tree"]["fuel"]);
}

#[test]
fn a_graph_of_nothing_or_in_no_folder_is_refused() {
    let told = case("1", "").replace("cloud.pre_create", "cloud.post_create");
    let run =
        with_guest(["bench", "hook.wasm", "--flame", "fuel.svg"], "by-event").file("cases/a.json", told);
    let toml = "priority = 1\n[[on]]\nevent = \"cloud.pre_create\"\n[limits]\ndeadline = \"20s\"\n";
    let ended = run.file("hook.toml", toml).ends();
    ended.exits(2).prints("").says("no case has the hook spend any fuel");
    let run = with_guest(["bench", "hook.wasm", "--flame", "no/fuel.svg"], "accept")
        .file("cases/a.json", case("1", ""));
    run.ends().exits(1).prints("").says("no/fuel.svg cannot be written");
}
