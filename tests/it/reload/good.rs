//! What is remembered of hooks that ran well.

use super::{put_in, version};
use std::fs;
use std::os::unix::fs::MetadataExt;
use tenterhook_tests::Given;

#[tokio::test]
async fn hooks_that_share_a_component_share_what_is_remembered_of_it() {
    let toml = "component = 'shared.wasm'\n";
    let given = Given::new().component("shared", &tenterhook_tests::guest("accept"));
    let world = given.toml("a", toml).toml("b", toml).start().await.without_problems();
    let inode = |hook: &str| {
        let files = fs::read_dir(world.given().data().join("good").join(hook)).unwrap().flatten();
        let mut components = files.filter(|file| file.path().extension().is_some_and(|kind| kind == "wasm"));
        components.next().unwrap().metadata().unwrap().ino()
    };
    assert_eq!(inode("a"), inode("b"));
}

#[tokio::test]
async fn what_was_changed_in_the_data_directory_does_not_run() {
    let world = Given::new().hook("a", "veto", "priority = 1").start().await;
    let folder = world.given().data().join("good/a");
    let mut component = fs::read_dir(&folder).unwrap().flatten().map(|file| file.path());
    let component = component.find(|path| path.extension().is_some_and(|kind| kind == "wasm")).unwrap();
    fs::write(component, version("accept", 0)).unwrap();
    let world = world.stop().file("a.wasm", "no wasm").start().await;
    world.create().await.vetoed_by("a", "hook_failed").trail(&["a failed:unavailable"]);
}

#[tokio::test]
async fn a_removed_hook_does_not_come_back_with_a_bad_file() {
    let world = Given::new().hook("a", "veto", "priority = 1").start().await;
    for name in ["a.wasm", "a.toml"] {
        fs::remove_file(world.given().hooks().join(name)).unwrap();
    }
    world.host.reload().await.unwrap();
    put_in(&world, "a.wasm", "no wasm");
    world.host.reload().await.unwrap();
    assert_eq!(world.host.roster().left_out, ["a"]);
}
