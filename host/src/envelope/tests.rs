//! Events as text, right and wrong.

use super::*;

fn read(text: &str) -> Vec<Parsed> {
    Reader::new("in", "crm", 1000).read(text)
}

fn problems(text: &str) -> Vec<String> {
    read(text).into_iter().filter_map(Result::err).flatten().map(|p| p.to_string()).collect()
}

#[test]
fn a_jerasoft_envelope_round_trips_with_a_number_or_a_text_as_object() {
    // R35–R38
    for object in ["12", "\"77798\""] {
        let text = format!(
            r#"{{"event":{{"dt":"2022-01-24T15:44:47.216756+00:00","events_id":"clients.create","object_id":{object}}},"data":{{"id":12,"rate":1.10}}}}"#
        );
        let event = read(&text).remove(0).unwrap();
        assert_eq!(event.name, "billing.clients.create");
        assert_eq!(event.subject.as_deref(), Some(object.trim_matches('"')));
        assert_eq!(to_jerasoft(&event), text);
    }
}

#[test]
fn one_an_array_and_one_a_line_are_read_in_order() {
    let one = |id| format!(r#"{{"specversion":"1.0","id":"{id}","type":"t","source":"s","data":[{id}]}}"#);
    let ids = |text: &str| -> Vec<String> { read(text).into_iter().map(|e| e.unwrap().id).collect() };
    assert_eq!(ids(&one(1)), ["1"]);
    assert_eq!(ids(&format!("[{},{}]", one(1), one(2))), ["1", "2"]);
    assert_eq!(ids(&format!("{}\n\n{}\r\n", one(2), one(1))), ["2", "1"]);
}

#[test]
fn every_mistake_of_every_event_is_named_at_its_place() {
    assert_eq!(problems("{\n]"), ["in:2: not JSON: key must be a string at line 2 column 1"]);
    assert_eq!(
        problems(
            "{\"specversion\":\"1.0\",\"id\":1,\"data_base64\":\"\"}\n{\"event\":{\"dt\":\"x\",\"at\":1}}\n[]\n{\"a\":"
        ),
        [
            "in:1: \"id\" must be a string, not 1",
            "in:1: \"type\" is missing",
            "in:1: \"source\" is missing",
            "in:1: the data is no JSON (application/json), hooks take JSON only",
            "in:2: \"events_id\" is missing",
            "in:2: \"object_id\" is missing",
            "in:2: unknown key \"at\" in the envelope, what an event carries belongs into \"data\"",
            "in:3: an event is a JSON object",
            "in:4: not JSON: EOF while parsing a value at line 1 column 5",
        ]
    );
    let twice = r#"{"specversion":"1.0","id":"1","type":"t","source":"s","data":{"a":1,"a":2}}"#;
    assert_eq!(problems(twice), ["in: the key \"a\" stands twice in one object"]);
}

#[test]
fn an_object_that_is_no_json_is_not_written_as_such() {
    for (object, expected) in
        [("7,\"x\":1", "\"s\""), ("wallet-7", "\"s\""), ("1.50", "1.50"), ("\"7\"", "\"7\"")]
    {
        let event = Event::new("billing.clients.delete", "crm").subject("s").attribute("objectid", object);
        assert!(to_jerasoft(&event).contains(&format!("\"object_id\":{expected}}}")), "{object}");
    }
}

#[test]
fn attributes_beside_the_data_say_the_same_as_in_one_text() {
    let reader = Reader::new("request", "crm", 100);
    let attributes =
        [("specversion", "1.0"), ("id", "a\"b"), ("type", "t"), ("source", "s"), ("option", "DISK")];
    let event = reader.binary(attributes, r#"{"n":1.0}"#).unwrap();
    let text =
        r#"{"specversion":"1.0","id":"a\"b","type":"t","source":"s","option":"DISK","data":{"n":1.0}}"#;
    let whole = reader.read(text).remove(0).unwrap();
    assert_eq!(Event { time: whole.time.clone(), ..event }, whole);
    let refused = |attributes: &[(&str, &str)], body| {
        let problems = reader.binary(attributes.iter().copied(), body).unwrap_err();
        problems.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let missing =
        ["request: \"id\" is missing", "request: \"type\" is missing", "request: \"source\" is missing"];
    assert_eq!(refused(&attributes[..1], ""), missing);
    let twice = refused(&[attributes[0], attributes[0]], "");
    assert_eq!(twice, ["request: the key \"specversion\" stands twice in one object"]);
    assert!(refused(&attributes, "1,\"id\":2")[0].starts_with("request: data: not JSON"));
}
