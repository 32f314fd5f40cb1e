//! Files that must not be read, and links.

use super::{bytes, ids, problems, reason};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;
use tenterhook::Host;
use tenterhook::host::StartError;
use tenterhook_tests::{Given, guest};

const TOML: &str = "name = 'A'\ntype = 'cloud'\npriority = 1\n[[on]]\nevent = 'cloud.pre_create'\n";

#[tokio::test]
async fn a_link_inside_is_followed_and_one_that_leads_out_is_not() {
    let outside = Given::new().component("a", &guest("veto")).toml("a", TOML);
    let given = Given::new().component("real", &guest("accept")).hook("last", "see", "priority = 9");
    let (from, to) = (outside.hooks(), given.hooks());
    symlink("real.wasm", to.join("inside.wasm")).expect("a link");
    symlink(from.join("a.wasm"), to.join("absolute.wasm")).expect("a link");
    symlink(from.join("a.toml"), to.join("toml.toml")).expect("a link");
    let relative = format!("../{}/a.wasm", from.file_name().and_then(|n| n.to_str()).expect("a name"));
    symlink(relative, to.join("relative.wasm")).expect("a link");
    let out =
        |file: &str, id: &str| format!("{file}: the component \"{id}.wasm\": leads out of its directory");
    let expected = [
        out("absolute.wasm", "absolute"),
        out("relative.wasm", "relative"),
        "toml.toml: leads out of its directory".to_owned(),
        "toml.toml: the component \"toml.wasm\": there is no such file".to_owned(),
    ];
    assert_eq!(problems(&given), expected);
    let world = given.start().await;
    world.create().await.trail(&["inside accept", "real accept", "last accept"]);
    assert_eq!(world.roster.left_out, ["absolute", "relative", "toml"]);
}

#[test]
fn a_component_is_named_inside_the_directory_only() {
    let component = |path: &str| format!("component = '{path}'\n{TOML}");
    let outside = Given::new().component("a", &guest("accept"));
    let path = outside.hooks().join("a.wasm");
    let given = Given::new()
        .file("folder/real.wasm", bytes("accept"))
        .toml("absolute", &component(&path.display().to_string()))
        .toml("folder", &component("folder/real.wasm"))
        .toml("up", &component("../a.wasm"));
    let found = problems(&given);
    let out = |id: &str, path: &str| format!("{id}.toml: the component {path:?}: leads out of its directory");
    assert_eq!(found, [out("absolute", &path.display().to_string()), out("up", "../a.wasm")]);
}

#[tokio::test]
async fn a_mounted_configmap_is_read_through_its_links_and_swapped_as_one() {
    // Kubernetes mounts `a.toml -> ..data/a.toml` and `..data -> ..<time>`, and swaps the second link.
    let given = Given::new()
        .file("..one/a.toml", TOML)
        .file("..one/a.wasm", bytes("accept"))
        .file("..two/a.toml", TOML)
        .file("..two/a.wasm", bytes("veto"));
    let hooks = given.hooks();
    symlink("..one", hooks.join("..data")).expect("a link");
    for name in ["a.toml", "a.wasm"] {
        symlink(format!("..data/{name}"), hooks.join(name)).expect("a link");
    }
    let world = given.start().await.without_problems();
    world.create().await.trail(&["a accept"]);
    symlink("..two", hooks.join("..data_tmp")).expect("a link");
    fs::rename(hooks.join("..data_tmp"), hooks.join("..data")).expect("swapped");
    let world = world.stop().start().await.without_problems();
    world.create().await.trail(&["a veto"]);
}

#[tokio::test]
async fn what_everybody_may_write_to_is_not_read() {
    let given = Given::new().hook("a", "see", "").hook("b", "see", "").hook("c", "see", "");
    let everybody = |name: &str| {
        let mode = fs::Permissions::from_mode(0o666);
        fs::set_permissions(given.hooks().join(name), mode).expect("it is ours");
    };
    everybody("a.toml");
    everybody("b.wasm");
    let may = "everybody may write to it (chmod o-w)";
    let expected = [format!("a.toml: {may}"), format!("b.toml: the component \"b.wasm\": {may}")];
    assert_eq!(problems(&given), expected);
    let world = given.start().await;
    assert_eq!(reason(&world, "a"), may);
    world.create().await.trail(&["a failed:unavailable", "c skipped"]);
    assert_eq!(ids(&world.roster), ["a", "c"]);
    assert_eq!(world.roster.left_out, ["b"], "its component alone knew its events");
}

#[tokio::test]
async fn what_is_no_file_is_not_waited_for() {
    // A pipe that nobody writes to would block whoever reads it.
    let given = Given::new().hook("a", "see", "").file("folder.toml/x", "");
    let pipe = |name: &str| {
        let made = Command::new("mkfifo").arg(given.hooks().join(name)).status();
        assert!(made.expect("mkfifo runs").success());
    };
    pipe("pipe.toml");
    pipe("pipe.wasm");
    let expected = [
        "folder.toml: is no regular file",
        "folder.toml: the component \"folder.wasm\": there is no such file",
        "pipe.toml: is no regular file",
        "pipe.toml: the component \"pipe.wasm\": is no regular file",
    ];
    assert_eq!(problems(&given), expected);
    given.start().await.create().await.trail(&["a accept"]);
}

#[tokio::test]
async fn files_are_read_up_to_a_size_and_no_further() {
    let toml = format!("{TOML}# {}\n", "x".repeat(1 << 20));
    let given = Given::new().hook("a", "see", "").file("b.wasm", vec![0; 200_001]).toml("c", &toml);
    let given = given.limits(|limits| limits.component_bytes = 200_000);
    let world = given.start().await;
    assert_eq!(
        world.problems(),
        [
            "b.wasm: the component \"b.wasm\": is larger than 195.3 KiB",
            "c.toml: is larger than 1.0 MiB",
            "c.toml: the component \"c.wasm\": there is no such file",
        ]
    );
    world.create().await.trail(&["a accept"]);
}

#[tokio::test]
async fn text_that_is_no_text_is_a_problem_of_one_hook() {
    // R119
    let given = Given::new().hook("a", "see", "").hook("b", "see", "");
    let given = given.file("b.toml", b"name = '\xff'").file("catalogue/own.toml", b"\xfe");
    let world = given.start().await;
    assert_eq!(
        world.problems(),
        [
            "catalogue/own.toml: is not UTF-8: invalid utf-8 sequence of 1 bytes from index 0",
            "b.toml: is not UTF-8: invalid utf-8 sequence of 1 bytes from index 8",
        ]
    );
    world.create().await.trail(&["a accept", "b failed:unavailable"]);
}

#[tokio::test]
async fn a_directory_that_is_not_there_is_no_empty_directory() {
    let missing = Given::new().hooks().join("missing");
    for error in
        [Host::builder().hooks(&missing).start().await.err(), Host::builder().hooks(&missing).check().err()]
    {
        let Some(StartError::Directory(path, error)) = error else {
            panic!("it started: {error:?}");
        };
        assert_eq!((path, error.kind()), (missing.clone(), std::io::ErrorKind::NotFound));
    }
}
