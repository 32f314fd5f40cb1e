//! When somebody types a command: `tenterhook` as a process of its own, and how it ended.

use crate::Given;
use serde_json::Value;
use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// A command line that is being put together. It runs in an empty folder, and remembers nothing of others.
#[must_use = "a command runs with `ends`"]
pub struct Run<'given> {
    command: Command,
    folder: TempDir,
    input: Option<Vec<u8>>,
    /// Whose hooks directory texts then call `hooks`.
    given: Option<&'given Given>,
}

/// What the surroundings of a test must not decide.
const FOREIGN: [&str; 7] = [
    "NO_COLOR",
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "COLUMNS",
    "TENTERHOOK_TO",
    "TENTERHOOK_TOKEN",
    "TENTERHOOK_CA",
];

impl<'given> Run<'given> {
    /// A command line of the binary `program`, without arguments, its standard input empty.
    pub fn of(program: impl AsRef<OsStr>) -> Self {
        let folder = TempDir::new().expect("there is room for a temporary directory");
        let mut command = Command::new(program);
        command.current_dir(folder.path());
        for name in FOREIGN {
            command.env_remove(name);
        }
        command.env("XDG_STATE_HOME", folder.path().join(".state"));
        // What is compiled is the same for all of them.
        command.env("XDG_CACHE_HOME", crate::guest::target_directory("cache"));
        Self { command, folder, input: None, given: None }
    }

    /// Adds arguments.
    pub fn args<A: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.command.args(args);
        self
    }

    /// Adds `--hooks` with a hooks directory, and has the host remember where the directory's other hosts do.
    pub fn hooks(self, given: &'given Given) -> Self {
        self.args(["--hooks".as_ref(), given.hooks().as_os_str()]).beside(given)
    }

    /// Adds a hooks directory as it is given to `check`.
    pub fn directory(self, given: &'given Given) -> Self {
        self.args([given.hooks()]).beside(given)
    }

    fn beside(mut self, given: &'given Given) -> Self {
        self.given = Some(given);
        self.env("XDG_STATE_HOME", given.data())
    }

    /// Sets a variable of the environment.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Writes a file into the folder in which the command runs.
    pub fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("the folder can be made");
        fs::write(path, content).expect("the file can be written");
        self
    }

    /// The folder in which the command runs.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Gives the command something on standard input.
    pub fn input(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.input = Some(bytes.as_ref().to_owned());
        self
    }

    /// Starts it; it goes on by itself, and says what it says on a pipe.
    #[track_caller]
    pub(crate) fn spawn(mut self) -> (Child, TempDir) {
        self.command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let child = self.command.spawn().unwrap_or_else(|error| panic!("{:?}: {error}", self.command));
        (child, self.folder)
    }

    /// Starts it; it goes on by itself, and says on pipes what it says.
    #[track_caller]
    pub(crate) fn spawn_piped(mut self) -> (Child, TempDir) {
        self.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = self.command.spawn().unwrap_or_else(|error| panic!("{:?}: {error}", self.command));
        (child, self.folder)
    }

    /// Runs it to its end; its folder is kept as long as what is returned.
    #[track_caller]
    pub fn ends(self) -> Ended {
        self.ends_writing_to(Stdio::piped())
    }

    /// Runs it to its end with this for standard output.
    #[track_caller]
    pub fn ends_writing_to(mut self, out: Stdio) -> Ended {
        let stdin = if self.input.is_some() { Stdio::piped() } else { Stdio::null() };
        let mut child = self
            .command
            .stdin(stdin)
            .stdout(out)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{:?}: {error}", self.command));
        // What nobody reads may stay unwritten; events are shorter than what a pipe holds.
        if let (Some(mut stdin), Some(input)) = (child.stdin.take(), self.input.take()) {
            let _ = stdin.write_all(&input);
        }
        let output = child.wait_with_output().expect("the command has a status");
        let text = |bytes: Vec<u8>| {
            let text = String::from_utf8(bytes).expect("everything printed is UTF-8");
            match self.given {
                Some(given) => text.replace(&given.hooks().display().to_string(), "hooks"),
                None => text,
            }
        };
        let (out, err) = (text(output.stdout), text(output.stderr));
        Ended { code: output.status.code(), out, err, folder: self.folder }
    }
}

/// How a command ended, and what it printed; a hooks directory is called `hooks` in it.
#[derive(Debug)]
#[must_use = "a test says what it expects"]
pub struct Ended {
    /// The exit code; none where a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
    folder: TempDir,
}

impl Ended {
    /// It ended with this exit code.
    #[track_caller]
    pub fn exits(&self, code: i32) -> &Self {
        assert_eq!(self.code, Some(code), "{self}");
        self
    }

    /// Standard output is exactly this.
    #[track_caller]
    pub fn prints(&self, out: &str) -> &Self {
        assert_eq!(self.out, out, "{self}");
        self
    }

    /// Standard error is exactly this.
    #[track_caller]
    pub fn complains(&self, err: &str) -> &Self {
        assert_eq!(self.err, err, "{self}");
        self
    }

    /// Standard output holds this text.
    #[track_caller]
    pub fn shows(&self, text: &str) -> &Self {
        assert!(self.out.contains(text), "no {text:?} in\n{self}");
        self
    }

    /// Standard output does not hold this text.
    #[track_caller]
    pub fn hides(&self, text: &str) -> &Self {
        assert!(!self.out.contains(text), "{text:?} in\n{self}");
        self
    }

    /// Standard error holds this text.
    #[track_caller]
    pub fn says(&self, text: &str) -> &Self {
        assert!(self.err.contains(text), "no {text:?} in\n{self}");
        self
    }

    /// Standard output as one JSON value.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error} in\n{self}"))
    }

    /// Standard output as one JSON value on each line.
    #[track_caller]
    pub fn json_lines(&self) -> Vec<Value> {
        let value = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in\n{self}"));
        self.out.lines().map(value).collect()
    }

    /// The folder in which the command ran.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { code, out, err, .. } = self;
        write!(f, "exit code {code:?}\nstandard output:\n{out}standard error:\n{err}")
    }
}
