//! A hook as its author has it: a project, a folder with a component, or a component; and a host with this hook alone.

mod recipe;

pub(crate) use recipe::Recipe;

use super::build::put;
use super::exit::Bad;
use super::options;
use super::print;
use crate::directory::Stem;
use crate::host::{Host, HostBuilder};
use crate::limits::HostLimits;
use crate::problem::{Place, Problem};
use crate::roster::{Hook, Roster};
use anyhow::Context;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

/// What an operator would say of the hook, for whoever tries it.
const TOML: &str = "hook.toml";
/// An event's hooks may take this long together; there is one hook, which has a deadline of its own.
const BUDGET: Duration = Duration::from_secs(3600);

/// Where the host keeps and finds things.
#[derive(clap::Args)]
pub(crate) struct Surroundings {
    /// Directory in which compiled components are kept [default: $XDG_CACHE_HOME/tenterhook]
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,

    /// Directory with a file for each secret that the hook's TOML names
    #[arg(long, value_name = "DIR", env = "TENTERHOOK_SECRETS")]
    secrets: Option<PathBuf>,
}

impl Surroundings {
    /// The directory of what is kept and can be made again, if there is one.
    pub(crate) fn cache(&self) -> Option<PathBuf> {
        self.cache.clone().or_else(options::default_cache)
    }
}

/// A hook in a hooks directory of its own, which is gone with it.
pub(crate) struct Project {
    pub(crate) id: String,
    /// The folder that it is in.
    pub(crate) folder: PathBuf,
    /// The component's bytes.
    pub(crate) bytes: Vec<u8>,
    /// How its component and its TOML are called in problems.
    component: PathBuf,
    pub(crate) toml: Option<PathBuf>,
    stage: TempDir,
}

impl Project {
    /// The hook at a path; a project is built, quickly rather than well if `debug`.
    pub(crate) fn open(path: &Path, debug: bool) -> anyhow::Result<Self> {
        let stage = tempfile::Builder::new().prefix("tenterhook-").tempdir();
        let stage = stage.context("there is no room for a host")?;
        if let Some(recipe) = Recipe::of(path) {
            let component = recipe.build(path, stage.path(), debug)?;
            return Self::staged(stage, path.to_owned(), component);
        }
        let component = if path.is_dir() { only_component(path)? } else { path.to_owned() };
        let folder = component.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new(".")).to_owned();
        Self::staged(stage, folder, component)
    }

    fn staged(stage: TempDir, folder: PathBuf, component: PathBuf) -> anyhow::Result<Self> {
        let id = id_of(&component);
        let bytes = fs::read(&component).map_err(|error| unreadable(&component, &error))?;
        put(&stage.path().join(format!("{id}.wasm")), &bytes)?;
        let beside = component.with_extension("toml").file_name().map(|name| folder.join(name));
        let toml = [Some(folder.join(TOML)), beside].into_iter().flatten().find(|file| file.is_file());
        if let Some(toml) = &toml {
            let text = fs::read(toml).map_err(|error| unreadable(toml, &error))?;
            put(&stage.path().join(format!("{id}.toml")), &text)?;
        }
        let catalogues = folder.join("catalogue");
        if catalogues.is_dir() {
            fs::create_dir(stage.path().join("catalogue"))?;
            for file in fs::read_dir(catalogues)?.flatten().map(|entry| entry.path()) {
                if file.extension().is_some_and(|extension| extension == "toml") {
                    let text = fs::read(&file).map_err(|error| unreadable(&file, &error))?;
                    put(&stage.path().join("catalogue").join(file.file_name().unwrap_or_default()), &text)?;
                }
            }
        }
        Ok(Self { id, folder, bytes, component, toml, stage })
    }

    /// How the hook is called in what is printed.
    pub(crate) fn name(&self) -> String {
        if self.component.starts_with(&self.stage) {
            return self.id.clone();
        }
        self.component.display().to_string()
    }

    /// A host with this hook, and nothing remembered.
    pub(crate) fn host(&self, surroundings: &Surroundings) -> HostBuilder {
        let limits = HostLimits { budget: BUDGET, ..HostLimits::default() };
        let builder =
            options::forgetful(self.stage.path(), surroundings.cache()).limits(limits).volatile_state();
        options::secrets(builder, surroundings.secrets.as_deref())
    }

    /// Starts a host that was made for this hook, or says why the hook cannot run.
    pub(crate) async fn start(&self, host: HostBuilder) -> anyhow::Result<Host> {
        let host = host.start().await.map_err(options::explain)?;
        let roster = host.roster();
        let problems = self.problems(&roster);
        if let Some(hook) = self.hook(&roster)
            && hook.unavailable().is_none()
            && hook.manifest().is_enabled()
        {
            print::complain(&problems);
            return Ok(host);
        }
        let mut problems = problems;
        if !problems.iter().any(Problem::is_error) {
            let place = Place::file(self.toml.as_ref().unwrap_or(&self.component).display().to_string());
            problems.push(Problem::error(place, "the hook does not run").hint("its status must be enabled"));
        }
        Err(Bad(problems).into())
    }

    /// The hook in a roster.
    pub(crate) fn hook<'r>(&self, roster: &'r Roster) -> Option<&'r Hook> {
        roster.hooks().find(|hook| *hook.manifest().id == *self.id).map(|hook| &**hook)
    }

    /// What is wrong with it, in the author's own files.
    pub(crate) fn problems(&self, roster: &Roster) -> Vec<Problem> {
        let stage = self.stage.path().display().to_string();
        let own = |file: &str| match file.strip_prefix(&stage).map(|rest| rest.trim_start_matches('/')) {
            Some(rest) if rest.ends_with(".toml") && !rest.contains('/') => {
                let toml = self.toml.as_ref().unwrap_or(&self.component);
                toml.display().to_string()
            }
            Some(rest) if rest.contains('/') => self.folder.join(rest).display().to_string(),
            Some(_) => self.name(),
            None => file.to_owned(),
        };
        let mut problems = roster.problems.clone();
        for problem in &mut problems {
            problem.place.file = problem.place.file.take().map(|file| own(&file));
        }
        if !roster.left_out.is_empty() && !problems.iter().any(Problem::is_error) {
            let problem =
                Problem::error(Place::file(self.name()), "nobody knows which events the hook wants");
            problems.push(problem.hint("name them with #[hook(on = …)] or in hook.toml"));
        }
        problems
    }
}

/// The id that a component's file gives its hook.
fn id_of(component: &Path) -> String {
    let id = component.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let stem = Stem { id, ..Stem::default() };
    if stem.is_id() { stem.id } else { "hook".into() }
}

/// The component that lies in a folder.
fn only_component(folder: &Path) -> anyhow::Result<PathBuf> {
    let entries = fs::read_dir(folder).map_err(|error| unreadable(folder, &error))?;
    let plain = |path: PathBuf| path.strip_prefix(".").map(Path::to_owned).unwrap_or(path);
    let files = entries.flatten().map(|entry| plain(entry.path()));
    let mut files: Vec<PathBuf> =
        files.filter(|file| file.extension().is_some_and(|it| it == "wasm")).collect();
    files.sort();
    let problem = |message: String| Problem::error(Place::file(folder.display().to_string()), message);
    let hint = "name a project, a folder with one component, or a component";
    match files.len() {
        1 => Ok(files.remove(0)),
        0 => Err(Bad::from(problem("there is no hook: neither a project nor a component".into()).hint(hint))
            .into()),
        _ => {
            let names: Vec<_> =
                files.iter().filter_map(|file| file.file_name()).map(|it| it.to_string_lossy()).collect();
            Err(Bad::from(problem(format!("there are several components: {}", names.join(", "))).hint(hint))
                .into())
        }
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Bad {
    Problem::error(Place::file(path.display().to_string()), format!("cannot be read: {error}")).into()
}
