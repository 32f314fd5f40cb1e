//! Secrets through the API: written as references, shown as references, and read again on demand.

use super::Api;
use serde_json::{Value, json};
use std::fs;
use tenterhook_tests::Given;
use ureq::http::Method;

const TOML: &str = "priority = 1\ntype = 'cloud'\non = [{ event = 'cloud.pre_create' }]\n[properties]\nkey = 'open' # ours\n";

fn data(api: &Api) -> Value {
    let event = json!({
        "specversion": "1.0", "id": "1", "type": "cloud.pre_create", "source": "shop", "option": "SERVER", "data": {},
    });
    api.post("/v1/events", &event.to_string()).is(200).json["data"].clone()
}

fn change(api: &Api, method: Method, change: &Value) -> super::Reply {
    let headers = [("content-type", "application/json"), ("if-match", "*")];
    api.send(method, "/v1/hooks/a", &headers, change.to_string())
}

fn toml(api: &Api) -> String {
    fs::read_to_string(api.world.given().hooks().join("a.toml")).unwrap()
}

#[test]
fn a_patch_and_a_whole_manifest_may_refer_to_a_secret_and_keep_it() {
    let api = Api::start(Given::new().hook("a", "properties", TOML).secret("crm-token", "geheim"));
    assert_eq!(data(&api), json!([["key", "open"]]));
    let patched = change(&api, Method::PATCH, &json!({ "properties": { "key": { "secret": "crm-token" } } }));
    assert_eq!(patched.is(200).json["properties"]["key"], r#"{"secret":"crm-token"}"#);
    assert!(toml(&api).contains("key = { secret = \"crm-token\" } # ours"), "{}", toml(&api));
    assert_eq!(data(&api), json!([["key", "geheim"]]));
    change(&api, Method::PATCH, &json!({ "priority": 2 })).is(200);
    assert_eq!(data(&api), json!([["key", "geheim"]]));
    let whole = json!({
        "priority": 3, "type": "cloud", "name": "A", "on": [{ "event": "cloud.pre_create" }],
        "limits": { "deadline": "20s" }, "properties": { "key": { "secret": "crm-token" } },
    });
    let replaced = change(&api, Method::PUT, &whole);
    assert_eq!(replaced.is(200).json["properties"]["key"], r#"{"secret":"crm-token"}"#);
    assert!(toml(&api).contains("key = { secret = \"crm-token\" } # ours"), "{}", toml(&api));
    assert_eq!(data(&api), json!([["key", "geheim"]]));
    change(&api, Method::PATCH, &json!({ "properties": { "key": "open" } })).is(200);
    assert_eq!(data(&api), json!([["key", "open"]]));
}

#[test]
fn a_reference_to_nothing_is_refused_unless_the_hook_is_at_rest() {
    let api = Api::start(Given::new().hook("a", "properties", TOML));
    let before = toml(&api);
    let refer = |name: &str| json!({ "properties": { "key": { "secret": name } } });
    let refused = change(&api, Method::PATCH, &refer("crm-token")).refused(400);
    assert!(
        refused[0].starts_with("the property \"key\": the secret \"crm-token\" is not set"),
        "{refused:?}"
    );
    let refused = change(&api, Method::PATCH, &refer("../x")).refused(400);
    assert!(refused[0].contains("refers to no secret"), "{refused:?}");
    assert_eq!(toml(&api), before);
    change(&api, Method::PATCH, &json!({ "status": "disabled" })).is(200);
    change(&api, Method::PATCH, &refer("crm-token")).is(200);
}

#[test]
fn a_reload_that_is_asked_for_notices_another_value() {
    let toml = TOML.replace("'open'", "{ secret = 'crm-token' }");
    let api = Api::start(Given::new().hook("a", "properties", &toml).secret("crm-token", "one"));
    assert_eq!(data(&api), json!([["key", "one"]]));
    fs::write(api.world.given().secrets().join("crm-token"), "two").unwrap();
    assert_eq!(api.post("/v1/reload", "").is(200).json["generation"], 2);
    assert_eq!(data(&api), json!([["key", "two"]]));
}
