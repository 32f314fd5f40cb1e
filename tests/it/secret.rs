//! Secrets: named in an operator's TOML, kept elsewhere, and shown to nobody but the guest.

use std::fs;
use tenterhook_tests::{Given, Request, Run, Served};

const SECRET: &str = "correct horse \"battery\" staple";
const EVENT: &str =
    r#"{"specversion":"1.0","id":"1","type":"cloud.pre_create","source":"shop","option":"SERVER","data":{}}"#;

/// A hook whose property is a secret.
fn toml(property: &str, name: &str) -> String {
    format!(
        "type = 'cloud'\npriority = 1\non = [{{ event = 'cloud.pre_create' }}]\n[properties]\n{property} = {{ secret = '{name}' }}\n"
    )
}

fn secrets(given: &Given) -> std::path::PathBuf {
    let folder = given.data().join("secrets");
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn tenterhook<'given>(given: &'given Given, args: &[&str]) -> Run<'given> {
    let run = Run::of(env!("CARGO_BIN_EXE_tenterhook-under-test")).args(args);
    run.env("TENTERHOOK_SECRETS", secrets(given))
}

fn serve(given: &Given) -> Served {
    let few = ["--set", "limits.concurrency=4", "--set", "limits.prepared=0", "--set", "limits.budget=20s"];
    let run = tenterhook(given, &["serve", "--listen", "127.0.0.1:0"]).args(few);
    run.env("TENTERHOOK_DATA", given.data()).env("TENTERHOOK_HOOKS", given.hooks()).serves()
}

fn fire(served: &Served) -> String {
    Request::post("/v1/events", EVENT).to(served).is(200).body
}

#[test]
fn a_secret_reaches_the_guest_and_a_changed_one_after_a_reload() {
    let given = Given::new().hook("a", "properties", &toml("key", "crm-token"));
    fs::write(secrets(&given).join("crm-token"), "one\n").unwrap();
    let served = serve(&given);
    let data = || serde_json::from_str::<serde_json::Value>(&fire(&served)).unwrap()["data"].to_string();
    assert_eq!(data(), r#"[["key","one"]]"#);
    fs::write(secrets(&given).join("crm-token"), "two").unwrap();
    served.signal("HUP");
    served.says("the hooks were read again");
    assert_eq!(data(), r#"[["key","two"]]"#);
}

#[test]
fn a_secret_may_come_from_the_environment() {
    let given = Given::new().hook("a", "properties", &toml("key", "crm-token"));
    let file = "cloud.json";
    let run = tenterhook(&given, &["fire", file, "--json"]).env("TENTERHOOK_SECRET_CRM_TOKEN", "one");
    let fired = run.file(file, EVENT).hooks(&given).ends();
    fired.exits(0).shows(r#"[["key","one"]]"#);
}

#[test]
fn nobody_but_the_guest_is_shown_a_secret() {
    for (guest, property) in [("fail", "text"), ("veto", "reason"), ("veto", "code"), ("indiscreet", "text")]
    {
        let toml = format!("on_failure = 'accept'\n{}", toml(property, "crm-token"));
        let given = Given::new().hook("a", guest, &toml);
        fs::write(secrets(&given).join("crm-token"), SECRET).unwrap();
        let served = serve(&given);
        let answer = fire(&served);
        assert!(answer.contains("***"), "{guest}: {answer}");
        served.signal("TERM");
        let (_, said) = served.ends();
        for line in ["log ***", "out ***", "err ***", "last ***"] {
            assert!(guest != "indiscreet" || said.contains(line), "no {line} in {said}");
        }
        let hooks = tenterhook(&given, &["hooks", "--json"]).hooks(&given).ends();
        let checked = tenterhook(&given, &["check"]).directory(&given).ends();
        let config = tenterhook(&given, &["config", "--json"]).ends();
        let files = files(&given.data()).into_iter().filter(|path| !path.ends_with("crm-token"));
        let files: Vec<_> = files.map(|path| fs::read_to_string(path).unwrap_or_default()).collect();
        let shown = format!("{answer}{said}{hooks}{checked}{config}{}", files.concat());
        assert!(!shown.contains("horse") && !shown.contains("staple"), "{guest}: {shown}");
    }
}

/// Every file under a folder.
fn files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn nothing_else_is_reachable_by_a_name() {
    for name in ["../outside", "/etc/passwd", "a/b", "CRM", ""] {
        let given = Given::new().hook("a", "properties", &toml("key", name));
        fs::write(given.data().join("outside"), SECRET).unwrap();
        let checked = tenterhook(&given, &["check"]).directory(&given).ends();
        checked.exits(2).shows("refers to no secret, write it as { secret = \"crm-token\" }").hides(SECRET);
    }
    let given =
        Given::new().hook("a", "properties", &toml("key", "other").replace("{ secret", "{ more = 1, secret"));
    tenterhook(&given, &["check"]).directory(&given).ends().exits(2).shows("refers to no secret");
}

#[test]
fn a_hook_without_its_secret_is_unavailable_and_says_what_is_missing() {
    let given = Given::new().hook("a", "properties", &toml("key", "crm-token"));
    let checked = tenterhook(&given, &["check"]).directory(&given).ends();
    checked
        .exits(2)
        .shows("hooks/a.toml:5: error: the property \"key\": the secret \"crm-token\" is not set");
    checked.shows("it is a file of the secrets directory, or TENTERHOOK_SECRET_CRM_TOKEN");
}
