//! The README's commands do what it says.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace is above").to_owned()
}

fn readme() -> String {
    fs::read_to_string(workspace().join("README.md")).unwrap()
}

/// The fenced blocks of a language.
fn blocks(language: &str) -> Vec<String> {
    let readme = readme();
    let fence = format!("```{language}\n");
    let block = |rest: &str| rest.split("```").next().unwrap_or_default().to_owned();
    readme.split(&fence).skip(1).map(block).collect()
}

/// Every command of a shell block, in order.
fn commands() -> Vec<String> {
    let lines = blocks("sh").join("\n");
    lines.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

fn run(command: &str, state: &TempDir) -> Output {
    shell(command, state).output().unwrap()
}

/// A command that runs until the test is over.
struct Service(Child);

impl Service {
    /// Starts it, and waits until it listens.
    fn start(command: &str, state: &TempDir) -> Self {
        let mut child = shell(&format!("exec {command}"), state).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        assert!(lines.any(|line| line.starts_with("listening on")), "{command}");
        // What it writes later has to go somewhere.
        std::thread::spawn(move || lines.for_each(drop));
        Self(child)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn shell(command: &str, state: &TempDir) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).current_dir(workspace()).env("XDG_STATE_HOME", state.path());
    // The outer cargo's settings are about this test, not about what a user would run.
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CARGO_")) {
        if name != "CARGO_HOME" && name != "CARGO_TARGET_DIR" {
            shell.env_remove(name);
        }
    }
    shell
}

/// Takes away what the README has one build, unless it was there before.
struct Hooks(bool);

impl Drop for Hooks {
    fn drop(&mut self) {
        if !self.0 {
            let _ = fs::remove_dir_all(workspace().join("hooks"));
        }
    }
}

#[test]
fn the_commands_run_as_they_stand() {
    let state = TempDir::new().unwrap();
    let _hooks = Hooks(workspace().join("hooks").exists());
    let run = |command: &str| {
        let output = run(command, &state);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        (output.status.code(), text + &String::from_utf8_lossy(&output.stderr))
    };
    let mut others = Vec::new();
    let mut services = Vec::new();
    for command in commands() {
        if command.contains(" serve ") {
            services.push(Service::start(&command, &state));
            continue;
        }
        let (code, text) = match command.as_str() {
            // This very run; what CI calls is compared below.
            "cargo test --workspace" => continue,
            _ => run(&command),
        };
        let expected = if command.contains("\"cpu\":32") { 10 } else { 0 };
        assert_eq!(code, Some(expected), "{command}\n{text}");
        others.push((command, text));
    }
    let printed = |word: &str| {
        let command = others.iter().find(|(command, _)| command.contains(word));
        command.map(|(_, text)| text.clone()).unwrap_or_else(|| panic!("no command has {word}"))
    };
    assert!(printed("demo").contains("vetoed"), "{}", printed("demo"));
    assert!(printed("build").contains("server-quota"), "{}", printed("build"));
    assert!(printed("curl").contains("\"decision\":\"accept\""), "{}", printed("curl"));
    let fired = printed("fire");
    assert!(fired.contains("32 CPUs, at most 16 are allowed"), "{fired}");
    let fire = commands().into_iter().find(|command| command.contains("fire")).unwrap();
    outcome_has_the_documented_keys(&run(&format!("{fire} --json 2>/dev/null")).1);
}

fn outcome_has_the_documented_keys(printed: &str) {
    let documented: serde_json::Value = serde_json::from_str(&blocks("json")[0]).unwrap();
    let printed: serde_json::Value = serde_json::from_str(printed).unwrap();
    let keys = |json: &serde_json::Value| -> BTreeSet<String> {
        json.as_object().unwrap().keys().cloned().collect()
    };
    assert_eq!(keys(&printed), keys(&documented));
    assert_eq!(keys(&printed["veto"]), keys(&documented["veto"]));
    assert_eq!(keys(&printed["trail"][0]), keys(&documented["trail"][0]));
    assert_eq!(printed["veto"], documented["veto"]);
}

#[test]
fn the_test_command_is_the_one_that_ci_calls() {
    let ci = fs::read_to_string(workspace().join(".ci/run")).unwrap();
    assert!(commands().contains(&"cargo test --workspace".to_owned()));
    assert!(ci.lines().any(|line| line == "step cargo test --workspace"), "{ci}");
}

#[test]
fn the_ten_lines_are_a_hook() {
    // The SDK's own guide compiles the same hook; this keeps the README from drifting away from it.
    let hook = &blocks("rust")[0];
    assert!(hook.lines().filter(|line| !line.is_empty()).count() <= 11, "{hook}");
    for part in
        ["#[hook(on = \"cloud.pre_create\", option = \"SERVER\", priority = 10)]", "property_or", "accept()"]
    {
        assert!(hook.contains(part), "{part}");
    }
}
