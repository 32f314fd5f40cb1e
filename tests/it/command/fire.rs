//! `fire`: events however they are written, each with its outcome, in the same order.

use super::{cloudevent, guards, tenterhook};
use serde_json::{Value, json};
use tenterhook_tests::{Ended, Given};

/// What was decided on each event: `id decision`, or `refused`.
fn decisions(outcomes: &[Value]) -> Vec<String> {
    let text = |outcome: &Value, key: &str| outcome[key].as_str().unwrap_or_default().to_owned();
    let decision = |outcome: &Value| match outcome.get("problems") {
        Some(_) => "refused".to_owned(),
        None => format!("{} {}", text(outcome, "id"), text(outcome, "decision")),
    };
    outcomes.iter().map(decision).collect()
}

/// A server, a disk and another server.
fn three() -> [String; 3] {
    [("a", "SERVER"), ("b", "DISK"), ("c", "SERVER")]
        .map(|(id, option)| cloudevent(id, "cloud.pre_create", option))
}

const DECIDED: [&str; 3] = ["a accept", "b veto", "c accept"];

#[test]
fn one_event_gives_one_outcome() {
    let [server, disk, _] = three();
    let given = guards();
    let fire = |event: &str| {
        tenterhook(["fire", "event.json", "--json"]).hooks(&given).file("event.json", event).ends()
    };
    let accepted = fire(&server);
    assert_eq!(decisions(&accepted.exits(0).json_lines()), ["a accept"]);
    let pretty = serde_json::to_string_pretty(&serde_json::from_str::<Value>(&disk).unwrap()).unwrap();
    let vetoed = fire(&pretty);
    assert_eq!(decisions(&vetoed.exits(10).json_lines()), ["b veto"]);
}

#[test]
fn events_one_a_line_give_outcomes_one_a_line() {
    let lines = three().join("\n\n") + "\r\n";
    let fired = tenterhook(["fire", "in.ndjson", "--json"]).hooks(&guards()).file("in.ndjson", lines).ends();
    assert_eq!(decisions(&fired.exits(10).complains("").json_lines()), DECIDED);
}

#[test]
fn an_array_of_events_gives_an_array_of_outcomes() {
    let array = format!("\u{feff} [\n{}\n]\n", three().join(",\n"));
    let given = guards();
    let fire =
        |array: &str| tenterhook(["fire", "in.json", "--json"]).hooks(&given).file("in.json", array).ends();
    let fired = fire(&array);
    assert_eq!(decisions(fired.exits(10).complains("").json().as_array().unwrap()), DECIDED);
    let [server, ..] = three();
    let fired = fire(&format!("[{server}]"));
    assert_eq!(decisions(fired.exits(0).json().as_array().unwrap()), ["a accept"], "one is an array too");
    fire("[]").exits(0).prints("[]\n").complains("");
}

#[test]
fn an_empty_array_is_said_to_have_no_events() {
    let given = Given::new();
    tenterhook(["fire", "-"]).hooks(&given).input("[ ]").ends().exits(0).prints("").complains("no events\n");
}

#[test]
fn standard_input_is_called_minus() {
    let fired = tenterhook(["fire", "-", "--json"]).hooks(&guards()).input(three().join("\n")).ends();
    assert_eq!(decisions(&fired.exits(10).json_lines()), DECIDED);
}

#[test]
fn jerasoft_envelopes_and_cloudevents_may_be_mixed() {
    // R35: the envelope's id, object and data arrive; its source is the option's.
    let toml = "type = \"billing\"\npriority = 1\n[[on]]\nevent = \"billing.*\"\n";
    let given = guards().hook("see", "see", toml);
    let jerasoft = r#"{"event":{"dt":"2015-03-06T09:52:11Z","events_id":"clients.create","object_id":0012.0},"data":{"id":12}}"#;
    let jerasoft = jerasoft.replace("0012.0", "12.0");
    let lines = [jerasoft, cloudevent("b", "cloud.pre_create", "DISK")].join("\n");
    let fired = tenterhook(["fire", "-", "--json", "--source", "vcs"]).hooks(&given).input(lines).ends();
    let outcomes = fired.exits(10).json_lines();
    assert_eq!(outcomes[0]["event"], "billing.clients.create");
    assert_eq!(outcomes[0]["mode"], "tell");
    assert_eq!(outcomes[0]["data"], json!({"id": 12}));
    assert_eq!(outcomes[1]["id"], "b");
    let seen = "billing.clients.create Mode::Tell 2015-03-06T09:52:11Z vcs Some(\"12.0\") [] \
                [(\"objectid\", \"12.0\")] 1 {\"id\":12}\n";
    fired.says(seen);
}

#[test]
fn an_event_is_put_together_from_options() {
    let given = Given::new().hook("see", "see", "");
    let fire = |args: &[&str], input: &str| -> Ended {
        let fire = tenterhook(["fire", "--event", "cloud.pre_create", "--facet", "option=SERVER"]);
        let fire = fire.args(["--id", "x1", "--time", "2026-01-31T12:00:00Z"]).args(args).hooks(&given);
        fire.file("data.json", "{\"cpu\": 4}").input(input).ends()
    };
    let seen = |rest: &str| format!("see info: x1 cloud.pre_create Mode::Ask 2026-01-31T12:00:00Z {rest}\n");
    let facets = "[(\"option\", \"SERVER\")]";
    fire(&[], "").exits(0).complains(&seen(&format!("cli None {facets} [] 1 {{}}")));
    let whole =
        ["--subject", "web-1", "--attribute", "tenant=t1", "--attribute", "note=a=b", "--source", "desk"];
    let attributes = "[(\"note\", \"a=b\"), (\"tenant\", \"t1\")]";
    let expected = seen(&format!("desk Some(\"web-1\") {facets} {attributes} 1 {{}}"));
    fire(&whole, "").exits(0).complains(&expected);
    let data = |data: &str| seen(&format!("cli None {facets} [] 1 {data}"));
    fire(&["--data", "-1.50"], "").exits(0).complains(&data("-1.50"));
    fire(&["--data", "@data.json"], "").exits(0).complains(&data("{\"cpu\": 4}"));
    fire(&["--data", "@-"], "[1e400]").exits(0).complains(&data("[1e400]"));
}

#[test]
fn an_event_without_an_id_gets_one_of_its_own() {
    let given = Given::new();
    let id = || {
        let fired = tenterhook(["fire", "--event", "cloud.pre_payment", "--json"]).hooks(&given).ends();
        fired.exits(0).json()["id"].as_str().unwrap().to_owned()
    };
    let (one, other) = (id(), id());
    assert_eq!(one.len(), 36, "{one}");
    assert_ne!(one, other);
}

#[test]
fn what_a_hook_logs_goes_to_standard_error() {
    let given = Given::new().hook("log", "log", "");
    let fired = tenterhook(["fire", "--event", "cloud.pre_payment", "--json"]).hooks(&given).ends();
    assert_eq!(fired.exits(0).json_lines().len(), 1);
    for line in ["log trace: one", "log warn: four", "log error: five", "log info stdout: six"] {
        assert!(fired.err.lines().any(|other| other == line), "{line}\n{fired}");
    }
}

#[test]
fn what_a_hook_caused_is_said_to_be() {
    // R28
    let given = guards();
    let fire = |args: &[&str]| {
        let event = ["fire", "--event", "cloud.pre_create", "--facet", "option=DISK", "--id", "e1"];
        tenterhook(event).args(args).hooks(&given).ends()
    };
    let cause = fire(&["--json"]).exits(10).json()["cause"].as_str().unwrap().to_owned();
    let caused = format!("cause={cause}");
    let said = "caused by disks on the event e1, so that no other hook runs";
    fire(&["--attribute", &caused])
        .exits(0)
        .complains("")
        .shows("accepted")
        .shows(said)
        .hides("no hook listens");
    fire(&["--attribute", &format!("{caused}x")]).exits(2).says("the cause is none that this host signed");
}
