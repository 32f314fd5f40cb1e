//! How cases are read, compared and rewritten; running them is tested through the command line.

use super::expected::{Decision, Expected};
use super::text::{canonical, pretty};
use super::written::Written;
use super::*;

const EVENT: &str =
    r#"{"specversion":"1.0","id":"1","type":"cloud.pre_create","source":"t","data":{"a":1.10}}"#;

fn case(text: &str) -> Result<Case, Vec<String>> {
    let mut written = Written { file: "cases/a.json".into(), text, problems: Vec::new() };
    match (written.read(), written.problems) {
        (Some((event, expected, fuel_max)), problems) if problems.is_empty() => {
            let (file, name, text) = ("cases/a.json".into(), "a".into(), text.to_owned());
            Ok(Case { file, name, event, expected, fuel_max, text })
        }
        (_, problems) => Err(problems.iter().map(ToString::to_string).collect()),
    }
}

fn found(decision: Decision, data: Option<&str>) -> Expected {
    Expected { decision, data: data.map(str::to_owned), code: None, reason: None, failed: None }
}

#[test]
fn everything_that_is_wrong_is_said_with_its_line() {
    let text = "{\n \"event\": [],\n \"outcom\": 1,\n \"outcome\": {\n  \"decision\": \"refuse\",\n  \"failed\": \"bored\"},\n \"fuel_max\": -1\n}";
    let Err(problems) = case(text) else { panic!("it is wrong") };
    let starts = [
        "cases/a.json:3: unknown key \"outcom\"",
        "cases/a.json:2: \"event\" must be",
        "cases/a.json:5: unknown decision \"refuse\"",
        "cases/a.json:6: unknown failure \"bored\"",
        "cases/a.json:7: \"fuel_max\" must be a whole number above 0, not -1",
    ];
    assert_eq!(problems.len(), starts.len(), "{problems:#?}");
    for (problem, start) in problems.iter().zip(starts) {
        assert!(problem.starts_with(start), "{problem}");
    }
    let wrong = |text: &str| case(text).err().map(|problems| problems.join("\n")).unwrap_or_default();
    assert!(wrong("{\n\"event\" 1}").starts_with("cases/a.json:2: not JSON"));
    assert!(wrong("[1]").starts_with("cases/a.json:1: a case is a JSON object"));
    assert!(
        wrong("{\"event\":1,\n\"event\":2}").starts_with("cases/a.json:2: the key \"event\" stands twice")
    );
    assert!(wrong("{}").starts_with("cases/a.json:1: \"event\" is missing"));
    let accepts =
        |rest: &str| wrong(&format!("{{\"event\":{EVENT},\"outcome\":{{\"decision\":\"accept\",{rest}}}}}"));
    assert!(accepts("\"data\":{}").contains("\"data\" goes with amend, and the decision is accept"));
}

#[test]
fn an_update_changes_the_outcome_and_nothing_else() {
    let text =
        format!("{{ \"event\":{EVENT},\n\t\"outcome\" : {{\"decision\":\"accept\"}} , \"fuel_max\":7 }}\n");
    let case = |text: &str| super::tests::case(text).unwrap_or_else(|problems| panic!("{problems:?}"));
    let updated = case(&text).updated(&found(Decision::Amend, Some("{\"a\":1.10,\"b\":[]}")));
    let outcome =
        "{\n    \"decision\": \"amend\",\n    \"data\": {\n      \"a\": 1.10,\n      \"b\": []\n    }\n  }";
    assert_eq!(updated, format!("{{ \"event\":{EVENT},\n\t\"outcome\" : {outcome} , \"fuel_max\":7 }}\n"));
    assert_eq!(case(&updated).expected.map(|expected| expected.decision), Some(Decision::Amend));
    let first = case(&format!("{{\n  \"event\": {EVENT}\n}}\n")).updated(&found(Decision::Accept, None));
    assert_eq!(
        first,
        format!("{{\n  \"event\": {EVENT},\n  \"outcome\": {{\n    \"decision\": \"accept\"\n  }}\n}}\n")
    );
}

#[test]
fn data_is_compared_by_value_and_numbers_as_they_are_written() {
    let differs =
        |a: &str, b: &str| !found(Decision::Amend, Some(a)).diff(&found(Decision::Amend, Some(b))).is_empty();
    assert!(!differs("{\"a\":1,\"b\":\"\\u00e9\"}", "{ \"b\" : \"é\", \"a\":1}"));
    assert!(differs("{\"a\":1.10}", "{\"a\":1.1}"));
    assert!(differs("[1,2]", "[2,1]"));
    let any = found(Decision::Amend, None);
    assert_eq!(any.diff(&found(Decision::Amend, Some("{}"))), [], "it says nothing of the data");
    assert_ne!(any.diff(&found(Decision::Accept, None)), []);
    let pretty = pretty("{\"a\":[1 , {\"b\\\"\":\"x: {y},\"}],\"c\":{ }}");
    assert_eq!(
        pretty,
        "{\n  \"a\": [\n    1,\n    {\n      \"b\\\"\": \"x: {y},\"\n    }\n  ],\n  \"c\": {}\n}"
    );
    assert_eq!(canonical(&pretty), "{\"a\":[1,{\"b\\\"\":\"x: {y},\"}],\"c\":{}}");
}
