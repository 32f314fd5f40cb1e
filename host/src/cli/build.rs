//! `tenterhook build`: compiles hook crates into a hooks directory.

use super::cargo::{self, Package};
use super::exit::{Bad, Exit};
use super::options::HOOKS;
use super::print::{self, BOLD, DIM, Out, PLAIN, Table, cell, number};
use crate::directory::Stem;
use crate::machine::digest;
use crate::problem::{Place, Problem};
use anyhow::Context;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Compile hook crates to components
///
/// Each becomes DIR/<package>.wasm, all of them or none. Adds the compiler's target wasm32-wasip2
/// if it is missing.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  tenterhook build my-hook\n  tenterhook build plugins/a plugins/b --out /srv/hooks"
)]
pub(crate) struct Build {
    /// Directories of crates
    #[arg(value_name = "CRATE", required = true)]
    crates: Vec<PathBuf>,

    /// Where the components go
    #[arg(long, value_name = "DIR", default_value = HOOKS)]
    out: PathBuf,

    /// Compile quickly, to larger and slower components
    #[arg(long)]
    debug: bool,
}

/// A component that was built.
#[derive(Debug)]
pub(crate) struct Built {
    /// The crate's directory.
    pub(crate) directory: PathBuf,
    /// The package, and so the component's stem.
    pub(crate) name: String,
    /// Where it was put.
    file: PathBuf,
    bytes: usize,
    sha256: String,
}

impl Build {
    pub(crate) fn run(self, out: &mut Out) -> anyhow::Result<Exit> {
        let built = build(&self.crates, &self.out, self.debug)?;
        let mut table = Table::default();
        for Built { name, file, bytes, sha256, .. } in &built {
            let file = file.display().to_string();
            let size = print::size(*bytes as u64);
            table.row([
                cell(BOLD, name),
                number(size),
                cell(DIM, format!("sha256:{sha256}")),
                cell(PLAIN, file),
            ]);
        }
        table.lines().iter().for_each(|line| out.line(line));
        Ok(Exit::Accepted)
    }
}

/// Compiles the crates of some directories and puts each component at `<out>/<package>.wasm`: all
/// of them, or none where one does not compile.
pub(crate) fn build(directories: &[PathBuf], out: &Path, debug: bool) -> anyhow::Result<Vec<Built>> {
    let packages = packages(directories)?;
    let files = cargo::compile(&packages, debug)?;
    let read = |file: &PathBuf| std::fs::read(file).with_context(|| file.display().to_string());
    let components = files.iter().map(read).collect::<anyhow::Result<Vec<_>>>()?;
    std::fs::create_dir_all(out).with_context(|| format!("{} cannot be made", out.display()))?;
    let mut built = Vec::new();
    for ((Package { name, .. }, directory), bytes) in packages.into_iter().zip(directories).zip(components) {
        let file = out.join(format!("{name}.wasm"));
        put(&file, &bytes).with_context(|| format!("{} cannot be written", file.display()))?;
        let (sha256, bytes) = (digest(&bytes), bytes.len());
        built.push(Built { directory: directory.clone(), name, file, bytes, sha256 });
    }
    Ok(built)
}

/// Looks at every crate, and says all that is wrong with them at once.
fn packages(directories: &[PathBuf]) -> anyhow::Result<Vec<Package>> {
    let mut packages: Vec<Package> = Vec::new();
    let mut problems = Vec::new();
    for directory in directories {
        match Package::of(directory) {
            Ok(package) => {
                problems.extend(name_problem(&package.name, directory, &packages));
                packages.push(package);
            }
            Err(error) => problems.extend(error.downcast::<Bad>()?.0),
        }
    }
    if problems.is_empty() { Ok(packages) } else { Err(Bad(problems).into()) }
}

/// Why a package's name cannot be the id of a hook.
fn name_problem(name: &str, directory: &Path, others: &[Package]) -> Option<Problem> {
    let place = || Place::file(directory.display().to_string());
    if others.iter().any(|other| other.name == name) {
        return Some(Problem::error(place(), format!("another crate is called {name:?} too")));
    }
    let stem = Stem { id: name.to_owned(), ..Stem::default() };
    let hint = "name the package with a-z, 0-9, _ and -, at most 64";
    (!stem.is_id()).then(|| Problem::error(place(), format!("{name:?} is no id for a hook")).hint(hint))
}

/// Writes a file so that nobody ever sees a part of it. The name begins with a dot until it is
/// whole, so hosts do not look at it.
pub(crate) fn put(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let temporary = file.with_file_name(format!(".{name}.{}", std::process::id()));
    // Hosts refuse what everybody may write to.
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o644);
    let written = options.open(&temporary).and_then(|mut open| {
        open.write_all(bytes)?;
        open.sync_all()?;
        std::fs::rename(&temporary, file)
    });
    written.inspect_err(|_| drop(std::fs::remove_file(&temporary)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_must_be_named_as_a_hook_may_be() {
        let problem =
            |name: &str| name_problem(name, Path::new("crates/x"), &[]).map(|problem| problem.to_string());
        assert_eq!(problem("server-quota"), None);
        let hint = "name the package with a-z, 0-9, _ and -, at most 64";
        assert_eq!(problem("Quota"), Some(format!("crates/x: \"Quota\" is no id for a hook, {hint}")));
    }
}
