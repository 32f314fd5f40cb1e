//! `new`: a folder from which a hook is built, tested and loaded; or nothing, and why.

use super::tenterhook;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tenterhook_tests::{Ended, Run};

/// Where projects are built: those of all tests share what is the same, and need no network.
fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("projects")
}

/// The one project that is really built. Its SDK is compiled once for all tests of it.
pub(super) struct Project(
    PathBuf,
    #[expect(dead_code, reason = "one test at a time")] MutexGuard<'static, ()>,
);

impl Project {
    /// As `new` makes it of these events.
    pub(super) fn of(events: &[&str]) -> Self {
        static ONE: Mutex<Option<()>> = Mutex::new(None);
        static TURN: Mutex<()> = Mutex::new(());
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("my-hook");
        let mut made = ONE.lock().unwrap();
        if made.is_none() {
            let _ = fs::remove_dir_all(&folder);
            tenterhook(["new"]).args([&folder]).ends().exits(0);
            let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
            fs::copy(workspace.join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
            *made = Some(());
        }
        let events = events.iter().flat_map(|event| ["--event", event]);
        let new = tenterhook(["new", "my-hook"]).args(events).ends();
        new.exits(0);
        for part in ["src/lib.rs", "cases", "hook.toml"] {
            let (from, to) = (new.folder().join("my-hook").join(part), folder.join(part));
            let _ = fs::remove_dir_all(&to);
            copy(&from, &to);
        }
        Self(folder, turn)
    }

    pub(super) fn folder(&self) -> &Path {
        &self.0
    }

    /// A command line on it.
    pub(super) fn tenterhook(&self, command: &str) -> Run<'static> {
        let run = tenterhook([command]).args([self.folder()]);
        run.env("CARGO_TARGET_DIR", target()).env("CARGO_NET_OFFLINE", "true")
    }

    fn cargo(&self, arguments: &[&str]) -> (bool, String) {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(arguments).current_dir(self.folder()).env("CARGO_TARGET_DIR", target());
        let output = cargo.env("CARGO_NET_OFFLINE", "true").output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        (output.status.success(), text + &String::from_utf8_lossy(&output.stderr))
    }
}

fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            copy(&entry.path(), &to.join(entry.file_name()));
        }
    } else {
        // Written, not copied with its time: cargo goes by that.
        fs::write(to, fs::read(from).unwrap()).unwrap();
    }
}

/// The files that were made, but for the SDK's and the contract's.
fn made(ended: &Ended, name: &str) -> Vec<String> {
    let root = ended.folder().join(name);
    let (mut folders, mut files) = (vec![root.clone()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(&root).unwrap().display().to_string();
            match path.is_dir() {
                true if name == "sdk" || name == "wit" => files.push(name + "/"),
                true => folders.push(path),
                false => files.push(name),
            }
        }
    }
    files.sort();
    files
}

/// What is in the folder in which the command ran.
fn around(ended: &Ended) -> Vec<String> {
    let names = fs::read_dir(ended.folder()).unwrap();
    let mut names: Vec<_> = names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| name != ".state");
    names.sort();
    names
}

#[test]
fn a_new_project_passes_its_own_tests_is_built_and_answers() {
    // R89: a hook is added without building the host again.
    let project = Project::of(&["cloud.pre_create"]);
    let (passed, said) = project.cargo(&["test"]);
    assert!(passed && said.contains("2 passed") && !said.contains("warning"), "{said}");
    let built = project.tenterhook("build").args(["--debug"]).ends();
    built.exits(0);
    let hooks = built.folder().join("hooks");
    fs::copy(project.folder().join("hook.toml"), hooks.join("my-hook.toml")).unwrap();
    tenterhook(["check"]).args([&hooks]).ends().exits(0).shows("no problems in 1 hook of");
    let fire = |cpu: u32| {
        let data = format!(r#"{{"resourceName":"web-1","resourceType":"SERVER","vdcUUID":"v","cpu":{cpu}}}"#);
        let event =
            ["fire", "--event", "cloud.pre_create", "--facet", "option=SERVER", "--json", "--data", &data];
        tenterhook(event).args(["--hooks".as_ref(), hooks.as_os_str()]).ends()
    };
    assert_eq!(fire(17).exits(10).json()["veto"]["code"], "my-hook.cpu");
    fire(16).exits(0);
    assert!(
        fs::read_to_string(project.folder().join("Cargo.toml")).unwrap().contains("tenterhook-sdk = \"=0.")
    );
}

#[test]
fn a_project_of_several_events_has_a_handler_a_test_and_cases_of_each() {
    let project = Project::of(&[
        "billing.clients.create",
        "billing.before.clients.update",
        "billing.before.importd.process_failed",
        "billing.email_rates_manager.file_processing_error",
        "billing.clients.alance_notzero",
    ]);
    let (passed, said) = project.cargo(&["test"]);
    assert!(passed && said.contains("6 passed") && !said.contains("warning"), "{said}");
    let dev = project.tenterhook("dev").args(["--once"]).ends();
    dev.exits(0).shows("6 outcomes: as expected; fresh after ");
    for line in [
        "before-clients-update-refused  veto my-hook.refused: it is one of those that are refused  fuel",
        "before-importd-process-failed-amended  amend {\"seen_by\":\"my-hook\"}  fuel",
        "clients-balance-notzero-told  accept  fuel",
    ] {
        dev.shows(line);
    }
    dev.says("my-hook info: billing.clients.create of Some(\"12\"): Client { id: 12, name: \"My name\"");
}

#[test]
fn a_schedule_is_there_where_there_is_a_scheduled_event() {
    let project = Project::of(&["cloud.scheduled", "cloud.pre_job_state_change", "cloud.tax_calculation"]);
    let (passed, said) = project.cargo(&["test"]);
    assert!(passed && said.contains("4 passed"), "{said}");
    project.tenterhook("dev").args(["--once"]).ends().exits(0).shows("4 outcomes: as expected");
}

#[test]
fn the_other_languages_have_a_hook_a_build_and_cases() {
    let common = [".gitignore", "README.md", "build.sh", "cases/pre-create-accepted.json"];
    for (lang, own) in [
        ("js", ["hook.js", "package.json"].as_slice()),
        ("python", &["hook.py", "requirements.txt"]),
        ("c", &["component.c", "hook.c", "tenterhook.h"]),
    ] {
        let new = tenterhook(["new", "guard", "--lang", lang]).ends();
        new.exits(0).shows("made guard: a hook of cloud.pre_create\n").shows("tenterhook dev");
        let made = made(&new, "guard");
        for file in common.iter().chain(own) {
            assert!(made.iter().any(|name| name == file), "{lang}: no {file} in {made:?}");
        }
        assert!(made.contains(&"wit/".to_owned()), "{made:?}");
        let manifest = fs::read_to_string(new.folder().join("guard/manifest.json")).unwrap();
        let on = r#"{ "event": "cloud.pre_create", "option": "SERVER" }"#;
        assert!(manifest.contains(on), "{manifest}");
        let mode = fs::metadata(new.folder().join("guard/build.sh")).unwrap().permissions().mode();
        assert_eq!(mode & 0o111, 0o111, "{lang}");
    }
}

#[test]
fn everything_that_is_wrong_is_said_at_once_and_nothing_is_made() {
    let new =
        tenterhook(["new", "My Hook", "--event", "cloud.pre_creat", "--event", "clients.create"]).ends();
    new.exits(2).prints("").complains(
        "My Hook: error: \"My Hook\" is no id for a hook, name it with a-z, 0-9, _ and -, at most 64, first a letter or a number\n\
         error: unknown event \"cloud.pre_creat\", did you mean \"cloud.pre_create\"?\n\
         error: unknown event \"clients.create\", did you mean \"billing.clients.create\"?\n",
    );
    assert_eq!(around(&new), [""; 0]);
    let areas = ["new", "guard", "--event", "cloud.pre_create", "--event", "billing.clients.create"];
    tenterhook(areas).ends().exits(2).complains(
        "--event: error: cloud.pre_create is of cloud, and billing.clients.create of billing, \
         a hook binds to one area: make a project for each\n",
    );
    for name in ["fn", "test", "7up"] {
        let new = tenterhook(["new", name]).ends();
        new.exits(2).says(&format!("{name}: error: a crate cannot be called {name:?}, begin with a letter"));
        assert_eq!(around(&new), [""; 0]);
    }
    tenterhook(["new", "7up", "--lang", "js"]).ends().exits(0);
    tenterhook(["new", "guard", "--lang", "cobol"])
        .ends()
        .exits(2)
        .says("possible values: rust, js, python, c");
}

#[test]
fn what_is_there_stays_as_it_is() {
    let new = tenterhook(["new", "guard"]).file("guard/notes.txt", "mine").ends();
    let complaint = "guard: error: there is something in this folder already, name another folder, or take this one away\n";
    new.exits(2).complains(complaint);
    assert_eq!(made(&new, "guard"), ["notes.txt"]);
    let new = tenterhook(["new", "guard"]).file("guard", "a file").ends();
    new.exits(2).complains(
        "guard: error: there is a file of this name, name another folder, or take this one away\n",
    );
    assert_eq!(around(&new), ["guard"]);
    let empty = tenterhook(["new", "guard"]);
    fs::create_dir(empty.folder().join("guard")).unwrap();
    let new = empty.ends();
    new.exits(0);
    assert!(made(&new, "guard").contains(&"src/lib.rs".to_owned()));
    assert_eq!(around(&new), ["guard"], "nothing else was left behind");
}

#[test]
fn a_folder_that_cannot_be_written_is_said_and_nothing_is_left_behind() {
    // /proc takes no folders from anybody, root included.
    let new = tenterhook(["new", "/proc/guard"]).ends();
    new.exits(2).prints("").says("/proc/guard: error: the project cannot be made: ");
    let new = tenterhook(["new", "no/such/guard"]).ends();
    new.exits(2).says("error: the project cannot be made: ").says(", make the folder that it is to be in\n");
    assert_eq!(around(&new), [""; 0]);
}
