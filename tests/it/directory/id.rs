//! The id of a hook is the name of its files.

use super::{check, ids, problems};
use tenterhook_tests::{Given, guest};

#[test]
fn names_that_are_no_ids_are_refused_and_the_others_are_hooks() {
    // R67, R90
    let long = "x".repeat(65);
    let bad = ["Upper", "a.b", "-a", "_a", "a b", "ä", &long];
    let good = ["0", "a", "a-b_c9", &long[1..]];
    let given =
        bad.iter().chain(&good).fold(Given::new(), |given, id| given.hook(id, "accept", "priority = 1"));
    assert_eq!(ids(&check(&given)), good);
    let hint = "name the file with a-z, 0-9, _ and -, at most 64, no dot";
    let mut sorted = bad;
    sorted.sort_unstable();
    let expected = sorted.map(|id| format!("{id}.toml: {id:?} is no id for a hook, {hint}"));
    assert_eq!(problems(&given), expected);
}

#[test]
fn names_that_differ_only_in_case_are_two_problems() {
    // R90: two hooks with one id are refused
    let given = Given::new().component("quota", &guest("accept")).component("Quota", &guest("accept"));
    let found = problems(&given);
    assert_eq!(
        found,
        [
            "Quota.wasm: \"Quota\" is no id for a hook, name the file with a-z, 0-9, _ and -, at most 64, no dot",
            "Quota.wasm: \"Quota\" and \"quota\" differ only in case, rename one",
            "quota.wasm: \"quota\" and \"Quota\" differ only in case, rename one",
        ]
    );
}

#[tokio::test]
async fn an_id_in_the_toml_must_be_the_name_of_the_file() {
    // R90
    let same = Given::new().hook("a", "accept", "id = 'a'");
    assert_eq!(problems(&same), [""; 0]);
    let other = Given::new().hook("a", "accept", "\nid = 'b'");
    let message = "id = \"b\" is not the file's name, \"a\", leave it out, or rename the file";
    assert_eq!(problems(&other), [format!("a.toml:2: {message}")]);
    let world = other.start().await;
    world.create().await.vetoed_by("a", "hook_failed").says("a", message);
}

#[test]
fn a_script_beside_a_component_or_without_a_toml_is_refused() {
    // R90, R115, R116
    let given = Given::new().hook("both", "accept", "").file("both.js", "").file("alone.js", "");
    assert_eq!(
        problems(&given),
        [
            "alone.js: alone.js without alone.toml, write there what it is for: class = \"javascript\", name, type, priority, [[on]]",
            "both.toml: both.js beside both.wasm, keep the one that is the hook",
        ]
    );
    assert_eq!(check(&given).left_out, ["alone"]);
}

#[test]
fn files_of_other_kinds_and_dot_names_are_not_looked_at() {
    let given = Given::new()
        .hook("a", "see", "")
        .file("README.md", "hooks")
        .file("a.wasm.bak", "old")
        .file("wasm", "no stem")
        .file("folder/b.toml", "in a folder")
        .file(".a.toml", "unsaved =")
        .file(".b.wasm", "half a comp")
        .file("catalogue/.own.toml", "unsaved =")
        .file("catalogue/notes.txt", "own events");
    assert_eq!(problems(&given), [""; 0]);
    assert_eq!(ids(&check(&given)), ["a"]);
}
