//! `tenterhook demo`: builds the stock hooks and shows what they do to one event after the other.

use super::answer::Answer;
use super::build::{self, Built};
use super::exit::{Bad, Exit};
use super::print::{self, BOLD, CYAN, DIM, Out, count, paint};
use super::{options, raise};
use crate::host::Host;
use crate::problem::{Place, Problem};
use anyhow::Context;
use std::path::{Path, PathBuf};

/// Build the stock hooks and show what they do to some events
///
/// Ends with 0 when every event was run, whatever was decided.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  tenterhook demo\n  tenterhook demo --plugins tenterhook/plugins")]
pub(crate) struct Demo {
    /// The folder with the stock hooks and demo/events [default: plugins, here or in a folder above]
    #[arg(long, value_name = "DIR")]
    plugins: Option<PathBuf>,
}

/// Where the events lie in the folder of the plugins.
const EVENTS: &str = "demo/events";

impl Demo {
    pub(crate) fn run(self, out: &mut Out) -> anyhow::Result<Exit> {
        let plugins = self.plugins()?;
        let files = listed(&plugins.join(EVENTS))?;
        let hooks = plugins.parent().unwrap_or(Path::new(".")).join("target/demo/hooks");
        print::note(&format!("building the hooks of {} into {}", shown(&plugins), shown(&hooks)));
        install(&plugins, &hooks)?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let answers = runtime.block_on(fire(&hooks, &files, out))?;
        let complete = summarise(&answers, out);
        what_next(&hooks, &files, out);
        Ok(complete)
    }

    fn plugins(&self) -> anyhow::Result<PathBuf> {
        let has_events = |plugins: &PathBuf| plugins.join(EVENTS).is_dir();
        if let Some(plugins) = &self.plugins {
            let place = Place::file(plugins.display().to_string());
            let problem = Problem::error(place, format!("there is no {EVENTS} in it"));
            let problem = problem.hint("name the plugins folder of a checkout of Tenterhook");
            let found = Some(plugins.clone()).filter(has_events).ok_or(Bad::from(problem))?;
            return Ok(found.canonicalize()?);
        }
        let here = std::env::current_dir()?;
        let found = here.ancestors().map(|folder| folder.join("plugins")).find(has_events);
        found.ok_or_else(|| {
            let message = "there is no folder \"plugins\" with the stock hooks, here or above";
            let hint = "run this in a checkout of Tenterhook, or name the folder with --plugins";
            Bad::from(Problem::error(Place::default(), message).hint(hint)).into()
        })
    }
}

/// Makes a hooks directory of all plugins: a component of each, and their operator's TOMLs.
fn install(plugins: &Path, hooks: &Path) -> anyhow::Result<()> {
    let crates = listed(plugins)?.into_iter().filter(|folder| folder.join("Cargo.toml").is_file());
    let crates: Vec<PathBuf> = crates.collect();
    match std::fs::remove_dir_all(hooks) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(error).context(format!("{} cannot be cleared", hooks.display()));
        }
        _ => {}
    }
    for plugin in build::build(&crates, hooks, false)? {
        for toml in listed(&plugin.directory)? {
            if let Some(name) = installed_name(&toml, &plugin) {
                std::fs::copy(&toml, hooks.join(name)).with_context(|| toml.display().to_string())?;
            }
        }
    }
    Ok(())
}

/// What a file of a plugin is called in the hooks directory, if it belongs there.
fn installed_name(file: &Path, plugin: &Built) -> Option<String> {
    match file.file_name()?.to_str()? {
        "Cargo.toml" => None,
        "hook.toml" => Some(format!("{}.toml", plugin.name)),
        name => name.ends_with(".toml").then(|| name.to_owned()),
    }
}

/// The entries of a folder, sorted, without dot-names.
fn listed(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let mut paths: Vec<PathBuf> = entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    paths.retain(|path| path.file_name().is_some_and(|name| !name.to_string_lossy().starts_with('.')));
    paths.sort();
    Ok(paths)
}

async fn fire(hooks: &Path, files: &[PathBuf], out: &mut Out) -> anyhow::Result<Vec<Answer>> {
    // It remembers nothing: what the demo does must not change what another host knows.
    let host = Host::builder().hooks(hooks).log(|_| {}).start().await.map_err(options::explain)?;
    options::complain(&host.roster());
    let mut answers = Vec::new();
    for file in files {
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        for raised in raise::read(file, "demo").events {
            let answer = match raised.event {
                Ok(event) => Answer::to(&host, event, &raised.place).await,
                Err(problems) => Answer::Refused { problems, event: None },
            };
            if let Answer::Refused { problems, .. } = &answer {
                print::complain(problems);
            }
            out.line(&format!("\n{}", paint(CYAN, &print::safe(&name))));
            answer.story().iter().for_each(|line| out.line(line));
            answers.push(answer);
        }
    }
    Ok(answers)
}

/// Counts what was decided; whether all events were run.
fn summarise(answers: &[Answer], out: &mut Out) -> Exit {
    let mut words = Vec::new();
    for word in ["accepted", "amended", "vetoed", "told", "refused", "busy"] {
        let of_word = || answers.iter().map(Answer::word).filter(|(other, _)| *other == word);
        if let Some((_, style)) = of_word().next() {
            words.push(paint(style, &format!("{} {word}", of_word().count())));
        }
    }
    let all = paint(BOLD, &count(answers.len(), "event"));
    out.line(&format!("\n{all}: {}", words.join(", ")));
    let not_run = answers.iter().filter(|answer| !matches!(answer, Answer::Ran { .. }));
    not_run.map(Answer::exit).max().unwrap_or(Exit::Accepted)
}

fn what_next(hooks: &Path, files: &[PathBuf], out: &mut Out) {
    let hooks = shown(hooks);
    out.line("\nWhat to try next:");
    if let Some(file) = files.first() {
        out.line(&format!("  tenterhook fire {} --hooks {hooks} --json", shown(file)));
    }
    let fire = "fire --event cloud.pre_create --facet option=SERVER --data '{\"cpu\":64,\"ram\":8192}'";
    out.line(&format!("  tenterhook {fire} --hooks {hooks}"));
    out.line(&format!("  tenterhook hooks --hooks {hooks}"));
    out.line("  tenterhook events cloud.pre_create");
    let then = paint(DIM, "  (change a .toml there, then check and fire again)");
    out.line(&format!("  tenterhook check {hooks}{then}"));
}

/// A path as short as it can be written from here.
fn shown(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).display().to_string()
}
