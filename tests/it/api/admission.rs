//! Admission through the API: what is uploaded is vouched for, and runs.

use super::{Api, Reply};
use serde_json::json;
use std::fs;
use tenterhook::admission::Admission;
use tenterhook_tests::Given;
use ureq::http::Method;

const TOML: &str = "priority = 1\n[limits]\ndeadline = '20s'\n";

fn upload(api: &Api, headers: &[(&str, &str)], guest: &str) -> Reply {
    let bytes = fs::read(tenterhook_tests::guest(guest)).unwrap();
    let headers = [&[("content-type", "application/wasm")], headers].concat();
    api.send(Method::PUT, "/v1/hooks/a/component", &headers, bytes)
}

fn decision(api: &Api) -> String {
    let event = json!({
        "specversion": "1.0", "id": "1", "type": "cloud.pre_create", "source": "shop", "option": "SERVER", "data": {},
    });
    let outcome = api.post("/v1/events", &event.to_string());
    format!("{} {}", outcome.is(200).json["decision"], outcome.json["trail"][0]["failure"])
}

fn patch(api: &Api, patch: &serde_json::Value) -> Reply {
    let headers = [("content-type", "application/json"), ("if-match", "*")];
    api.send(Method::PATCH, "/v1/hooks/a", &headers, patch.to_string())
}

#[test]
fn an_upload_makes_a_hook_run_that_was_not_listed() {
    let api = Api::start(Given::new().hook("a", "accept", TOML).admission(Admission::Listed));
    assert_eq!(decision(&api), r#""veto" "unavailable""#);
    upload(&api, &[("if-match", "*")], "accept").is(200);
    assert_eq!(decision(&api), r#""accept" null"#);
    let toml = fs::read_to_string(api.world.given().hooks().join("a.toml")).unwrap();
    assert!(toml.contains("sha256 = \"") && toml.contains("deadline = '20s'"), "{toml}");
    // Another one goes live with its own digest.
    upload(&api, &[("if-match", "*")], "see").is(200);
    assert_eq!(decision(&api), r#""accept" null"#);
}

#[test]
fn an_upload_of_a_new_hook_runs() {
    let api = Api::start(Given::new().admission(Admission::Listed));
    upload(&api, &[], "accept").is(201);
    assert_eq!(decision(&api), r#""accept" null"#);
}

#[test]
fn a_change_that_leaves_an_enabled_hook_without_its_digest_is_refused() {
    let api = Api::start(Given::new().admission(Admission::Listed));
    upload(&api, &[], "accept").is(201);
    let refused = patch(&api, &json!({ "sha256": null })).refused(400);
    assert!(refused[0].starts_with("a.toml does not list its sha256"), "{refused:?}");
    patch(&api, &json!({ "sha256": null, "status": "disabled" })).is(200);
    let refused = patch(&api, &json!({ "status": "enabled" })).refused(400);
    let digest = refused[0].split('"').nth(1).unwrap();
    patch(&api, &json!({ "status": "enabled", "sha256": digest })).is(200);
    assert_eq!(decision(&api), r#""accept" null"#);
}
