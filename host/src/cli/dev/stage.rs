//! Where a hook is tried: alone in a host of this process, or among the hooks of a running service.

use super::case::Case;
use super::fired::Fired;
use super::project::Built;
use crate::cli::answer::Answer;
use crate::cli::exit::Bad;
use crate::cli::options;
use crate::cli::print;
use crate::cli::remote::Service;
use crate::event::Event;
use crate::problem::{Place, Problem};
use crate::roster::State;
use crate::view::Search;
use anyhow::Context;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

/// Where a hook is tried.
pub(super) enum Stage {
    /// A folder for all that a host has.
    Alone(TempDir),
    Service(Arc<Service>),
}

impl Stage {
    /// A host of our own, which leaves nothing behind.
    pub(super) fn alone() -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("tenterhook-dev-").tempdir();
        Ok(Self::Alone(folder.context("there is no room for a host")?))
    }

    /// Puts a component to work, in place of the one before it, and fires the events of all cases.
    pub(super) async fn play(
        &self,
        built: &Built,
        toml: &Path,
        cases: &[Case],
    ) -> anyhow::Result<Vec<Fired>> {
        match self {
            Self::Alone(folder) => play_alone(folder.path(), built, toml, cases).await,
            Self::Service(service) => {
                let (service, built, toml) = (Arc::clone(service), built.clone(), toml.to_owned());
                let events: Vec<(Event, Place)> =
                    cases.iter().map(|case| (case.event.clone(), case.place.clone())).collect();
                // Whoever waits may still be told to stop.
                let played = tokio::task::spawn_blocking(move || {
                    install(&service, &built, &toml)?;
                    let fire =
                        |(event, place)| Ok(Fired::of(&service.fire(&event, &place, true)?, &built.id));
                    events.into_iter().map(fire).collect()
                });
                played.await?
            }
        }
    }
}

/// Every component gets a new host: nothing of the one before it answers, or is remembered.
async fn play_alone(folder: &Path, built: &Built, toml: &Path, cases: &[Case]) -> anyhow::Result<Vec<Fired>> {
    let hooks = folder.join("hooks");
    if hooks.exists() {
        fs::remove_dir_all(&hooks)?;
    }
    fs::create_dir(&hooks)?;
    // Hooks' files must be nobody else's to write, whatever those that they come from are.
    let put = |from: &Path, extension: &str| {
        let bytes = fs::read(from).with_context(|| from.display().to_string())?;
        fs::write(hooks.join(format!("{}.{extension}", built.id)), bytes).map_err(anyhow::Error::from)
    };
    put(&built.file, "wasm")?;
    if toml.is_file() {
        put(toml, "toml")?;
    }
    let host = options::host(&hooks, Some(folder.join("state")), Some(folder.join("cache")));
    let host = host.volatile_state().start().await.map_err(options::explain)?;
    let roster = host.roster();
    let problems: Vec<Problem> =
        roster.problems.iter().map(|problem| at_home(problem, &hooks, built, toml)).collect();
    let works = roster.hooks().any(|hook| matches!(hook.state, State::Ready(_)));
    if !works {
        return Err(refused(problems, built).into());
    }
    print::complain(&problems);
    let mut fired = Vec::with_capacity(cases.len());
    for case in cases {
        let answer = Answer::to(&host, case.event.clone(), &case.place).await;
        fired.push(Fired::of(&answer, &built.id));
    }
    Ok(fired)
}

/// Why a hook is not at work.
fn refused(mut problems: Vec<Problem>, built: &Built) -> Bad {
    if !problems.iter().any(Problem::is_error) {
        let place = Place::file(built.file.display().to_string());
        let problem =
            Problem::error(place, "the hook is not at work: nobody knows its events, or it is disabled");
        problems.push(problem.hint("look at hook.toml"));
    }
    Bad(problems)
}

/// A problem of a copy, at the place of what was copied.
fn at_home(problem: &Problem, hooks: &Path, built: &Built, toml: &Path) -> Problem {
    let mut problem = problem.clone();
    for (extension, from) in [("wasm", built.file.as_path()), ("toml", toml)] {
        let copy = hooks.join(format!("{}.{extension}", built.id)).display().to_string();
        if problem.place.file.as_deref() == Some(&copy) {
            problem.place.file = Some(from.display().to_string());
        }
    }
    problem
}

/// Gives a service the component. A hook that it does not have is made as hook.toml says; of one that it has, that
/// stays its operator's.
fn install(service: &Service, built: &Built, toml: &Path) -> anyhow::Result<()> {
    let bytes = fs::read(&built.file).with_context(|| built.file.display().to_string())?;
    let known = service.hooks(&Search::default())?.hooks.iter().any(|hook| hook.id == built.id);
    let is_new = !known && toml.is_file();
    if is_new {
        let text = fs::read_to_string(toml).with_context(|| toml.display().to_string())?;
        let manifest: toml::Table = toml::from_str(&text).map_err(|error| {
            let place = Place::file(toml.display().to_string());
            Bad::from(Problem::error(place, error.message().to_owned()))
        })?;
        service.create(&built.id, manifest)?;
    }
    service.upload(&built.id, &bytes, true)?;
    if is_new {
        service.patch(&built.id, r#"{"status":"enabled"}"#)?;
    }
    Ok(())
}
