//! `tenterhook new`: a project of a hook that builds, passes its own tests and loads.

mod files;
mod payload;
mod project;
mod sdk;
mod types;

use super::exit::{Bad, Exit};
use super::print::Out;
use crate::catalogue::{Catalogue, EventKind};
use crate::directory::Stem;
use crate::problem::{Place, Problem};
use anyhow::Context;
use clap::ValueEnum;
use files::Files;
use include_dir::{Dir, include_dir};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, context};
use project::Project;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Make a new hook's project
///
/// A folder with a hook that works, cases of its events, tests and a README; in Rust with the SDK, so that nothing
/// but a registry of crates is needed.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  tenterhook new my-hook
  tenterhook new my-hook --event cloud.pre_create --event cloud.pre_modify
  tenterhook new my-hook --event billing.clients.create --lang js")]
pub(crate) struct New {
    /// The folder; its name is the hook's id
    name: PathBuf,

    /// An event that the hook listens to, as `tenterhook events` lists them; may be repeated
    #[arg(long = "event", value_name = "NAME", default_value = "cloud.pre_create")]
    events: Vec<String>,

    /// What it is written in
    #[arg(long, value_enum, default_value_t = Lang::Rust)]
    lang: Lang,
}

/// Languages that there are templates for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Lang {
    /// Rust, with the SDK.
    Rust,
    /// JavaScript, built by jco from npm.
    Js,
    /// Python, built by componentize-py from PyPI.
    Python,
    /// C, built by clang.
    C,
}

static TEMPLATES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates");

/// Names that Cargo or rustc would not take for a crate.
const TAKEN: [&str; 48] = [
    "abstract",
    "alloc",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "const",
    "continue",
    "core",
    "crate",
    "do",
    "dyn",
    "else",
    "enum",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "let",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "mut",
    "override",
    "priv",
    "pub",
    "ref",
    "return",
    "self",
    "static",
    "std",
    "struct",
    "super",
    "test",
    "tenterhook-sdk",
    "tenterhook_sdk",
    "trait",
    "true",
    "type",
];

impl New {
    pub(crate) fn run(self, out: &mut Out) -> anyhow::Result<Exit> {
        let (name, kinds) = self.check()?;
        let project = Project::of(&name, self.lang, &kinds);
        let files = render(&project, self.lang)?;
        files.put(&self.name).map_err(|error| self.not_made(&error))?;
        let shown = self.name.display();
        out.line(&format!("made {shown}: a hook of {}", listed(&kinds)));
        out.line(&format!("\nWhat to do next:\n  cd {shown}"));
        self.lang.next().iter().for_each(|line| out.line(&format!("  {line}")));
        Ok(Exit::Accepted)
    }

    /// Its name and its events, or everything that is wrong with both.
    fn check(&self) -> Result<(String, Vec<Arc<EventKind>>), Bad> {
        let name = self.name.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut problems = Vec::new();
        problems.extend(self.name_problem(&name));
        problems.extend(self.folder_problem());
        let catalogue = Catalogue::built_in();
        let mut kinds: Vec<Arc<EventKind>> = Vec::new();
        for event in &self.events {
            match catalogue.get(event) {
                Some(kind) if kinds.contains(kind) => {}
                Some(kind) => kinds.push(Arc::clone(kind)),
                None => problems.push(catalogue.unknown(event)),
            }
        }
        if let [first, rest @ ..] = &*kinds
            && let Some(other) = rest.iter().find(|kind| kind.area != first.area)
        {
            let message =
                format!("{} is of {}, and {} of {}", first.name, first.area, other.name, other.area);
            let hint = "a hook binds to one area: make a project for each";
            problems.push(Problem::error(Place::file("--event"), message).hint(hint));
        }
        if problems.is_empty() { Ok((name, kinds)) } else { Err(Bad(problems)) }
    }

    fn name_problem(&self, name: &str) -> Option<Problem> {
        let place = || Place::file(self.name.display().to_string());
        let stem = Stem { id: name.to_owned(), ..Stem::default() };
        if !stem.is_id() {
            let problem = Problem::error(place(), format!("{name:?} is no id for a hook"));
            return Some(
                problem.hint("name it with a-z, 0-9, _ and -, at most 64, first a letter or a number"),
            );
        }
        let is_crate = !name.starts_with(|c: char| c.is_ascii_digit()) && !TAKEN.contains(&name);
        (self.lang == Lang::Rust && !is_crate).then(|| {
            let problem = Problem::error(place(), format!("a crate cannot be called {name:?}"));
            problem.hint("begin with a letter, and use no word of Rust's own")
        })
    }

    /// Why the folder cannot be made there.
    fn folder_problem(&self) -> Option<Problem> {
        let problem = |message: String| Problem::error(Place::file(self.name.display().to_string()), message);
        let hint = "name another folder, or take this one away";
        match std::fs::read_dir(&self.name) {
            Ok(entries) => {
                let is_empty = entries.count() == 0;
                (!is_empty).then(|| problem("there is something in this folder already".into()).hint(hint))
            }
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                Some(problem("there is a file of this name".into()).hint(hint))
            }
            _ => None,
        }
    }

    fn not_made(&self, error: &io::Error) -> Bad {
        let hint = match error.kind() {
            io::ErrorKind::NotFound => "make the folder that it is to be in",
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                "name one in a folder that you may write to"
            }
            _ => "nothing was left behind",
        };
        let message = format!("the project cannot be made: {error}");
        Problem::error(Place::file(self.name.display().to_string()), message).hint(hint).into()
    }
}

impl Lang {
    /// What it is called, as the folder of its template is.
    fn word(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::Js => "js",
            Self::Python => "python",
            Self::C => "c",
        }
    }

    /// The first commands in a new project.
    fn next(self) -> &'static [&'static str] {
        match self {
            Self::Rust => &["cargo test", "tenterhook dev"],
            Self::Js => &["npm install", "tenterhook dev"],
            Self::Python => &["pip install -r requirements.txt", "tenterhook dev"],
            Self::C => &["tenterhook dev"],
        }
    }
}

/// All files of a project.
fn render(project: &Project, lang: Lang) -> anyhow::Result<Files> {
    let mut files = Files::default();
    let templates = environment()?;
    // What a component does not say of itself by its SDK is packed into it.
    let packed = (lang != Lang::Rust).then_some("packed");
    for folder in [lang.word(), "every"].into_iter().chain(packed) {
        let folder = TEMPLATES.get_dir(folder).with_context(|| format!("there is no template {folder}"))?;
        fill_in(folder, folder.path(), project, &templates, &mut files)?;
    }
    let case = TEMPLATES.get_file("case.json.j2").and_then(|file| file.contents_utf8());
    let case = templates.template_from_str(case.context("there is no template of cases")?)?;
    for handler in &project.handlers {
        for each in &handler.cases {
            let json = case.render(context! { handler => Serde(handler), case => Serde(each) })?;
            files.add(format!("cases/{}.json", each.name), json);
        }
    }
    match lang {
        Lang::Rust => sdk::unpack(&mut files, Path::new("sdk"))?,
        _ => sdk::contract(&mut files, Path::new("wit")),
    }
    Ok(files)
}

fn environment() -> anyhow::Result<Environment<'static>> {
    let mut templates = Environment::new();
    let mut syntax = SyntaxConfig::builder();
    let syntax = syntax.trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true);
    templates.set_syntax(syntax.build()?);
    Ok(templates)
}

/// Fills in every template of a folder: `x.j2` becomes `x`.
fn fill_in(
    folder: &Dir<'_>,
    root: &Path,
    project: &Project,
    templates: &Environment<'_>,
    files: &mut Files,
) -> anyhow::Result<()> {
    for file in folder.files() {
        let path = file.path().strip_prefix(root).unwrap_or(file.path());
        let text = file.contents_utf8().with_context(|| format!("{} is no text", path.display()))?;
        let text = templates.render_str(text, Serde(project)).with_context(|| path.display().to_string())?;
        files.add(path.with_extension(""), text);
    }
    folder.dirs().try_for_each(|inner| fill_in(inner, root, project, templates, files))
}

fn listed(kinds: &[Arc<EventKind>]) -> String {
    kinds.iter().map(|kind| kind.name.as_str()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::envelope::Reader;
    use serde_json::Value;

    #[test]
    fn every_event_has_a_project_and_cases_that_the_catalogue_takes() {
        let catalogue = Catalogue::built_in();
        let folder = tempfile::tempdir().expect("there is room");
        for kind in catalogue.kinds() {
            let target = folder.path().join(&kind.name);
            for lang in Lang::value_variants() {
                let project = Project::of("my-hook", *lang, std::slice::from_ref(kind));
                let files =
                    render(&project, *lang).unwrap_or_else(|error| panic!("{}: {error:#}", kind.name));
                if *lang == Lang::Js {
                    files.put(&target).expect("it can be written");
                }
            }
            for file in std::fs::read_dir(target.join("cases")).expect("there are cases").flatten() {
                let text = std::fs::read_to_string(file.path()).expect("it can be read");
                let case: Value = serde_json::from_str(&text).expect(&text);
                let mut events = Reader::new("case", "test", 1 << 20).read(&case["event"].to_string());
                let event = events.pop().expect("there is one").expect(&text);
                assert!(catalogue.admit(event, 1 << 20).is_ok(), "{text}");
                let allowed = match case["outcome"]["decision"].as_str() {
                    Some("veto") => kind.powers.veto,
                    Some("amend") => kind.powers.amend,
                    decision => decision == Some("accept"),
                };
                assert!(allowed, "{text}");
            }
        }
    }
}
