//! Where a hook is tried: alone in a host of this process, or among the hooks of a running service.

use crate::cli::answer::Answer;
use crate::cli::case::{self, Case, Judgement};
use crate::cli::exit::Bad;
use crate::cli::project::{Project, Surroundings};
use crate::cli::remote::Service;
use crate::problem::{Place, Problem};
use crate::view::Search;
use anyhow::Context;
use std::fs;
use std::sync::Arc;

/// Where a hook is tried.
pub(super) enum Stage {
    Alone(Surroundings),
    Service(Arc<Service>),
}

impl Stage {
    /// Puts a hook to work, in place of the one before it, and has it decide all cases.
    pub(super) async fn play(
        &self,
        project: Project,
        cases: Vec<Case>,
    ) -> anyhow::Result<Vec<(Case, Judgement)>> {
        match self {
            // Every component gets a new host: nothing of the one before it answers, or is remembered.
            Self::Alone(surroundings) => {
                let host = project.start(project.host(surroundings).log_dry_runs()).await?;
                let judged = case::judge(&host, &project.id, &cases).await?;
                Ok(cases.into_iter().zip(judged).collect())
            }
            Self::Service(service) => {
                let service = Arc::clone(service);
                // Whoever waits may still be told to stop.
                let played = tokio::task::spawn_blocking(move || {
                    install(&service, &project)?;
                    let judge = |case: Case| fire(&service, &project.id, &case).map(|judged| (case, judged));
                    cases.into_iter().map(judge).collect()
                });
                played.await?
            }
        }
    }
}

/// Sees what a service would decide.
fn fire(service: &Service, hook: &str, case: &Case) -> anyhow::Result<Judgement> {
    Ok(match service.fire(&case.event, &case.place(), true)? {
        Answer::Ran { outcome, .. } => Ok(case.judge(&outcome, hook)),
        Answer::Refused { problems, .. } => Err(problems),
        Answer::Busy => {
            let problem = Problem::error(case.place(), "all sandboxes of the service are in use");
            Err(vec![problem.hint("try again")])
        }
    })
}

/// Gives a service the component. A hook that it does not have is made as its TOML says; of one that it has, that
/// stays its operator's.
fn install(service: &Service, project: &Project) -> anyhow::Result<()> {
    let id = &project.id;
    let known = service.hooks(&Search::default())?.hooks.iter().any(|hook| hook.id == *id);
    let new = project.toml.as_ref().filter(|_| !known);
    if let Some(toml) = new {
        let text = fs::read_to_string(toml).with_context(|| toml.display().to_string())?;
        let manifest: toml::Table = toml::from_str(&text).map_err(|error| {
            let place = Place::file(toml.display().to_string());
            Bad::from(Problem::error(place, error.message().to_owned()))
        })?;
        service.create(id, manifest)?;
    }
    service.upload(id, &project.bytes, None, true)?;
    if new.is_some() {
        service.patch(id, r#"{"status":"enabled"}"#)?;
    }
    Ok(())
}
