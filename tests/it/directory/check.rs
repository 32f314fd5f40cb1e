//! A check reads and compiles everything, and runs and writes nothing.

use super::{check, hook, reason};
use std::fs;
use std::path::Path;
use std::time::SystemTime;
use tenterhook_tests::Given;

const ON: &str = "type = 'charging.api'\npriority = 1\n[[on]]\nevent = 'charging.api.initialisation'";

#[tokio::test]
async fn a_check_runs_no_guest() {
    // R114: a start would, and this guest never comes back from it
    let given = Given::new().hook("spins", "spin", ON);
    assert_eq!(hook(&check(&given), "spins").unavailable(), None);
    let world = given.start().await;
    assert!(reason(&world, "spins").starts_with("it failed to initialise: "), "{}", reason(&world, "spins"));
}

#[tokio::test]
async fn a_check_writes_nothing_and_a_start_remembers() {
    let given = Given::new().hook("a", "accept", "").hook("b", "accept", "priority = 'x'");
    let before = (tree(&given.hooks()), tree(&given.data()));
    assert_eq!(check(&given).generation, 0);
    assert_eq!((tree(&given.hooks()), tree(&given.data())), before);
    let world = given.start().await;
    assert_eq!(world.roster.generation, 1);
    let given = world.stop();
    assert_eq!(tree(&given.hooks()), before.0);
    let remembered = tree(&given.data());
    let names: Vec<_> = remembered.iter().map(|(name, _)| name.as_str()).collect();
    let component = format!("good/a/{}.wasm", super::digest::digest(&super::bytes("accept")));
    assert_eq!(names, ["good", "good/a", &component, "good/a/manifest.json"]);
}

/// Everything below a folder with its time of change, sorted.
fn tree(folder: &Path) -> Vec<(String, SystemTime)> {
    fn walk(folder: &Path, root: &Path, found: &mut Vec<(String, SystemTime)>) {
        for entry in fs::read_dir(folder).expect("it can be listed").flatten() {
            let path = entry.path();
            let name = path.strip_prefix(root).expect("it is below").display().to_string();
            let changed = entry.metadata().and_then(|metadata| metadata.modified());
            found.push((name, changed.expect("it has a time")));
            if path.is_dir() {
                walk(&path, root, found);
            }
        }
    }
    let mut found = Vec::new();
    walk(folder, folder, &mut found);
    found.sort();
    found
}

#[tokio::test]
async fn what_is_remembered_is_private() {
    use std::os::unix::fs::PermissionsExt;
    let given = Given::new().hook("a", "accept", "").start().await.stop();
    let mode = |path: &str| fs::metadata(given.data().join(path)).map(|m| m.permissions().mode() & 0o777);
    for folder in ["good", "good/a"] {
        assert_eq!(mode(folder).ok(), Some(0o700), "{folder}");
    }
}
