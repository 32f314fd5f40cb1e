//! Help, version, completions: what a command line says of itself.

use super::tenterhook;
use std::process::{Command, Stdio};

const COMMANDS: [&str; 23] = [
    "serve",
    "config",
    "token",
    "cause",
    "fire",
    "watch",
    "events",
    "hooks",
    "log",
    "state",
    "cancel",
    "dead",
    "journal",
    "check",
    "new",
    "dev",
    "build",
    "pack",
    "test",
    "bench",
    "inspect",
    "demo",
    "completions",
];

#[test]
fn every_command_has_help_with_an_example_that_names_it() {
    for command in COMMANDS {
        let help = tenterhook([command, "--help"]).ends();
        help.exits(0).complains("").shows("Example").shows("Usage:");
        let examples = help.out.split("Example").nth(1).unwrap_or_default();
        assert!(examples.contains(&format!("tenterhook {command}")), "{help}");
    }
}

#[test]
fn every_command_of_hooks_has_help_with_an_example_that_names_it() {
    for command in ["show", "enable", "disable", "archive", "create", "edit", "install", "remove", "accept"] {
        let help = tenterhook(["hooks", command, "--help"]).env("COLUMNS", "200").ends();
        help.exits(0).complains("").shows("Example").shows(&format!("  tenterhook hooks {command} "));
        help.shows("--to <URL>").shows("--token-file <FILE>");
        let widest = help.out.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(102), "{widest:?}: {help}");
    }
}

#[test]
fn every_command_of_dead_and_journal_has_help_with_an_example_that_names_it() {
    for command in ["dead list", "dead show", "dead resend", "dead drop", "journal verify"] {
        let words: Vec<_> = command.split(' ').collect();
        let help = tenterhook([words[0], words[1], "--help"]).env("COLUMNS", "200").ends();
        help.exits(0).complains("").shows("Example").shows(&format!("  tenterhook {command}"));
        let widest = help.out.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(102), "{widest:?}: {help}");
    }
}

#[test]
fn the_help_lists_every_command_and_no_other() {
    let help = tenterhook(["--help"]).ends();
    let list = help.exits(0).out.split("Commands:").nth(1).and_then(|rest| rest.split("Options:").next());
    let names =
        list.unwrap_or_default().lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names: Vec<_> = names.filter_map(|line| line.split_whitespace().next()).collect();
    let expected: Vec<_> = COMMANDS.into_iter().chain(["help"]).collect();
    assert_eq!(names, expected, "{help}");
    help.shows("Examples:").shows("tenterhook demo");
}

#[test]
fn the_help_of_fire_says_how_it_ends() {
    let help = tenterhook(["fire", "--help"]).ends();
    for line in ["  2   ", "  1   ", "  10  vetoed", "  0   accepted"] {
        help.exits(0).shows(line);
    }
}

#[test]
fn no_line_of_help_is_wider_than_a_terminal() {
    for command in COMMANDS {
        let help = tenterhook([command, "--help"]).env("COLUMNS", "200").ends();
        let widest = help.out.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(102), "{widest:?}: {help}");
    }
}

#[test]
fn the_version_is_the_packages() {
    for flag in ["--version", "-V"] {
        let expected = format!("tenterhook {}\n", env!("CARGO_PKG_VERSION"));
        tenterhook([flag]).ends().exits(0).prints(&expected).complains("");
    }
}

#[test]
fn a_command_that_does_not_exist_is_refused_with_the_one_that_is_meant() {
    tenterhook(["fier"]).ends().exits(2).prints("").says("'fire'");
    tenterhook([]).ends().exits(2).prints("").says("Usage:");
    tenterhook(["check", "--jsn"]).ends().exits(2).says("'--json'");
}

#[test]
fn completions_know_every_command_and_its_options() {
    for shell in ["bash", "zsh", "fish"] {
        let script = tenterhook(["completions", shell]).ends();
        script.exits(0).complains("");
        for word in COMMANDS.into_iter().chain(["facet", "status", "plugins"]) {
            script.shows(word);
        }
        script.hides("under-test");
    }
    tenterhook(["completions", "tcl"]).ends().exits(2).says("bash");
}

#[test]
fn the_completions_of_bash_are_what_bash_understands() {
    let script = tenterhook(["completions", "bash"]).ends();
    let mut bash = Command::new("bash");
    let completes = "_tenterhook tenterhook che ''; echo \"${COMPREPLY[@]}\"";
    let setup = "COMP_WORDS=(tenterhook che); COMP_CWORD=1";
    let output =
        bash.args(["-c", &format!("{}\n{setup}\n{completes}", script.out)]).stdin(Stdio::null()).output();
    match output {
        Err(error) if std::env::var_os("TENTERHOOK_TEST_ALL").is_none() => {
            println!("needs bash: not run ({error})");
        }
        output => assert_eq!(String::from_utf8_lossy(&output.unwrap().stdout), "check\n"),
    }
}
