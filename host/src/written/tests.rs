//! TOML and JSON as one tree.

use super::*;
use std::collections::BTreeMap;

fn toml(text: &str) -> Table {
    let mut problems = Vec::new();
    let table = from_toml("t.toml", text, &mut problems);
    assert_eq!(problems, []);
    table
}

#[test]
fn every_value_knows_its_line_and_keys_keep_their_order() {
    let table = toml("z = 1\n[a]\ny = [\n  'p',\n  'q',\n]\nb = { d = 1, c = 2 }\n");
    assert_eq!(table.keys().collect::<Vec<_>>(), ["z", "a"]);
    let Value::Table(a) = &table.get("a").unwrap().value else { panic!() };
    let Value::List(y) = &a.get("y").unwrap().value else { panic!() };
    assert_eq!(y[1].place.line, Some(5));
    let Value::Table(b) = &a.get("b").unwrap().value else { panic!() };
    assert_eq!(b.keys().collect::<Vec<_>>(), ["d", "c"]);
}

#[test]
fn tables_merge_and_arrays_are_replaced() {
    let mut under = toml("on = ['a']\n[properties]\na = 1\nb = [1, 2]\n[x]\ny = 1");
    under.overlay(toml("x = 3\non = ['b', 'c']\n[properties]\nb = []\nc = 'n'"));
    assert!(under.unset("properties.a"));
    assert!(!under.unset("properties.zzz"));
    let json: BTreeMap<_, _> =
        under.0.iter().map(|(key, node)| (key.as_str(), node.json().to_string())).collect();
    assert_eq!(json["on"], r#"["b","c"]"#);
    assert_eq!(json["properties"], r#"{"b":[],"c":"n"}"#);
    assert_eq!(json["x"], "3");
}

#[test]
fn every_syntax_error_is_reported_with_its_line() {
    let mut problems = Vec::new();
    from_toml("t.toml", "a = 1\nb = \nc = 2\nd = 'x\n", &mut problems);
    let lines: Vec<_> = problems.iter().map(|problem| problem.place.line).collect();
    assert_eq!(lines, [Some(2), Some(4)], "{problems:?}");
}
