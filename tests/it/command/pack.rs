//! `pack`: a manifest goes into a component that somebody else's toolchain made, and is what the host then reads.

use super::tenterhook;
use std::fs;
use tenterhook_tests::{Given, Run, guest};

const MANIFEST: &str = r#"{"manifest":1,"name":"No disks","type":"cloud","priority":3,"on":[{"event":"cloud.pre_create","option":"DISK"}]}"#;

/// Packing this into a guest, which has a manifest of its own in a module.
fn pack(manifest: &str) -> Run<'static> {
    let component = fs::read(guest("veto")).unwrap();
    tenterhook(["pack", "veto.wasm", "--manifest", "manifest.json"])
        .file("veto.wasm", component)
        .file("manifest.json", manifest)
}

#[test]
fn a_packed_component_is_the_hook_that_its_manifest_says() {
    let packed = pack(MANIFEST).ends();
    packed.exits(0).complains("").shows("sha256:");
    let given = Given::new().component("disks", &packed.folder().join("veto.wasm"));
    let list = tenterhook(["hooks"]).hooks(&given).ends();
    list.exits(0).shows("No disks").hides("veto all");
    let fire = ["fire", "--event", "cloud.pre_create", "--data", "{}", "--facet"];
    tenterhook(fire).args(["option=DISK"]).hooks(&given).ends().exits(10);
    tenterhook(fire).args(["option=SERVER"]).hooks(&given).ends().exits(0);
    // Once more: the new one takes the place of the one before.
    let other = MANIFEST.replace("No disks", "Not a disk");
    let component = fs::read(packed.folder().join("veto.wasm")).unwrap();
    let again = tenterhook(["pack", "a.wasm", "--manifest", "m.json", "--out", "b.wasm"]);
    let again = again.file("a.wasm", &component).file("m.json", &other).ends();
    again.exits(0);
    assert_eq!(fs::read(again.folder().join("a.wasm")).unwrap(), component);
    let given = Given::new().component("disks", &again.folder().join("b.wasm"));
    tenterhook(["hooks"]).hooks(&given).ends().exits(0).shows("Not a disk");
}

#[test]
fn what_is_wrong_with_a_manifest_is_said_at_once_and_nothing_is_changed() {
    let wrong =
        pack(r#"{"name":"","type":"cloud","status":"enabled","on":[{"event":"cloud.pre_creat"}]}"#).ends();
    wrong
        .exits(2)
        .says("names no version")
        .says("\"name\" is empty")
        .says("\"status\" is not the component's");
    wrong.says("did you mean \"cloud.pre_create\"?");
    assert_eq!(fs::read(wrong.folder().join("veto.wasm")).unwrap(), fs::read(guest("veto")).unwrap());
    pack("{").ends().exits(2).says("not JSON");
    pack(" \n").ends().exits(2).says("holds no manifest");
    pack(&format!("{MANIFEST}{MANIFEST}")).ends().exits(2).says("two manifests");
    let missing = tenterhook(["pack", "no.wasm", "--manifest", "no.json", "--catalogue", "no.toml"]).ends();
    missing.exits(2).says("no.wasm: error: cannot be read").says("no.json: error").says("no.toml: error");
    let core = pack(MANIFEST).file("veto.wasm", b"\0asm\x01\0\0\0").ends();
    core.exits(2).says("a core module and no component").says("wasm-tools component new");
}

#[test]
fn a_manifest_may_name_events_of_a_catalogue_that_is_given() {
    let manifest =
        r#"{"manifest":1,"name":"Orders","type":"shop","priority":1,"on":[{"event":"shop.pre_order"}]}"#;
    pack(manifest).ends().exits(2).says("shop");
    let catalogue =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../guest-sdk/tests/shop.toml")).unwrap();
    let packed = pack(manifest).file("shop.toml", catalogue).args(["--catalogue", "shop.toml"]).ends();
    packed.exits(0);
}
