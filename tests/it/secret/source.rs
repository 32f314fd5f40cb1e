//! Where a secret comes from, and from where it does not.

use super::{EVENT, shows_its_secret, tenterhook, toml};
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use tenterhook_tests::{Ended, Given};

fn check(given: &Given) -> Ended {
    tenterhook(given, &["check"]).directory(given).ends()
}

#[tokio::test]
async fn a_file_of_its_name_is_shown_to_the_guest_without_the_newline_at_its_end() {
    let world = shows_its_secret().secret("crm-token", "one\n").start().await.without_problems();
    world.create().await.data_is(r#"[["key","one"]]"#);
}

#[test]
fn a_variable_of_its_name_is_the_secret_where_there_is_no_file() {
    let fired = |given: &Given| {
        let run = tenterhook(given, &["fire", "cloud.json", "--json"]).file("cloud.json", EVENT);
        let run = run.env("TENTERHOOK_SECRET_CRM_TOKEN", "of the environment").hooks(given);
        run.ends().exits(0).json()["data"].to_string()
    };
    assert_eq!(fired(&shows_its_secret()), r#"[["key","of the environment"]]"#);
    assert_eq!(fired(&shows_its_secret().secret("crm-token", "of a file")), r#"[["key","of a file"]]"#);
}

#[test]
fn nothing_else_is_reachable_by_a_name() {
    for name in ["../outside", "/etc/passwd", "a/b", "CRM", "crm_token", ".crm", "-crm", ""] {
        let given = Given::new().hook("a", "properties", &toml("key", name));
        fs::write(given.secrets().with_file_name("outside"), "geheim").unwrap();
        let said = "refers to no secret, write it as { secret = \"crm-token\" }";
        check(&given).exits(2).shows(said).hides("geheim");
    }
    for value in ["{ secret = 'other', more = 1 }", "{ secret = 7 }"] {
        let toml = toml("key", "other").replace("{ secret = 'other' }", value);
        check(&Given::new().hook("a", "properties", &toml)).exits(2).shows("refers to no secret");
    }
    for value in ["{ deep = { secret = 'other' } }", "[{ secret = 'other' }]"] {
        let toml = toml("key", "other").replace("{ secret = 'other' }", value);
        let found = check(&Given::new().hook("a", "properties", &toml));
        found.exits(2).shows("the property \"key\" holds a secret, only a whole property may be one");
    }
}

#[test]
fn a_file_that_is_none_is_refused_and_the_variable_does_not_count() {
    let refused = |given: &Given, why: &str| {
        let run = tenterhook(given, &["check"]).env("TENTERHOOK_SECRET_CRM_TOKEN", "one");
        let said = format!("hooks/a.toml:5: error: the property \"key\": the secret \"crm-token\" {why}");
        run.directory(given).ends().exits(2).shows(&said).hides("geheim");
    };
    let given = shows_its_secret();
    let path = given.secrets().join("crm-token");
    fs::write(given.secrets().with_file_name("outside"), "geheim").unwrap();
    symlink("../outside", &path).unwrap();
    refused(&given, "cannot be read: leads out of its directory");
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    refused(&given, "cannot be read: is no regular file");
    fs::remove_dir(&path).unwrap();
    refused(
        &shows_its_secret().secret("crm-token", "a".repeat(65 * 1024)),
        "cannot be read: is larger than 64",
    );
    refused(&shows_its_secret().secret("crm-token", [0xff]), "is not UTF-8");
    refused(&shows_its_secret().secret("crm-token", "\n"), "is empty");
    let given = shows_its_secret().secret("crm-token", "geheim");
    fs::set_permissions(given.secrets().join("crm-token"), Permissions::from_mode(0o602)).unwrap();
    refused(&given, "cannot be read: everybody may write to it");
}

#[test]
fn a_link_inside_the_directory_is_followed_as_kubernetes_mounts_secrets() {
    let given = shows_its_secret().secret("..crm", "one");
    symlink("..crm", given.secrets().join("crm-token")).unwrap();
    check(&given).exits(0);
}

#[test]
fn a_file_that_everybody_may_read_is_used_with_a_warning() {
    let given = shows_its_secret().secret("crm-token", "geheim");
    fs::set_permissions(given.secrets().join("crm-token"), Permissions::from_mode(0o644)).unwrap();
    let found = check(&given);
    found
        .exits(0)
        .shows("warning: the secret \"crm-token\" may be read by everybody, chmod o-r")
        .hides("geheim");
}

#[test]
fn a_missing_secret_is_a_problem_with_its_place_and_what_to_do() {
    let given = shows_its_secret();
    let said = "hooks/a.toml:5: error: the property \"key\": the secret \"crm-token\" is not set, it is a file of the secrets directory, or TENTERHOOK_SECRET_CRM_TOKEN";
    check(&given).exits(2).shows(said);
    let run = tenterhook(&given, &["check", "--secrets", "none"]).directory(&given).ends();
    run.exits(2).shows("\"crm-token\" is not set: none cannot be opened: No such file");
    let disabled =
        Given::new().hook("a", "properties", &format!("status = 'disabled'\n{}", toml("key", "x")));
    let listed = tenterhook(&disabled, &["fire", "cloud.json"]).file("cloud.json", EVENT).hooks(&disabled);
    listed.ends().exits(0).complains("");
}

#[tokio::test]
async fn a_guard_without_its_secret_fails_closed() {
    let world = shows_its_secret().start().await;
    let answer = world.create().await;
    answer.vetoed_by("a", "hook_failed").trail(&["a failed:unavailable"]);
    answer.says("a", "the secret \"crm-token\" is not set");
}
