//! Compiled components on disk: only what this user's host wrote, for exactly these bytes and this engine, is
//! ever loaded.

use super::made::{self, ANSWER, Made};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use tenterhook::{Event, Host};
use tenterhook_tests::Given;

const BINARY: &str = env!("CARGO_BIN_EXE_tenterhook-under-test");

/// A hook that vetoes with this code.
fn vetoing(code: &[u8; 2]) -> Vec<u8> {
    let text = u32::try_from(ANSWER).unwrap() + 24;
    let words = [0, 3, text, 2, text, 0];
    let mut answer: Vec<u8> = words.into_iter().flat_map(u32::to_le_bytes).collect();
    answer.extend(code);
    Made::answering(&answer).component()
}

/// A host with a cache, and the code with which its hook vetoes; with no compiler worth the name there is one
/// only if the cache has it.
async fn code(given: &Given, cache: &Path, compiler: &str) -> Result<String, String> {
    let builder = Host::builder().hooks(given.hooks()).cache(cache).compiler(compiler, ["__compile"]);
    let host = builder.start().await.unwrap();
    let roster = host.roster();
    let problems = &roster.problems;
    if let Some(problem) = problems.first() {
        return Err(format!("{}: {problem}", problem.kind.unwrap_or("no kind")));
    }
    let event = Event::new("cloud.pre_create", "tests").facet("option", "SERVER");
    let outcome = host.ask(event).await.unwrap();
    Ok(outcome.veto().unwrap().code.clone())
}

async fn cached(given: &Given, cache: &Path) -> Result<String, String> {
    code(given, cache, "/bin/false").await
}

async fn compiled(given: &Given, cache: &Path) -> String {
    code(given, cache, BINARY).await.unwrap()
}

/// The compiled components in a folder.
fn artifacts(cache: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(cache).unwrap().flatten().map(|entry| entry.path());
    files.filter(|path| path.extension().is_some_and(|extension| extension == "cwasm")).collect()
}

/// A hook, and a cache that has it compiled, in which it is the one file.
async fn warm() -> (Given, TempDir, PathBuf) {
    let (given, cache) = (made::hook(Given::new(), "a", vetoing(b"aa")), TempDir::new().unwrap());
    assert_eq!(compiled(&given, cache.path()).await, "aa");
    let file = artifacts(cache.path()).pop().unwrap();
    (given, cache, file)
}

#[tokio::test]
async fn the_second_start_compiles_nothing() {
    let (given, cache, file) = warm().await;
    assert_eq!(cached(&given, cache.path()).await.unwrap(), "aa");
    assert_eq!(artifacts(cache.path()), [file]);
    // Nobody could have compiled it: with an empty cache nothing loads.
    let failed = cached(&given, TempDir::new().unwrap().path()).await.unwrap_err();
    assert!(failed.starts_with("crash: "), "{failed}");
}

#[tokio::test]
async fn a_compiler_that_cannot_be_started_is_the_hosts_fault() {
    let given = made::hook(Given::new(), "a", vetoing(b"aa"));
    let failed = code(&given, TempDir::new().unwrap().path(), "/no/such").await.unwrap_err();
    assert!(failed.starts_with("host: ") && failed.contains("the compiler cannot be started"), "{failed}");
}

#[tokio::test]
async fn others_cannot_read_or_write_what_is_kept() {
    let folder = TempDir::new().unwrap();
    let cache = folder.path().join("new/cache");
    let given = made::hook(Given::new(), "a", vetoing(b"aa"));
    compiled(&given, &cache).await;
    assert_eq!(fs::metadata(&cache).unwrap().mode() & 0o777, 0o700);
    for entry in fs::read_dir(&cache).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().mode() & 0o777, 0o600, "{:?}", entry.path());
    }
}

#[tokio::test]
async fn a_file_that_was_tampered_with_is_not_loaded_and_is_made_anew() {
    let (given, cache, file) = warm().await;
    let whole = fs::read(&file).unwrap();
    // The first bytes are the tag, the rest the code.
    let flipped = |at: usize| {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        bytes
    };
    let longer = [&whole[..], b"\0"].concat();
    for (what, bytes) in [
        ("empty", Vec::new()),
        ("shorter than a tag", whole[..31].to_vec()),
        ("a tag alone", whole[..32].to_vec()),
        ("truncated", whole[..whole.len() - 1].to_vec()),
        ("longer", longer),
        ("a bit of the tag", flipped(0)),
        ("the first bit of the code", flipped(32)),
        ("a bit in the middle", flipped(whole.len() / 2)),
        ("the last bit", flipped(whole.len() - 1)),
    ] {
        fs::write(&file, bytes).unwrap();
        let failed = cached(&given, cache.path()).await;
        assert!(failed.is_err_and(|error| error.starts_with("crash: ")), "{what}");
        assert_eq!(compiled(&given, cache.path()).await, "aa", "{what}");
        assert_eq!(cached(&given, cache.path()).await.unwrap(), "aa", "{what}");
    }
}

#[tokio::test]
async fn a_file_of_another_key_is_not_loaded() {
    let (given, cache, file) = warm().await;
    let (_, _other, foreign) = warm().await;
    assert_eq!(foreign.file_name(), file.file_name(), "it has the same name");
    fs::copy(foreign, &file).unwrap();
    assert!(cached(&given, cache.path()).await.is_err());
    // Nor is one's own once the key is another, is lost, or may be known to others.
    compiled(&given, cache.path()).await;
    fs::remove_file(cache.path().join("key")).unwrap();
    assert!(cached(&given, cache.path()).await.is_err());
    compiled(&given, cache.path()).await;
    fs::write(cache.path().join("key"), "short").unwrap();
    assert!(cached(&given, cache.path()).await.is_err());
    compiled(&given, cache.path()).await;
    fs::set_permissions(cache.path().join("key"), fs::Permissions::from_mode(0o666)).unwrap();
    assert!(cached(&given, cache.path()).await.is_err());
}

#[tokio::test]
async fn a_file_that_others_may_write_or_that_is_a_link_is_not_loaded() {
    let (given, cache, file) = warm().await;
    for mode in [0o620, 0o602, 0o666] {
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        assert!(cached(&given, cache.path()).await.is_err(), "{mode:o}");
        compiled(&given, cache.path()).await;
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o600, "made anew");
    }
    let elsewhere = TempDir::new().unwrap();
    let target = elsewhere.path().join("file");
    fs::rename(&file, &target).unwrap();
    symlink(&target, &file).unwrap();
    assert!(cached(&given, cache.path()).await.is_err(), "its own artifact, behind a link");
    let before = fs::read(&target).unwrap();
    compiled(&given, cache.path()).await;
    assert!(fs::symlink_metadata(&file).unwrap().is_file(), "the link is replaced");
    assert_eq!(fs::read(&target).unwrap(), before, "and nothing is written through it");
}

#[tokio::test]
async fn a_pipe_in_the_place_of_a_file_holds_nobody_up() {
    let (given, cache, file) = warm().await;
    fs::remove_file(&file).unwrap();
    let made = std::process::Command::new("mkfifo").arg(&file).status().unwrap();
    assert!(made.success());
    assert!(cached(&given, cache.path()).await.is_err());
    assert_eq!(compiled(&given, cache.path()).await, "aa");
}

#[tokio::test]
async fn a_cache_that_others_may_write_to_is_not_used_and_that_is_said() {
    let (given, cache, _) = warm().await;
    for mode in [0o770, 0o707, 0o777] {
        fs::set_permissions(cache.path(), fs::Permissions::from_mode(mode)).unwrap();
        let host = Host::builder().hooks(given.hooks()).cache(cache.path());
        let host = host.compiler("/bin/false", ["__compile"]).start().await.unwrap();
        let said = host.roster().problems.iter().find(|problem| !problem.is_error()).unwrap().to_string();
        let expected =
            format!("{}: warning: the cache of compiled components is not used: ", cache.path().display());
        assert!(said.starts_with(&expected), "{said}");
        assert!(
            host.roster().hooks().next().unwrap().unavailable().is_some(),
            "{mode:o}: nothing is read from it"
        );
    }
    // Hooks run without it all the same.
    let host = Host::builder().hooks(given.hooks()).cache(cache.path()).compiler(BINARY, ["__compile"]);
    let host = host.start().await.unwrap();
    assert_eq!(host.roster().hooks().next().unwrap().unavailable(), None);
}

#[tokio::test]
async fn another_engine_has_a_file_of_its_own() {
    let (given, cache, file) = warm().await;
    let (folder, name) = (file.parent().unwrap(), file.file_name().unwrap().to_str().unwrap());
    let (digest, engine) = name.trim_end_matches(".cwasm").split_once('-').unwrap();
    assert_eq!((digest.len(), engine.len()), (64, 16), "{name}");
    // What a host of another version left behind is passed over, and left alone.
    let other = folder.join(format!("{digest}-{:016x}.cwasm", 1));
    fs::rename(&file, &other).unwrap();
    assert!(cached(&given, cache.path()).await.is_err());
    compiled(&given, cache.path()).await;
    assert_eq!(artifacts(cache.path()).len(), 2);
}

#[tokio::test]
async fn a_component_never_gets_the_artifact_of_another() {
    let (given, cache, a) = warm().await;
    let given = made::hook(given, "a", vetoing(b"bb"));
    assert!(cached(&given, cache.path()).await.is_err(), "other bytes are not in the cache");
    assert_eq!(compiled(&given, cache.path()).await, "bb");
    let b = artifacts(cache.path()).into_iter().find(|path| *path != a).unwrap();
    // Both were written with this key; one under the name of the other is still refused.
    fs::copy(&a, &b).unwrap();
    assert!(cached(&given, cache.path()).await.is_err());
    assert_eq!(compiled(&given, cache.path()).await, "bb");
}
