//! Where programs come from: what was allowed, checked and loaded is what runs.

use super::TENTERHOOK;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use tenterhook::admission::Admission;
use tenterhook::outcome::Failure::Unavailable;
use tenterhook_tests::{Given, Run, Shelf, script_toml, until};

/// What is wrong with a hook that runs the program at this path.
async fn problem(shelf: &Shelf, path: impl AsRef<Path>) -> String {
    let world = shelf.given(TENTERHOOK).toml("a", &script_toml(path.as_ref(), "")).start().await;
    world.create().await.vetoed_by("a", "hook_failed").failed("a", Unavailable, "");
    let problems = world.problems();
    let [problem] = &problems[..] else { panic!("{problems:?}") };
    problem.replace(&shelf.path().display().to_string(), "DIR")
}

#[tokio::test]
async fn only_programs_of_a_directory_that_is_allowed_run() {
    let (shelf, other) = (Shelf::new(), Shelf::new());
    let outside = other.put("a.sh", "exit 0");
    let inside = |name: &str| shelf.path().join(name);
    let said = problem(&shelf, &outside).await;
    assert!(said.contains("lies in no directory that programs may run from, these are DIR"), "{said}");
    let said = problem(&shelf, "a.sh").await;
    assert!(said.contains("is no plain path"), "{said}");
    let back = format!("../{}/a.sh", other.path().file_name().unwrap().display());
    let said = problem(&shelf, inside(&back)).await;
    assert!(said.contains("is no plain path"), "{said}");
    symlink(&outside, inside("link.sh")).unwrap();
    let said = problem(&shelf, inside("link.sh")).await;
    assert!(said.contains("leads out of its directory"), "{said}");
    symlink(other.path(), inside("folder")).unwrap();
    let said = problem(&shelf, inside("folder/a.sh")).await;
    assert!(said.contains("leads out of its directory"), "{said}");
    // A link that stays is followed.
    shelf.put("b.sh", "exit 0");
    symlink("b.sh", inside("c.sh")).unwrap();
    let world = shelf.given(TENTERHOOK).toml("a", &script_toml(&inside("c.sh"), "")).start().await;
    world.without_problems().create().await.accepted();
}

#[tokio::test]
async fn what_cannot_run_or_everybody_may_change_is_said_at_load() {
    let shelf = Shelf::new();
    let said = problem(&shelf, shelf.path().join("missing")).await;
    assert_eq!(said, r#"a.toml: the program "DIR/missing": there is no such file"#);
    let said = problem(&shelf, shelf.file("plain", "#!/bin/sh\n", 0o644)).await;
    assert!(said.contains("is not executable, chmod +x DIR/plain"), "{said}");
    let said = problem(&shelf, shelf.file("open", "#!/bin/sh\n", 0o777)).await;
    assert!(said.contains("everybody may write to it (chmod o-w)"), "{said}");
    let said = problem(&shelf, shelf.file("lost", "#!/no/such/interpreter -x\n", 0o755)).await;
    assert!(said.contains("its interpreter \"/no/such/interpreter\" is missing"), "{said}");
    fs::create_dir(shelf.path().join("folder")).unwrap();
    let said = problem(&shelf, shelf.path().join("folder")).await;
    assert!(said.contains("is no regular file"), "{said}");
    let said = problem(&shelf, shelf.path()).await;
    assert!(said.contains("lies in no directory"), "{said}");
    let fine = shelf.put("fine", "exit 0");
    fs::set_permissions(shelf.path(), Permissions::from_mode(0o777)).unwrap();
    let said = problem(&shelf, fine).await;
    assert!(said.contains("everybody may write to DIR"), "{said}");
}

#[tokio::test]
async fn a_host_without_directories_runs_none_and_says_what_to_do() {
    let shelf = Shelf::new();
    let toml = script_toml(&shelf.put("a.sh", "exit 0"), "");
    let world = Given::new().toml("a", &toml).start().await;
    world.create().await.failed("a", Unavailable, "no script may run on this host");
    assert!(world.problems()[0].contains("scripts.directories"), "{:?}", world.problems());
    // A command says so too, and runs it where it is told the directory.
    let given = world.stop();
    let check = || Run::of(TENTERHOOK).args(["check"]).directory(&given);
    check().ends().exits(2).shows("no script may run on this host");
    check().env("TENTERHOOK_SCRIPTS_DIRECTORIES", shelf.path()).ends().exits(0);
    let hooks = Run::of(TENTERHOOK).args(["hooks"]).hooks(&given);
    let hooks = hooks.env("TENTERHOOK_SCRIPTS_DIRECTORIES", shelf.path());
    hooks.ends().exits(0).shows(&format!("script {}", shelf.path().join("a.sh").display()));
    check().args(["--scripts".as_ref(), shelf.path().as_os_str()]).ends().exits(0);
}

#[tokio::test]
async fn everything_wrong_in_its_toml_is_said_at_once() {
    let shelf = Shelf::new();
    let toml = "name = 'Script'\nclass = 'script'\ntype = 'cloud'\npriority = 1\non = [{ event = 'cloud.pre_create' }]\n\
                [properties]\npth = '/x'\narguments = [1]\nformat = 'jerasof'\n[limits]\nmemory = '1MiB'\n\
                [grants]\nenvironment = ['TENTERHOOK_SECRET_X', 'A=B', 'LANG']\n";
    let world = shelf.given(TENTERHOOK).toml("a", toml).start().await;
    let problems = world.problems().join("\n");
    for said in [
        "a.toml:7: a script has no property \"pth\", did you mean \"path\"?",
        "a.toml: the property \"path\" is missing",
        "a.toml:8: ",
        "a.toml:9: a script knows no format \"jerasof\", did you mean \"jerasoft\"?",
        "a.toml:11: limits.memory = 1048576 bytes is too little for a script",
        "a.toml:13: grants.environment: \"TENTERHOOK_SECRET_X\" is the host's own",
        "a.toml:13: grants.environment: \"A=B\" is no variable",
    ] {
        assert!(problems.contains(said), "{said} in\n{problems}");
    }
}

#[tokio::test]
async fn a_program_that_was_changed_does_not_run_before_it_is_loaded() {
    let shelf = Shelf::new();
    let world = shelf.with(TENTERHOOK, "echo one; exit 10", "").start().await.without_problems();
    let answer = world.create().await;
    answer.because("one");
    let before = answer.line("a").version.clone();
    shelf.put("a.sh", "echo two; exit 10");
    world.create().await.failed("a", Unavailable, "was changed since it was loaded");
    world.host.reload().await.unwrap();
    let answer = world.create().await;
    answer.because("two");
    assert_ne!(answer.line("a").version, before);
    // Changed in its place it is another one as well.
    fs::write(shelf.path().join("a.sh"), "#!/bin/sh\necho six; exit 10\n").unwrap();
    world.create().await.failed("a", Unavailable, "was changed since it was loaded");
    // Watched, it is taken up by itself.
    world.host.watch();
    shelf.put("a.sh", "echo three; exit 10");
    let taken_up = async {
        while world.create().await.outcome.trail[0].message.as_deref() != Some("three") {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), taken_up).await.expect("it is taken up");
}

#[tokio::test]
async fn a_program_that_goes_missing_is_a_problem_and_comes_back_as_it_was() {
    let shelf = Shelf::new();
    let world = shelf.with(TENTERHOOK, "exit 0", "").start().await.without_problems();
    let away = shelf.path().join("away");
    fs::rename(shelf.path().join("a.sh"), &away).unwrap();
    let roster = world.host.reload().await.unwrap();
    assert!(
        roster.problems.iter().any(|problem| problem.to_string().contains("no such file")),
        "{:?}",
        roster.problems
    );
    world.create().await.failed("a", Unavailable, "");
    fs::rename(&away, shelf.path().join("a.sh")).unwrap();
    world.host.reload().await.unwrap();
    until("it is back", || world.host.roster().problems.is_empty()).await;
    world.create().await.accepted();
}

#[tokio::test]
async fn a_toml_that_goes_bad_over_a_restart_leaves_the_last_good_version() {
    let shelf = Shelf::new();
    let world = shelf.with(TENTERHOOK, "echo no; exit 10", "").start().await.without_problems();
    let bad = world.stop().toml("a", "name = ").start().await;
    bad.create().await.vetoed_by("a", "refused");
    // Not with another program.
    shelf.put("a.sh", "exit 0");
    let world = bad.stop().start().await;
    world.create().await.vetoed_by("a", "hook_failed").failed("a", Unavailable, "");
}

#[tokio::test]
async fn a_listed_program_has_the_digest_that_its_toml_lists() {
    let shelf = Shelf::new();
    let path = shelf.put("a.sh", "exit 0");
    let digest = sha256(&path);
    let given =
        |toml: &str| shelf.given(TENTERHOOK).toml("a", &format!("{toml}\n{}", script_toml(&path, "")));
    let unlisted = given("").admission(Admission::Listed).start().await;
    unlisted.create().await.failed("a", Unavailable, "does not list its sha256");
    let listed = given(&format!("sha256 = '{digest}'")).admission(Admission::Listed).start().await;
    listed.without_problems().create().await.accepted();
    let other = given(&format!("sha256 = '{}'", "0".repeat(64))).start().await;
    other.create().await.failed("a", Unavailable, "not the one that a.toml lists");
}

fn sha256(path: &Path) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(fs::read(path).unwrap()).iter().map(|byte| format!("{byte:02x}")).collect()
}
