//! `tenterhook check`: everything that is wrong with a hooks directory, at once.

use super::exit::Exit;
use super::options::{self, HOOKS, State};
use super::print::{self, GREEN, Out, RED, YELLOW, count, paint};
use crate::host::StartError;
use crate::manifest::Status;
use crate::problem::{Place, Problem, Severity};
use crate::roster::Roster;
use serde_json::json;
use std::path::PathBuf;

/// Say everything that is wrong with the hooks of a directory
///
/// Reads and compiles every hook and runs none. Ends with 2 if there is an error.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  tenterhook check\n  tenterhook check hooks --json")]
pub(crate) struct Check {
    /// Directory of the hooks
    #[arg(value_name = "DIR", default_value = HOOKS)]
    hooks: PathBuf,

    #[command(flatten)]
    state: State,

    /// Print JSON: {"hooks","left_out","problems"}
    #[arg(long)]
    json: bool,
}

/// What was found.
#[derive(Default)]
struct Found {
    hooks: usize,
    enabled: usize,
    left_out: Vec<String>,
    problems: Vec<Problem>,
}

impl From<Roster> for Found {
    fn from(roster: Roster) -> Self {
        let enabled = roster.hooks().filter(|hook| hook.manifest().status == Status::Enabled).count();
        let hooks = roster.hooks().count() + roster.left_out.len();
        let mut problems = roster.problems;
        problems.sort_by(|a, b| a.place.cmp(&b.place));
        problems.dedup();
        Self { hooks, enabled, left_out: roster.left_out, problems }
    }
}

impl Check {
    pub(crate) fn run(self, out: &mut Out) -> anyhow::Result<Exit> {
        let found = match self.state.host(&self.hooks).check() {
            Ok(roster) => Found::from(roster),
            Err(StartError::Directory(path, error)) => {
                let place = Place::file(path.display().to_string());
                let problem = Problem::error(place, format!("the hooks directory cannot be opened: {error}"));
                Found { problems: vec![problem], ..Found::default() }
            }
            Err(error) => return Err(error.into()),
        };
        match self.json {
            true => out.json(&json!({
                "hooks": found.hooks, "left_out": found.left_out, "problems": found.problems,
            }))?,
            false => self.report(&found, out),
        }
        let errors = found.left_out.len() + found.of(Severity::Error);
        Ok(if errors > 0 { Exit::Bad } else { Exit::Accepted })
    }

    fn report(&self, found: &Found, out: &mut Out) {
        found.problems.iter().for_each(|problem| out.line(&print::problem(problem)));
        found.left_out.iter().for_each(|id| out.line(&print::problem(&options::left_out(id))));
        let hooks = count(found.hooks, "hook");
        let of = format!("{hooks} of {} ({} enabled)", self.hooks.display(), found.enabled);
        let (errors, warnings) = (found.of(Severity::Error), found.of(Severity::Warning));
        let (style, verdict) = match (errors + found.left_out.len(), warnings) {
            (0, 0) => (GREEN, "no problems".to_owned()),
            (0, warnings) => (YELLOW, count(warnings, "warning")),
            (errors, 0) => (RED, count(errors, "error")),
            (errors, warnings) => {
                (RED, format!("{}, {}", count(errors, "error"), count(warnings, "warning")))
            }
        };
        out.line(&format!("{} in {of}", paint(style, &verdict)));
    }
}

impl Found {
    fn of(&self, severity: Severity) -> usize {
        self.problems.iter().filter(|problem| problem.severity == severity).count()
    }
}
