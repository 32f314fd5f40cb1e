//! `tenterhook hooks`: the hooks of a directory in the order in which they run.

use super::events;
use super::exit::{Bad, Exit};
use super::options::{self, HOOKS, State};
use super::print::{self, BOLD, DIM, GREEN, Out, PLAIN, RED, Table, cell, count, number, paint, safe};
use crate::manifest::{Class, Manifest, Status};
use crate::problem::{Place, Problem};
use crate::roster::{Hook, Roster};
use crate::view::{HookView, Search};
use clap::builder::{PossibleValue, PossibleValuesParser};
use std::path::PathBuf;

/// List hooks in the order in which they run
///
/// Runs none of them. Without --status, archived hooks are not shown.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Hooks {
    /// Only hooks that listen to this event
    #[arg(long, value_name = "NAME")]
    event: Option<String>,

    /// Only hooks of this class
    #[arg(long, value_parser = PossibleValuesParser::new(CLASSES))]
    class: Option<String>,

    /// Only hooks of this status; blank, as without it, all but archived ones
    #[arg(long, value_parser = PossibleValuesParser::new(statuses()))]
    status: Option<String>,

    /// Print a JSON array
    #[arg(long)]
    json: bool,

    /// Directory of the hooks
    #[arg(long, value_name = "DIR", default_value = HOOKS)]
    hooks: PathBuf,

    #[command(flatten)]
    state: State,
}

const CLASSES: [&str; 5] = ["component", "javascript", "http", "script", "notification"];

fn statuses() -> [PossibleValue; 4] {
    let blank = PossibleValue::new("").hide(true);
    let [enabled, disabled, archived] = ["enabled", "disabled", "archived"].map(PossibleValue::new);
    [enabled, disabled, archived, blank]
}

const EXAMPLES: &str = "\
Examples:
  tenterhook hooks
  tenterhook hooks --event cloud.pre_create
  tenterhook hooks --status archived --json";

impl Hooks {
    pub(crate) fn run(self, out: &mut Out) -> anyhow::Result<Exit> {
        let roster = self.state.host(&self.hooks).check().map_err(options::explain)?;
        if let Some(name) = &self.event {
            events::find(name, &roster.catalogue)?;
        }
        let found = self.search().find(&roster).map_err(Bad)?;
        match self.json {
            true => out.json(&found.iter().map(|hook| HookView::of(hook)).collect::<Vec<_>>())?,
            false => list(&found, &roster, out),
        }
        self.remark(&roster, &found);
        Ok(Exit::Accepted)
    }

    fn search(&self) -> Search {
        let (event, class, status) = (self.event.clone(), self.class.clone(), self.status.clone());
        Search { event, class, status, ..Search::default() }
    }

    /// What the list does not say by itself.
    fn remark(&self, roster: &Roster, found: &[&Hook]) {
        roster.left_out.iter().for_each(|id| print::complain([&options::left_out(id)]));
        let (errors, all) =
            (roster.problems.iter().filter(|problem| problem.is_error()).count(), roster.hooks().count());
        if errors > 0 {
            let message = format!("{} in {}", count(errors, "error"), self.hooks.display());
            let hint = format!("`tenterhook check {}` says what to do", self.hooks.display());
            print::complain([&Problem::warning(Place::default(), message).hint(hint)]);
        }
        if found.is_empty() && !self.json {
            print::note(&format!("no hook found; {} has {}", self.hooks.display(), count(all, "hook")));
        }
    }
}

fn list(hooks: &[&Hook], roster: &Roster, out: &mut Out) {
    let mut table = Table::default();
    table.row(["ID", "PRIORITY", "NAME", "EVENT", "HANDLER", "STATUS"].map(|head| cell(DIM, head)));
    for hook in hooks {
        let manifest = hook.manifest();
        table.row([
            cell(BOLD, safe(&manifest.id)),
            number(manifest.priority.to_string()),
            cell(PLAIN, safe(&manifest.name)),
            cell(PLAIN, listens_to(manifest, roster)),
            cell(PLAIN, handler(manifest)),
            status(hook),
        ]);
    }
    for (n, line) in table.lines().iter().enumerate().filter(|_| !hooks.is_empty()) {
        out.line(line);
        if let Some(reason) = n.checked_sub(1).and_then(|n| hooks[n].unavailable()) {
            out.line(&format!("  {} {}", paint(RED, "unavailable:"), safe(reason)));
        }
    }
}

/// A hook that should run and cannot is marked.
fn status(hook: &Hook) -> print::Cell {
    match (hook.manifest().status, hook.unavailable()) {
        (_, Some(_)) => cell(RED, "unavailable"),
        (Status::Enabled, None) => cell(GREEN, "enabled"),
        (status, None) => cell(DIM, status.to_string()),
    }
}

/// The first events and how many more there are, or `cloud.*` for all of an area.
fn listens_to(manifest: &Manifest, roster: &Roster) -> String {
    let names = event_names(manifest);
    if names.len() > 1 && names.len() == roster.catalogue.of_area(&manifest.area).count() {
        return format!("{}.*", manifest.area);
    }
    let short = names.len() > 1 && names[0].len() + names[1].len() <= 44;
    let shown = if short { 2 } else { 1 };
    let first = names[..names.len().min(shown)].join(", ");
    match names.len().saturating_sub(shown) {
        0 => first,
        more => format!("{first} +{more}"),
    }
}

/// Each event once, in the order of the manifest.
fn event_names(manifest: &Manifest) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for on in &manifest.on {
        if !names.contains(&on.kind.name.as_str()) {
            names.push(&on.kind.name);
        }
    }
    names
}

fn handler(manifest: &Manifest) -> String {
    match manifest.class {
        Class::Component => safe(&format!("component {}", manifest.component)),
        class => class.to_string(),
    }
}
