//! What the service says of itself, and of what it knows.

use super::Api;
use serde_json::Value;
use std::fs;
use tenterhook_tests::Given;
use ureq::http::Method;

/// Calls `visit` with every schema, and where it stands.
fn schemas(value: &Value, path: &str, visit: &mut impl FnMut(&str, &Value)) {
    match value {
        Value::Object(members) => {
            if members.contains_key("type") && !path.ends_with("/properties") {
                visit(path, value);
            }
            members.iter().for_each(|(key, value)| schemas(value, &format!("{path}/{key}"), visit));
        }
        Value::Array(items) => items.iter().for_each(|item| schemas(item, path, visit)),
        _ => {}
    }
}

#[test]
fn the_description_is_openapi_and_says_what_every_object_holds() {
    let api = Api::start(Given::new());
    assert!(api.description["openapi"].as_str().unwrap().starts_with("3.1"));
    let mut bare = Vec::new();
    let mut seen = 0;
    schemas(&api.description, "", &mut |path, schema| {
        let is_object = match &schema["type"] {
            Value::Array(types) => types.iter().any(|one| one == "object"),
            one => one == "object",
        };
        let says = ["properties", "additionalProperties", "allOf", "oneOf"];
        if is_object {
            seen += 1;
            if !says.iter().any(|key| schema.get(key).is_some()) {
                bare.push(path.to_owned());
            }
        }
    });
    assert_eq!(bare, [""; 0]);
    assert!(seen > 10, "{seen}");
}

#[test]
fn every_operation_says_what_it_is_for_and_how_it_refuses() {
    let api = Api::start(Given::new());
    let operations = api.description["paths"].as_object().unwrap().values();
    let operations = operations.flat_map(|path| path.as_object().unwrap().values());
    for operation in operations.filter(|operation| operation.get("responses").is_some()) {
        assert!(!operation["summary"].as_str().unwrap().is_empty(), "{operation}");
        let refused = &operation["responses"]["4XX"]["content"]["application/problem+json"]["schema"];
        assert_eq!(refused["$ref"], "#/components/schemas/ProblemDocument", "{operation}");
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let api = Api::start(Given::new());
    let text = api.description.to_string();
    for reference in text.split("\"$ref\":\"#").skip(1) {
        let pointer = reference.split('"').next().unwrap();
        assert!(api.description.pointer(pointer).is_some(), "{pointer}");
    }
}

#[test]
fn the_catalogue_is_shown_whole_and_by_event() {
    let api = Api::start(Given::new());
    let reply = api.get("/v1/catalogue");
    assert_eq!(reply.is(200).json["events"].as_array().unwrap().len(), 85 + 21);
    assert_eq!(reply.json["areas"].as_array().unwrap().len(), 4);
    let kind = api.get("/v1/catalogue/cloud.pre_create");
    assert_eq!(kind.is(200).json["mode"], "ask");
    let unknown = api.get("/v1/catalogue/cloud.pre_creat").refused(404);
    assert_eq!(unknown, ["unknown event \"cloud.pre_creat\", did you mean \"cloud.pre_create\"?"]);
}

#[test]
fn a_reload_is_asked_for_and_problems_are_shown() {
    let api = Api::start(Given::new().hook("quota", "veto", ""));
    assert_eq!(api.get("/v1/problems").is(200).json["problems"], Value::Array(Vec::new()));
    fs::write(api.world.given().hooks().join("quota.toml"), "priority = 'x'\n").unwrap();
    let reply = api.send(Method::POST, "/v1/reload", &[], "");
    assert_eq!(reply.is(200).json["generation"], 2);
    assert_eq!(reply.json["problems"], 1);
    // It keeps the version it had.
    assert_eq!(api.get("/v1/roster").json["unavailable"], 0);
    let problems = api.get("/v1/problems");
    assert_eq!(problems.is(200).json["problems"][0]["line"], 1);
}

#[test]
fn numbers_and_health_are_as_described_and_every_route_is() {
    let api = Api::start(Given::new().hook("quota", "veto", ""));
    let event = r#"{"specversion":"1.0","id":"1","type":"cloud.pre_create","source":"s","option":"SERVER","data":{}}"#;
    api.post("/v1/events", event).is(200);
    assert_eq!(api.get("/v1/hooks/quota/stats").is(200).json["verdicts"]["veto"], 1);
    api.get("/v1/hooks/nobody/stats").refused(404);
    assert_eq!(api.get("/livez").is(200).json, "live\n");
    assert_eq!(api.get("/readyz").is(200).json["status"], "ready");
    assert!(api.get("/metrics").is(200).json.as_str().unwrap().contains("tenterhook_calls_total"));
    for path in ["/v1/outcomes", "/v1/session"] {
        assert!(api.description["paths"].get(path).is_some(), "{path}");
    }
    assert_eq!(api.description["components"]["securitySchemes"]["token"]["scheme"], "bearer");
}
