//! `POST /v1/hooks/{id}/accept`: a version that was taken back runs all the same.

use super::Api;
use crate::reload::{put, version};
use tenterhook_tests::{Given, until};

/// A service on whose hook `a` a version that panics was taken back.
fn taken_back() -> Api {
    let api = Api::start(Given::new().hook("a", "accept", "priority = 1"));
    put(&api.world.given().hooks().join("a.wasm"), version("panic", 0));
    api.wait(api.world.host.reload()).unwrap();
    for _ in 0..3 {
        api.wait(api.world.create()).accepted();
    }
    api.wait(until("it is taken back", || api.world.host.roster().held_back("a").is_some()));
    api
}

#[test]
fn a_version_that_was_taken_back_runs_once_it_is_accepted() {
    let api = taken_back();
    let problems = api.get("/v1/problems");
    let hint = problems.is(200).json["problems"][0]["hint"].as_str().unwrap().to_owned();
    assert!(hint.contains("`tenterhook hooks accept a`"), "{hint}");
    let version = |json: &serde_json::Value| json["version"].as_str().unwrap().to_owned();
    let before = version(&api.get("/v1/hooks/a").is(200).json);
    let accepted = version(&api.post("/v1/hooks/a/accept", "").is(200).json);
    assert_ne!(before, accepted);
    assert_eq!(version(&api.get("/v1/hooks/a").is(200).json), accepted);
    assert_eq!(api.get("/v1/problems").is(200).json["problems"].as_array().unwrap().len(), 0);
    api.wait(api.world.create()).vetoed_by("a", "hook_failed");
}

#[test]
fn there_is_nothing_to_accept_of_a_hook_that_runs_what_it_should_and_of_none() {
    let api = Api::start(Given::new().hook("quota", "accept", "priority = 1"));
    let refused = api.post("/v1/hooks/quota/accept", "").refused(409);
    assert_eq!(refused, ["no version of the hook \"quota\" was taken back"]);
    let refused = api.post("/v1/hooks/qota/accept", "").refused(404);
    assert_eq!(refused, ["there is no hook \"qota\", did you mean \"quota\"?"]);
    assert!(api.post("/v1/hooks/..%2fa/accept", "").refused(400)[0].contains("is no id for a hook"));
}
