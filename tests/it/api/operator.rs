//! `/v1/hooks`, as operators use it: looking for hooks, and changing them.

use super::{Api, Reply};
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use tenterhook_tests::{Given, guest};
use ureq::http::Method;

const TOML: &str = "# Ours.\npriority = 5 # low\n[[on]]\nevent = 'cloud.pre_create'\n";

fn service() -> Api {
    let given = Given::new().hook("quota", "veto", TOML);
    Api::start(given.hook("audit", "accept", "name = 'Audit Line'\npriority = 1\nstatus = 'archived'\n"))
}

fn path(api: &Api, name: &str) -> PathBuf {
    api.world.given().hooks().join(name)
}

/// The text of a file of the hooks directory, if it is there.
fn file(api: &Api, name: &str) -> Option<String> {
    Some(String::from_utf8_lossy(&fs::read(path(api, name)).ok()?).into_owned())
}

fn ids(reply: &Reply) -> Vec<String> {
    let hooks = reply.is(200).json["hooks"].as_array().unwrap();
    hooks.iter().map(|hook| hook["id"].as_str().unwrap().to_owned()).collect()
}

fn create(api: &Api, id: &str, manifest: Value) -> Reply {
    api.post("/v1/hooks", &json!({"id": id, "manifest": manifest}).to_string())
}

/// Changes a hook, whatever it is now.
fn change(api: &Api, method: Method, path: &str, body: &str) -> Reply {
    api.send(method, path, &[("content-type", "application/json"), ("if-match", "*")], body)
}

fn patch(api: &Api, id: &str, body: Value) -> Reply {
    change(api, Method::PATCH, &format!("/v1/hooks/{id}"), &body.to_string())
}

fn upload(api: &Api, id: &str, bytes: &[u8]) -> Reply {
    let headers = [("content-type", "application/wasm"), ("if-match", "*")];
    api.send(Method::PUT, &format!("/v1/hooks/{id}/component"), &headers, bytes)
}

#[test]
fn hooks_are_found_by_event_class_status_and_text() {
    let api = service();
    assert_eq!(ids(&api.get("/v1/hooks")), ["quota"]);
    assert_eq!(ids(&api.get("/v1/hooks?status=archived&search=aUDit%20l")), ["audit"]);
    assert_eq!(ids(&api.get("/v1/hooks?event=cloud.pre_create&class=component&search=")), ["quota"]);
    assert_eq!(ids(&api.get("/v1/hooks?event=cloud.pre_delete")), [""; 0]);
    let wrong = api.get("/v1/hooks?event=cloud.pre_creat&status=enabeld").refused(400);
    let event = "unknown event \"cloud.pre_creat\", did you mean \"cloud.pre_create\"?";
    assert_eq!(wrong, [event, "unknown status \"enabeld\", did you mean \"enabled\"?"]);
    api.get("/v1/hooks?evnt=x").refused(400);
}

#[test]
fn an_id_that_is_none_is_refused_wherever_it_leads() {
    let api = service();
    for no_id in ["..%2Fetc", "a.b", "%2e%2e", "A", "%ff"] {
        api.get(&format!("/v1/hooks/{no_id}")).refused(400);
        change(&api, Method::DELETE, &format!("/v1/hooks/{no_id}"), "").refused(400);
    }
    create(&api, "../new", json!({})).refused(400);
    assert!(!path(&api, "../new.toml").exists());
}

#[test]
fn a_patch_is_live_when_it_is_answered_and_comments_survive() {
    let api = service();
    let body = json!({"priority": 7, "properties": {"reason": "full"}, "limits": {"fuel": 5_000_000}});
    let reply = patch(&api, "quota", body);
    assert_eq!(reply.is(200).json["priority"], 7);
    assert_eq!(reply.json["properties"]["reason"], "full");
    assert_eq!(reply.header("etag"), api.get("/v1/hooks/quota").header("etag"));
    let toml = file(&api, "quota.toml").unwrap();
    assert!(toml.starts_with("# Ours.\npriority = 7 # low\n[[on]]\nevent = 'cloud.pre_create'\n"), "{toml}");
    assert_eq!(api.get("/v1/roster").is(200).json["generation"], 2);
    api.wait(api.world.create().into_future()).because("full");
    patch(&api, "quota", json!({"status": "disabled"})).is(200);
    let merge = [("content-type", "application/merge-patch+json"), ("if-match", "*")];
    let reply = api.send(Method::PATCH, "/v1/hooks/quota", &merge, r#"{"status":null}"#);
    assert_eq!(reply.is(200).json["status"], "enabled");
}

#[test]
fn two_operators_do_not_overwrite_each_other() {
    let api = service();
    let json = ("content-type", "application/json");
    let tag = || api.get("/v1/hooks/quota").header("etag").to_owned();
    let patch =
        |headers: &[(&str, &str)]| api.send(Method::PATCH, "/v1/hooks/quota", headers, r#"{"priority":8}"#);
    let first = tag();
    patch(&[json]).refused(428);
    patch(&[json, ("if-match", &first)]).is(200);
    let refused = patch(&[json, ("if-match", &first)]).refused(412);
    assert!(refused[0].starts_with("the hook has changed meanwhile: it is \""), "{refused:?}");
    // So it is when somebody edits the file.
    let second = tag();
    fs::write(path(&api, "quota.toml"), "priority = 1\n").unwrap();
    patch(&[json, ("if-match", &second)]).refused(412);
    api.send(Method::DELETE, "/v1/hooks/quota", &[], "").refused(428);
    api.send(Method::POST, "/v1/hooks/quota/archive", &[("if-match", "\"x\"")], "").refused(412);
}

#[test]
fn what_is_wrong_is_listed_and_nothing_is_written() {
    let api = service();
    let before = file(&api, "quota.toml");
    let on = json!([{"event": "cloud.pre_creat"}]);
    let wrong = json!({"status": "enbled", "limits": {"fuel": 0, "memry": 1}, "sttus": 1, "on": on});
    let problems = patch(&api, "quota", wrong.clone()).refused(400);
    assert_eq!(problems.len(), 5, "{problems:#?}");
    let status = "unknown status \"enbled\", did you mean \"enabled\"?";
    assert!(problems.iter().any(|problem| problem == status), "{problems:#?}");
    change(&api, Method::PUT, "/v1/hooks/quota", &wrong.to_string()).refused(400);
    create(&api, "new", wrong).refused(400);
    create(&api, "quota", json!({})).refused(409);
    let parts = api.post("/v1/hooks", r#"{"id":7,"manifesto":{}}"#).refused(400);
    let unknown = "unknown key \"manifesto\": a new hook has \"id\" and \"manifest\"";
    assert_eq!(parts, ["\"id\" must be a string, not 7", unknown]);
    assert_eq!(patch(&api, "quota", json!([1])).refused(400), ["a manifest is a JSON object"]);
    change(&api, Method::PATCH, "/v1/hooks/quota", "{\"a\":1,\"a\":2}").refused(400);
    patch(&api, "nobody", json!({})).refused(404);
    let text = [("content-type", "text/plain"), ("if-match", "*")];
    api.send(Method::PATCH, "/v1/hooks/quota", &text, "{}").refused(415);
    assert_eq!((file(&api, "quota.toml"), file(&api, "new.toml")), (before, None));
    assert_eq!(api.get("/v1/roster").json["generation"], 1);
}

#[test]
fn a_hook_is_created_given_a_component_enabled_archived_and_removed() {
    let api = service();
    let on = json!([{"event": "cloud.pre_create", "option": "DISK"}]);
    let manifest = json!({"name": "Tax", "type": "cloud", "priority": 3, "status": "disabled", "on": on});
    let reply = create(&api, "tax", manifest);
    assert_eq!(reply.is(201).header("location"), "/v1/hooks/tax");
    assert_eq!(reply.json["on"], json!([{"event": "cloud.pre_create", "option": ["DISK"]}]));
    let lacking = patch(&api, "tax", json!({"status": "enabled"})).refused(400);
    assert_eq!(lacking, ["the component \"tax.wasm\": there is no such file"]);
    let no_component = upload(&api, "tax", b"nothing").refused(400);
    assert!(no_component[0].starts_with("no component that can be loaded"), "{no_component:?}");
    upload(&api, "tax", &fs::read(guest("accept")).unwrap()).is(200);
    let enabled = patch(&api, "tax", json!({"status": "enabled"}));
    assert_eq!(enabled.is(200).json["unavailable"], Value::Null);
    let version = enabled.json["version"].as_str().unwrap();
    assert!(file(&api, "tax.toml").unwrap().contains(&format!("sha256 = \"{version}")));
    let disk = api.world.ask("cloud.pre_create").facet("option", "DISK");
    api.wait(disk.into_future()).trail(&["tax accept", "quota veto"]);
    let archived = change(&api, Method::POST, "/v1/hooks/tax/archive", "");
    assert_eq!(archived.is(200).json["status"], "archived");
    change(&api, Method::DELETE, "/v1/hooks/tax", "").is(204);
    assert_eq!((file(&api, "tax.toml"), file(&api, "tax.wasm")), (None, None));
    change(&api, Method::DELETE, "/v1/hooks/tax", "").refused(404);
}

#[test]
fn a_component_alone_becomes_a_hook_and_is_not_removed_under_another() {
    let api = service();
    let bytes = fs::read(guest("accept")).unwrap();
    let headers = [("content-type", "application/wasm")];
    let reply = api.send(Method::PUT, "/v1/hooks/alone/component", &headers, &bytes);
    assert_eq!(reply.is(201).json["name"], "accept all");
    create(&api, "second", json!({"component": "alone.wasm", "priority": 9})).is(201);
    let refused = change(&api, Method::DELETE, "/v1/hooks/alone", "").refused(409);
    assert_eq!(refused, ["alone.wasm serves the hook \"second\" as well"]);
}

#[test]
fn replacing_a_manifest_leaves_what_the_component_says() {
    let api = service();
    let reply = change(&api, Method::PUT, "/v1/hooks/audit", r#"{"priority":2}"#);
    assert_eq!(reply.is(200).json["name"], "accept all");
    assert_eq!(file(&api, "audit.toml").unwrap(), "priority = 2\n");
    // A TOML that nobody can read is replaced, and not patched.
    fs::write(path(&api, "audit.toml"), "priority = \n").unwrap();
    let refused = patch(&api, "audit", json!({"priority": 1})).refused(409);
    assert!(refused[0].ends_with(", replace the whole manifest"), "{refused:?}");
    change(&api, Method::PUT, "/v1/hooks/audit", r#"{"priority":4}"#).is(200);
}

#[test]
fn a_dry_change_says_what_would_be_and_changes_nothing() {
    let api = service();
    let before = file(&api, "quota.toml");
    let path = "/v1/hooks/quota?dry=true";
    assert_eq!(change(&api, Method::PATCH, path, r#"{"priority":99}"#).is(200).json["priority"], 99);
    change(&api, Method::PATCH, path, r#"{"status":"x"}"#).refused(400);
    change(&api, Method::DELETE, path, "").is(204);
    let manifest = json!({"component": "quota.wasm", "priority": 1, "on": [{"event": "cloud.pre_auth"}]});
    let new = json!({"id": "new", "manifest": manifest});
    api.post("/v1/hooks?dry=true", &new.to_string()).is(201);
    assert_eq!((file(&api, "quota.toml"), file(&api, "new.toml")), (before, None));
    assert_eq!(api.get("/v1/roster").json["generation"], 1);
}

#[test]
fn a_change_is_told_as_an_event_of_the_table_hook() {
    // R107
    let event = "charging.api.post_database_submit_success";
    let toml = format!("type = 'charging.api'\npriority = 1\n[[on]]\nevent = '{event}'\ntable = 'Hook'\n");
    let api = Api::start(Given::new().hook("witness", "see", &toml).hook("quota", "veto", TOML));
    change(&api, Method::PATCH, "/v1/hooks/quota?dry=true", r#"{"priority":1}"#).is(200);
    patch(&api, "quota", json!({"priority": 9})).is(200);
    api.wait(api.world.until_log("witness", "(\"action\", \"Update\")"));
    upload(&api, "late", &fs::read(guest("accept")).unwrap()).is(201);
    api.wait(api.world.until_log("witness", "(\"action\", \"Insert\")"));
    change(&api, Method::DELETE, "/v1/hooks/late", "").is(204);
    api.wait(api.world.until_log("witness", "(\"action\", \"Delete\")"));
    let log = api.world.log_of("witness");
    assert_eq!(log.len(), 3, "{log:#?}");
    assert!(log[0].contains("Some(\"quota\")") && log[0].contains("\"priority\":9"), "{log:#?}");
}

#[test]
fn a_file_that_cannot_be_written_leaves_the_old_one() {
    let api = service();
    // Where the tests run as root no directory is read-only, so the temporary file's name is taken instead.
    let taken = path(&api, &format!(".quota.toml.{}", std::process::id()));
    fs::create_dir(&taken).unwrap();
    patch(&api, "quota", json!({"priority": 6})).refused(500);
    assert!(file(&api, "quota.toml").unwrap().starts_with(TOML));
    fs::remove_dir(&taken).unwrap();
    patch(&api, "quota", json!({"priority": 6})).is(200);
}
