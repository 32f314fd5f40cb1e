//! Components that do not load, and what they may say of themselves.

use super::{EMPTY, bytes, check, hook, problems, reason, saying};
use tenterhook_tests::Given;

const TOML: &str = "name = 'B'\ntype = 'cloud'\npriority = 2\n[[on]]\nevent = 'cloud.pre_create'\n";
const MANIFEST: &str =
    r#"{"manifest":1,"name":"B","type":"cloud","priority":2,"on":[{"event":"cloud.pre_create"}]}"#;

/// A component that does not load: the problem begins so, the hook fails closed, and the one before it runs.
async fn refused(component: impl AsRef<[u8]>, expected: &str) {
    let given = Given::new().hook("a", "see", "").toml("b", TOML).file("b.wasm", component);
    let world = given.start().await;
    let found = world.problems();
    assert!(found.len() == 1 && found[0].starts_with(expected), "{found:#?} begins with {expected:?}");
    assert!(found[0].ends_with(reason(&world, "b")), "{found:?}");
    world.create().await.vetoed_by("b", "hook_failed").trail(&["a accept", "b failed:unavailable"]);
}

#[tokio::test]
async fn what_is_no_component_is_refused_with_the_reason_and_the_others_go_on() {
    // R119
    let no = "b.wasm: no component that can be loaded: ";
    refused("", &format!("{no}it does not begin as wasm does")).await;
    refused("not wasm at all", &format!("{no}it does not begin as wasm does, build it")).await;
    refused(
        b"\0asm\x01\0\0\0",
        &format!("{no}a core module and no component, build it with --target wasm32-wasip2"),
    )
    .await;
    let whole = bytes("accept");
    refused(&whole[..whole.len() / 2], &format!("{no}unexpected end-of-file")).await;
    let mut flipped = whole;
    let middle = flipped.len() / 2;
    flipped[middle..middle + 64].fill(0xff);
    refused(&flipped, no).await;
}

#[tokio::test]
async fn a_component_for_something_else_is_refused() {
    // R119: nothing at all, and the contract of another host
    let world = "b.wasm: no hook for this host: ";
    refused(EMPTY, &format!("{world}it exports nothing, and no tenterhook:hook/handler")).await;
    let other = renamed("tenterhook:hook/handler@0.1.0", "tenterhook:hook/handlex@0.1.0");
    refused(
        other,
        &format!("{world}it exports tenterhook:hook/handlex@0.1.0, and no tenterhook:hook/handler"),
    )
    .await;
    let newer = renamed("tenterhook:hook/handler@0.1.0", "tenterhook:hook/handler@0.2.0");
    refused(newer, &format!("{world}it is made for tenterhook:hook/handler@0.2.0, this host serves 0.1"))
        .await;
}

#[tokio::test]
async fn an_import_that_no_hook_gets_is_refused_by_name() {
    let foreign = renamed("wasi:logging/logging@0.1.0-draft", "evil:logging/logging@0.1.0-draft");
    refused(foreign, "b.wasm: imports \"evil:logging/logging@0.1.0-draft\", which no hook gets").await;
    let draft = renamed("wasi:logging/logging@0.1.0-draft", "wasi:logging/logging@0.9.0-draft");
    let expected =
        "b.wasm: imports \"wasi:logging/logging@0.9.0-draft\", this host has wasi:logging@0.1.0-draft";
    refused(draft, expected).await;
}

/// The guest `see` with a name replaced by one of the same length.
fn renamed(from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let (from, to) = (from.as_bytes(), to.as_bytes());
    let mut component = bytes("see");
    let places: Vec<usize> =
        (0..component.len() - from.len()).filter(|&at| component[at..].starts_with(from)).collect();
    assert!(!places.is_empty());
    for at in places {
        component[at..at + to.len()].copy_from_slice(to);
    }
    component
}

#[test]
fn a_component_may_ask_and_not_grant_itself_anything() {
    // Limits, grants, status, class, digests and secrets are the operator's alone.
    let own = MANIFEST.replace(
        "\"on\"",
        r#""limits":{"fuel":9},"grants":{"platform":["x"]},"status":"enabled","class":"component","sha256":"ab",
           "isolation":"warm","tenant":"t","component":"c.wasm","id":"b","properties":{"key":{"secret":"s"}},"on""#,
    );
    let given = Given::new().file("b.wasm", saying(EMPTY, &own));
    let found = problems(&given);
    for key in ["limits", "grants", "status", "class", "sha256", "isolation", "tenant", "component", "id"] {
        let expected =
            format!("b.wasm (manifest): {key:?} is not the component's to set, only the operator's TOML may");
        assert!(found.contains(&expected), "{key}: {found:#?}");
    }
    let secret = "b.wasm (manifest): the property \"key\" refers to a secret, only the operator's TOML may";
    assert!(found.iter().any(|problem| problem == secret), "{found:#?}");
    assert!(hook(&check(&given), "b").unavailable().is_some());
}

#[test]
fn what_a_component_wants_and_is_not_granted_is_said() {
    let wants = r#""wants":{"platform":["getServer","createServer"],"platform_ask":["getServer"]},"on""#;
    let wants = saying(EMPTY, &MANIFEST.replace("\"on\"", wants));
    let given = Given::new().file("b.wasm", wants);
    let found = problems(&given.toml("b", "[grants]\nplatform = ['createServer', 'more']"));
    let said: Vec<_> = found.iter().filter(|problem| problem.contains("wants")).map(String::as_str).collect();
    let wanted = |key: &str| {
        format!(
            "b.wasm (manifest): warning: the component wants {key} = [\"getServer\"], which is not granted, \
             grant it with [grants] {key} = [\"getServer\"], or calls answer access-denied"
        )
    };
    assert_eq!(said, [wanted("platform"), wanted("platform_ask")]);
}

#[tokio::test]
async fn a_key_of_a_newer_sdk_is_passed_over() {
    let newer = MANIFEST.replace("\"on\"", r#""colour":"red","on""#);
    let world = Given::new().file("b.wasm", saying(&bytes("accept"), &newer)).start().await;
    assert_eq!(world.problems(), ["b.wasm (manifest): warning: unknown key \"colour\" is passed over"]);
    world.create().await.trail(&["b accept"]);
}

#[test]
fn a_manifest_that_cannot_be_understood_is_refused() {
    for (manifest, expected) in [
        ("{\"manifest\":1,", "not JSON: EOF while parsing a value at line 1 column 14"),
        ("[1]", "the manifest must be an object, not an array"),
        ("{}", "the manifest names no version (\"manifest\": 1)"),
        (
            r#"{"manifest":2}"#,
            "manifest version 2 is not understood, build the component with an SDK for this host",
        ),
    ] {
        let given = Given::new().file("b.wasm", saying(EMPTY, manifest));
        let found = problems(&given);
        assert_eq!(found[0], format!("b.wasm (manifest): {expected}"), "{found:#?}");
        assert_eq!(check(&given).left_out, ["b"]);
    }
}

#[test]
fn two_manifests_in_one_component_are_refused_naming_both() {
    // R90: a component is one hook
    let two = format!("{MANIFEST}\n{}\n", MANIFEST.replace("\"B\"", "\"C\""));
    let given = Given::new().file("b.wasm", saying(EMPTY, &two));
    let expected = "b.wasm (manifest): two manifests in one component: \"B\" and \"C\", \
                    a component is one hook; put the handlers into one #[hooks] mod";
    assert_eq!(problems(&given)[0], expected);
    assert!(hook(&check(&given), "b").unavailable().is_some());
}

#[test]
fn a_manifest_at_the_top_level_comes_before_those_nested_in_it() {
    let given = Given::new().file("b.wasm", saying(EMPTY, MANIFEST));
    assert_eq!(hook(&check(&given), "b").manifest().name, "B");
    let given = Given::new().file("b.wasm", bytes("accept"));
    assert_eq!(hook(&check(&given), "b").manifest().name, "accept all");
}

#[test]
fn what_is_only_mentioned_is_a_warning() {
    // A hook that mentions files imports them all; touching one ends the call.
    let given = Given::new().hook("a", "read-file", "");
    let found = problems(&given);
    let [warning] = &found[..] else { panic!("{found:#?}") };
    assert!(warning.starts_with("a.wasm: warning: imports \"wasi:filesystem/"), "{warning}");
    assert!(warning.ends_with(": touching one ends the call"), "{warning}");
    assert_eq!(hook(&check(&given), "a").unavailable(), None);
}
