//! `/v1/hooks`: what is changed, and why it is not.

use super::Api;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;
use std::fs;
use tenterhook_tests::{Given, guest};
use ureq::http::Method;

const ANY: (&str, &str) = ("if-match", "*");
const PATCH: (&str, &str) = ("content-type", "application/merge-patch+json");
const WASM: (&str, &str) = ("content-type", "application/wasm");

fn service() -> Api {
    let shared = "component = \"quota.wasm\"\npriority = 2\n[limits]\ndeadline = \"20s\"\n";
    Api::start(Given::new().hook("quota", "veto", "priority = 1").toml("shared", shared))
}

#[test]
fn whoever_changes_a_hook_says_which_version_of_it() {
    let api = service();
    let patch = |headers: &[_], body| api.send(Method::PATCH, "/v1/hooks/quota", headers, body);
    assert!(patch(&[PATCH], "{}").refused(428)[0].contains("with If-Match: its ETag, or *"));
    assert!(patch(&[PATCH, ("if-match", "\"0\"")], "{}").refused(412)[0].contains("has changed meanwhile"));
    let tag = api.get("/v1/hooks/quota").header("etag").to_owned();
    let disabled = patch(&[PATCH, ("if-match", &tag)], r#"{"status":"disabled"}"#);
    assert_eq!(disabled.is(200).json["status"], "disabled");
    assert_ne!(disabled.header("etag"), tag);
    api.wait(api.world.create()).vetoed_by("shared", "no");
    let unknown = api.send(Method::PATCH, "/v1/hooks/qota", &[PATCH, ANY], "{}").refused(404);
    assert_eq!(unknown, ["there is no hook \"qota\", did you mean \"quota\"?"]);
}

#[test]
fn a_component_that_others_share_is_not_removed_under_them() {
    let api = service();
    let serves = ["quota.wasm serves the hook \"shared\" as well"];
    assert_eq!(api.send(Method::DELETE, "/v1/hooks/quota", &[ANY], "").refused(409), serves);
    api.send(Method::DELETE, "/v1/hooks/shared", &[ANY], "").is(204);
    api.send(Method::DELETE, "/v1/hooks/quota", &[ANY], "").is(204);
    api.wait(api.world.create()).accepted();
}

#[test]
fn a_component_that_several_share_is_replaced_for_all_of_them_or_for_none() {
    let only_it = "component = \"both.wasm\"\npriority = ";
    let given = Given::new().component("both", &guest("veto"));
    let given = given.toml("one", &format!("# Ours.\n{only_it}1\n")).toml("two", &format!("{only_it}2\n"));
    let api = Api::start(
        given
            .hook("quota", "veto", "priority = 3")
            .toml("shared", "component = \"quota.wasm\"\npriority = 4\n"),
    );
    let upload = |id: &str, tag: &str, bytes: &[u8]| {
        let headers = [WASM, ("if-match", tag)];
        api.send(Method::PUT, &format!("/v1/hooks/{id}/component"), &headers, bytes)
    };
    let version = |id: &str| api.get(&format!("/v1/hooks/{id}")).json["version"].clone();
    let tag = |id: &str| api.get(&format!("/v1/hooks/{id}")).header("etag").to_owned();
    let accept = fs::read(guest("accept")).unwrap();
    upload("one", "\"0\"", &accept).refused(412);
    let (one, two, old) = (tag("one"), tag("two"), version("two"));
    upload("one", &one, &accept).is(200);
    assert_ne!(version("two"), old);
    assert_eq!(version("one"), version("two"));
    upload("two", &two, &accept).refused(412);
    let toml = |id: &str| fs::read_to_string(api.world.given().hooks().join(format!("{id}.toml"))).unwrap();
    assert!(toml("one").starts_with(&format!("# Ours.\n{only_it}1\nsha256 = \"")), "{}", toml("one"));
    assert!(!api.world.given().hooks().join("both.toml").exists(), "it is no hook of its own");
    // By the one it is called after as well, and by the other.
    upload("quota", "*", &accept).is(200);
    assert_eq!(version("quota"), version("shared"));
    let (before, problems) = (version("quota"), upload("shared", "*", b"no wasm").refused(400));
    assert_eq!((version("quota"), problems.len()), (before, 1), "{problems:?}");
    upload("shared", "*", &fs::read(guest("amend")).unwrap()).is(200);
    assert_eq!(version("quota"), version("shared"));
    assert_eq!(api.get("/v1/problems").is(200).json["problems"], json!([]));
}

#[test]
fn a_component_comes_with_its_toml_or_not_at_all() {
    let api = service();
    let put = |body: String| {
        let json = ("content-type", "application/json");
        api.send(Method::PUT, "/v1/hooks/pair/component", &[json, ANY], body)
    };
    let pair = |toml: &str| {
        let component = BASE64_STANDARD.encode(fs::read(guest("accept")).unwrap());
        json!({ "toml": toml, "component": component }).to_string()
    };
    assert_eq!(put(pair("name = \"Pair\"\npriority = 9\n")).is(201).json["name"], "Pair");
    assert_eq!(put(pair("priority = 8\n")).is(200).json["priority"], 8);
    let foreign = put(pair("priority = 9\ncomponent = \"quota.wasm\"\n")).refused(400);
    assert!(foreign[0].starts_with("component = \"quota.wasm\" is not what comes with it"), "{foreign:?}");
    assert_eq!(put(pair("priority = 'x'\nstatus = 'on'\n")).refused(400).len(), 2);
    assert!(put(r#"{"toml":"","component":"?"}"#.into()).refused(400)[0].contains("is no Base64"));
    assert!(put(r#"{"toml":"","wasm":""}"#.into()).refused(400)[0].contains("unknown field `wasm`"));
    assert_eq!(api.get("/v1/hooks/pair").is(200).json["priority"], 8);
}

#[test]
fn a_hook_whose_component_is_bad_can_be_disabled_and_not_enabled() {
    let given = Given::new().toml("bad", "name = \"B\"\npriority = 1\non = [{ event = 'cloud.pre_auth' }]\n");
    let api = Api::start(given.file("bad.wasm", "no wasm"));
    let patch = |body| api.send(Method::PATCH, "/v1/hooks/bad", &[PATCH, ANY], body);
    assert_eq!(patch(r#"{"status":"disabled"}"#).is(200).json["status"], "disabled");
    assert_eq!(patch(r#"{"status":"enabled"}"#).refused(400).len(), 1);
    let upload = api.send(Method::PUT, "/v1/hooks/bad/component", &[WASM, ANY], "no wasm either");
    upload.refused(400);
}

#[test]
fn a_toml_that_is_none_is_not_patched() {
    let api = Api::start(Given::new().toml("broken", "priority = ").file("broken.wasm", "no wasm"));
    let patch = api.send(Method::PATCH, "/v1/hooks/broken", &[PATCH, ANY], r#"{"status":"disabled"}"#);
    let refused = patch.refused(409);
    assert!(refused[0].starts_with("not TOML") && refused[0].ends_with("replace the whole manifest"));
}

#[test]
fn grants_are_given_and_taken_away_and_shown() {
    let api = Api::start(Given::new().hook("a", "call", "priority = 1"));
    let patch = |body: &str| api.send(Method::PATCH, "/v1/hooks/a", &[PATCH, ANY], body);
    let granted =
        patch(r#"{"caused":"run","grants":{"platform":["createServer"],"platform_ask":["getServer"]}}"#);
    assert_eq!(granted.is(200).json["grants"]["platform"][0], "createServer");
    assert_eq!(granted.json["grants"]["platform_ask"][0], "getServer");
    assert_eq!(granted.json["caused"], "run");
    let toml = || fs::read_to_string(api.world.given().hooks().join("a.toml")).unwrap();
    assert!(toml().contains("platform_ask = [\"getServer\"]"), "{}", toml());
    let before = toml();
    let refused = patch(r#"{"grants":{"platform":["*"]}}"#).refused(400);
    assert!(refused[0].contains("grants.platform: \"*\" is no method"), "{refused:?}");
    let refused = patch(r#"{"caused":"rum"}"#).refused(400);
    assert!(refused[0].contains("unknown caused \"rum\", did you mean \"run\"?"), "{refused:?}");
    assert_eq!(toml(), before);
    assert_eq!(patch(r#"{"grants":null}"#).is(200).json["grants"]["platform"], serde_json::json!([]));
}
