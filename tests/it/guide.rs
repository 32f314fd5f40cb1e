//! The SDK's guide: what stands in it works as it stands there. Its Rust beside this is run by `cargo test --doc`.

use std::fs;
use std::path::Path;
use tenterhook_tests::{Given, Run};

fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace is above")
}

fn tenterhook<const N: usize>(args: [&str; N]) -> Run<'static> {
    Run::of(env!("CARGO_BIN_EXE_tenterhook-under-test")).args(args)
}

/// The fenced blocks of a language, `""` being Rust.
fn blocks(language: &str) -> Vec<String> {
    let guide = fs::read_to_string(workspace().join("guest-sdk/src/guide.rs")).unwrap();
    let lines: Vec<&str> = guide.lines().map(|line| line.trim_start_matches("///")).collect();
    let mut blocks = Vec::new();
    let mut open: Option<(String, String)> = None;
    for line in lines.iter().map(|line| line.strip_prefix(' ').unwrap_or(line)) {
        match (line.strip_prefix("```"), &mut open) {
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(language), None) => open = Some((language.to_owned(), String::new())),
            (None, Some((_, text))) => *text += &format!("{line}\n"),
            (None, None) => {}
        }
    }
    blocks.into_iter().filter(|(kind, _)| kind == language).map(|(_, text)| text).collect()
}

#[test]
fn the_first_hook_builds_and_answers_as_the_guide_says() {
    let sdk = workspace().join("guest-sdk");
    let cargo = format!(
        "{}[workspace]\n[patch.crates-io]\ntenterhook-sdk = {{ path = {:?} }}\n",
        blocks("toml")[0],
        sdk.display().to_string()
    );
    // Not where the stock hooks are: one of them has this name, too.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("projects");
    let built = tenterhook(["build", ".", "--out", "hooks"])
        .env("CARGO_TARGET_DIR", target)
        .env("CARGO_NET_OFFLINE", "true")
        .file("Cargo.toml", cargo)
        .file("Cargo.lock", fs::read_to_string(workspace().join("Cargo.lock")).unwrap())
        .file("src/lib.rs", &blocks("")[0])
        .ends();
    built.exits(0);
    let hooks = built.folder().join("hooks");
    let fire = tenterhook(["fire", "event.json", "--hooks"]).args([&hooks]);
    let fired = fire.file("event.json", &blocks("json")[0]).ends();
    fired.exits(10).shows("at most 16 CPUs");
}

#[test]
fn what_the_guide_has_operators_write_is_understood() {
    let tomls: Vec<String> =
        blocks("toml").into_iter().filter(|text| text.starts_with("# hooks/server-quota.toml")).collect();
    assert_eq!(tomls.len(), 3, "{tomls:#?}");
    for toml in tomls {
        let given = Given::new().hook("server-quota", "accept", &toml);
        let checked =
            tenterhook(["check"]).directory(&given).env("TENTERHOOK_SECRET_CRM_TOKEN", "token").ends();
        match toml.contains("sha256") {
            // That of no component.
            true => checked.exits(2).shows("not the one that server-quota.toml lists").shows("1 error in"),
            false => checked.exits(0).shows("no problems"),
        };
    }
}
