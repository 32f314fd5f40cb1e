//! Directories that are replaced as a whole.

use super::{put, version};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use tempfile::TempDir;
use tenterhook::roster::Roster;
use tenterhook::{Event, Host};
use tenterhook_tests::until;

/// Replaces a link, or makes one.
fn point(link: &Path, target: impl AsRef<Path>) {
    let temporary = link.with_file_name("..temporary");
    symlink(target, &temporary).unwrap();
    fs::rename(temporary, link).unwrap();
}

/// A folder with the hook `a`.
fn folder(path: &Path, guest: &str) {
    fs::create_dir_all(path).unwrap();
    put(&path.join("a.wasm"), version(guest, 0));
    put(&path.join("a.toml"), "priority = 1\n[limits]\ndeadline = '20s'");
}

async fn watched(hooks: &Path) -> Host {
    let mut limits = tenterhook::limits::HostLimits::default();
    (limits.concurrency, limits.prepared) = (4, 4);
    limits.budget = std::time::Duration::from_secs(100);
    let host = Host::builder().hooks(hooks).limits(limits).start().await.unwrap();
    assert_eq!(host.roster().problems, []);
    host.watch();
    host
}

async fn vetoes(host: &Host) -> bool {
    let event = Event::new("cloud.pre_create", "tests").facet("option", "SERVER");
    host.ask(event).await.unwrap().veto().is_some()
}

/// Waits until another roster is at work than this one.
async fn until_other(host: &Host, roster: &Roster) {
    let (before, host) = (roster.generation, host.clone());
    until("another roster is at work", move || host.roster().generation > before).await;
}

#[tokio::test]
async fn a_mounted_config_map_is_followed() {
    let directory = TempDir::new().unwrap();
    let hooks = directory.path();
    folder(&hooks.join("..2026_1"), "accept");
    point(&hooks.join("..data"), "..2026_1");
    for name in ["a.wasm", "a.toml"] {
        symlink(Path::new("..data").join(name), hooks.join(name)).unwrap();
    }
    let host = watched(hooks).await;
    for (round, guest) in [(2, "veto"), (3, "accept"), (4, "veto")] {
        let before = host.roster();
        let next = format!("..2026_{round}");
        folder(&hooks.join(&next), guest);
        point(&hooks.join("..data"), &next);
        fs::remove_dir_all(hooks.join(format!("..2026_{}", round - 1))).unwrap();
        until_other(&host, &before).await;
        assert_eq!(vetoes(&host).await, guest == "veto");
    }
}

#[tokio::test]
async fn a_link_to_the_hooks_directory_is_followed_wherever_it_leads() {
    let root = TempDir::new().unwrap();
    let root = root.path();
    folder(&root.join("one/hooks"), "accept");
    folder(&root.join("two/hooks"), "veto");
    folder(&root.join("three/hooks"), "accept");
    point(&root.join("release"), "one");
    point(&root.join("hooks"), "release/hooks");
    let host = watched(&root.join("hooks")).await;
    for (target, veto) in [("two", true), ("three", false)] {
        let before = host.roster();
        point(&root.join("release"), target);
        until_other(&host, &before).await;
        assert_eq!(vetoes(&host).await, veto);
    }
    let before = host.roster();
    put(&root.join("three/hooks/a.wasm"), version("veto", 1));
    until_other(&host, &before).await;
    assert!(vetoes(&host).await);
}

#[tokio::test]
async fn a_directory_that_goes_away_leaves_its_hooks_at_work_until_it_is_back() {
    let root = TempDir::new().unwrap();
    let hooks = root.path().join("hooks");
    folder(&hooks, "veto");
    let host = watched(&hooks).await;
    let before = host.roster();
    fs::rename(&hooks, root.path().join("away")).unwrap();
    until_other(&host, &before).await;
    assert!(host.roster().problems[0].to_string().contains("the hooks directory cannot be opened"));
    assert!(vetoes(&host).await);
    let before = host.roster();
    folder(&hooks, "accept");
    until_other(&host, &before).await;
    let accepts = host.clone();
    until("it is back", move || accepts.roster().problems.is_empty()).await;
    assert!(!vetoes(&host).await);
}
