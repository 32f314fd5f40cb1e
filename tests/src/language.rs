//! Hooks in other languages, built as their READMEs say, by toolchains that `.ci/languages` installs.

use crate::guest::{target_directory, workspace};
use crate::outside::not_run;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A language that hooks are written in, and its plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// `plugins/contact-check`.
    JavaScript,
    /// `plugins/sales-tax`.
    Python,
    /// `plugins/reserved-numbers`.
    C,
}

impl Language {
    /// Its plugin.
    pub fn plugin(self) -> &'static str {
        match self {
            Self::JavaScript => "contact-check",
            Self::Python => "sales-tax",
            Self::C => "reserved-numbers",
        }
    }

    /// What it needs: where that comes from, and programs.
    fn needs(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::JavaScript => &[("npm", "jco")],
            Self::Python => &[("pypi", "componentize-py")],
            Self::C => &[("clang", "clang"), ("lld", "wasm-ld"), ("pypi", "wasm-tools")],
        }
    }

    fn is_there(self) -> Option<()> {
        let path = path();
        let found = |program: &str| env::split_paths(&path).any(|folder| folder.join(program).is_file());
        match self.needs().iter().find(|(_, program)| !found(program)) {
            Some((what, program)) => {
                not_run(what, format!("there is no {program}; .ci/languages installs it"))
            }
            None => Some(()),
        }
    }

    /// Builds its plugin with the commands of the README, of which `tenterhook` is the program given. Where the
    /// toolchain is missing there is none, and a line says so.
    #[track_caller]
    pub fn build(self, tenterhook: &Path) -> Option<PathBuf> {
        self.is_there()?;
        let folder = workspace().join("plugins").join(self.plugin());
        let readme = fs::read_to_string(folder.join("README.md")).expect("the plugin has a README");
        let commands = readme.split("```sh\n").last().and_then(|rest| rest.split("```").next());
        run(commands.expect("a README ends with how to build"), &folder, tenterhook);
        Some(built().join(format!("{}.wasm", self.plugin())))
    }
}

/// Where programs are, with the toolchain of a language among them. Where that is missing there is none, and a line says
/// so.
#[track_caller]
pub fn toolchain(language: Language) -> Option<OsString> {
    language.is_there().map(|()| path())
}

/// Builds the test guest `tests/guests/languages/<name>` in a language. Where the toolchain is missing there is none, and
/// a line says so.
#[track_caller]
pub fn language_guest(language: Language, name: &str) -> Option<PathBuf> {
    language.is_there()?;
    let (file, commands) = match language {
        Language::JavaScript => (
            "js.wasm",
            "jco componentize $NAME.js --wit ../../../wit --world-name hook --backend quickjs \
                --backend-qjs-disable-async -o \"$OUT/$NAME.js.wasm\"",
        ),
        Language::Python => (
            "py.wasm",
            "mkdir -p \"$OUT/$NAME\"; cp $NAME.py \"$OUT/$NAME\"
            componentize-py -d ../../../wit -w hook componentize -p \"$OUT/$NAME\" $NAME -o \"$OUT/$NAME.py.wasm\"",
        ),
        Language::C => (
            "c.wasm",
            "c=../../../plugins/reserved-numbers core=\"$OUT/$NAME.core.wasm\"
            clang --target=wasm32-unknown-unknown -Os -flto -std=c17 -Wall -Wextra -Werror -ffreestanding \
                -nostdlib -Wl,--no-entry,--strip-all,--stack-first,-z,stack-size=16384 -I$c $NAME.c $c/memory.c -o \"$core\"
            wasm-tools component embed ../../../wit --world hook \"$core\" -o \"$core\"
            wasm-tools component new \"$core\" -o \"$OUT/$NAME.c.wasm\"",
        ),
    };
    run(
        &format!("NAME={name}\n{commands}"),
        &workspace().join("tests/guests/languages"),
        Path::new("/bin/false"),
    );
    Some(built().join(format!("{name}.{file}")))
}

/// The folder of the toolchains, and of what they made.
pub fn languages() -> PathBuf {
    target_directory("languages")
}

/// The folder of what was built: `$OUT`.
fn built() -> PathBuf {
    languages().join("out")
}

/// Where programs are: what `.ci/languages` installed, then what everybody sees.
fn path() -> OsString {
    let own = ["node_modules/.bin", "python/bin"].map(|folder| languages().join(folder));
    let others = env::var_os("PATH").unwrap_or_default();
    env::join_paths(own.into_iter().chain(env::split_paths(&others)))
        .expect("no folder has a colon in its name")
}

#[track_caller]
fn run(commands: &str, folder: &Path, tenterhook: &Path) {
    let bin = tempfile::TempDir::new().expect("there is room for a temporary directory");
    symlink(tenterhook, bin.path().join("tenterhook")).expect("a link can be made");
    fs::create_dir_all(built()).expect("the folder can be made");
    let path = path();
    let path = env::join_paths([bin.path().to_owned()].into_iter().chain(env::split_paths(&path)));
    let mut shell = Command::new("sh");
    shell.args(["-euc", commands]).current_dir(folder).env("OUT", built());
    shell.env("PATH", path.expect("no folder has a colon in its name"));
    let output = shell.output().expect("there is a shell");
    assert!(
        output.status.success(),
        "{commands}\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
