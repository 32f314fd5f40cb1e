//! The list of hooks, with JeraSoft's selectors and columns.

use crate::catalogue::Catalogue;
use crate::cli::events;
use crate::cli::exit::{Bad, Exit};
use crate::cli::options;
use crate::cli::print::{self, BOLD, DIM, GREEN, Out, PLAIN, RED, Table, cell, count, number, paint, safe};
use crate::cli::remote::Service;
use crate::cli::whose::Whose;
use crate::manifest::{Class, SCRIPT, Status};
use crate::problem::{Place, Problem};
use crate::roster::Roster;
use crate::view::{HookView, HooksView, Search};
use clap::builder::{PossibleValue, PossibleValuesParser};

/// Which hooks are listed, and how.
#[derive(clap::Args)]
pub(super) struct List {
    /// Only hooks that listen to this event
    #[arg(long, value_name = "NAME")]
    event: Option<String>,

    /// Only hooks of this class
    #[arg(long, value_parser = PossibleValuesParser::new(CLASSES))]
    class: Option<String>,

    /// Only hooks of this status; blank, as without it, all but archived ones
    #[arg(long, value_parser = PossibleValuesParser::new(statuses()))]
    status: Option<String>,

    /// Only hooks with this text in id, name or description
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,

    /// Print a JSON array
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    whose: Whose,
}

const CLASSES: [&str; 5] = ["component", "javascript", "http", "script", "notification"];

fn statuses() -> [PossibleValue; 4] {
    let blank = PossibleValue::new("").hide(true);
    let [enabled, disabled, archived] = ["enabled", "disabled", "archived"].map(PossibleValue::new);
    [enabled, disabled, archived, blank]
}

impl List {
    pub(super) fn run(self, out: &mut Out) -> anyhow::Result<Exit> {
        match self.whose.service()? {
            Some(service) => self.of_service(&service, out)?,
            None => self.of_directory(out)?,
        }
        Ok(Exit::Accepted)
    }

    fn of_directory(&self, out: &mut Out) -> anyhow::Result<()> {
        let roster = self.whose.host().check().map_err(options::explain)?;
        if let Some(name) = &self.event {
            events::find(name, &roster.catalogue)?;
        }
        let found = self.search().find(&roster).map_err(Bad)?;
        let found: Vec<HookView> = found.into_iter().map(HookView::of).collect();
        self.print(&found, &roster.catalogue, out)?;
        self.remark(&roster);
        let directory = self.whose.directory().display().to_string();
        self.none(&found, &directory, || Ok(roster.hooks().count()))
    }

    fn of_service(&self, service: &Service, out: &mut Out) -> anyhow::Result<()> {
        let HooksView { hooks, left_out } = service.hooks(&self.search())?;
        let catalogue = if self.json { Catalogue::default() } else { service.catalogue()? };
        self.print(&hooks, &catalogue, out)?;
        left_out.iter().for_each(|id| print::complain([&options::left_out(id)]));
        print::complain(service.problems()?.iter().filter(|problem| problem.is_error()));
        self.none(&hooks, service.name(), || Ok(service.roster()?.hooks))
    }

    fn search(&self) -> Search {
        let (event, class, status) = (self.event.clone(), self.class.clone(), self.status.clone());
        Search { event, class, status, search: self.search.clone() }
    }

    fn print(&self, hooks: &[HookView], catalogue: &Catalogue, out: &mut Out) -> serde_json::Result<()> {
        match self.json {
            true => out.json(&hooks)?,
            false => table(hooks, catalogue, out),
        }
        Ok(())
    }

    /// What the list does not say by itself.
    fn remark(&self, roster: &Roster) {
        roster.left_out.iter().for_each(|id| print::complain([&options::left_out(id)]));
        let errors = roster.problems.iter().filter(|problem| problem.is_error()).count();
        if errors > 0 {
            let directory = self.whose.directory().display();
            let message = format!("{} in {directory}", count(errors, "error"));
            let hint = format!("`tenterhook check {directory}` says what to do");
            print::complain([&Problem::warning(Place::default(), message).hint(hint)]);
        }
    }

    /// Says to people that nothing was found, and in how many hooks.
    fn none(
        &self,
        found: &[HookView],
        place: &str,
        all: impl FnOnce() -> anyhow::Result<usize>,
    ) -> anyhow::Result<()> {
        if found.is_empty() && !self.json {
            print::note(&format!("no hook found; {place} has {}", count(all()?, "hook")));
        }
        Ok(())
    }
}

fn table(hooks: &[HookView], catalogue: &Catalogue, out: &mut Out) {
    let mut table = Table::default();
    table.row(["ID", "PRIORITY", "NAME", "EVENT", "HANDLER", "STATUS"].map(|head| cell(DIM, head)));
    for hook in hooks {
        table.row([
            cell(BOLD, safe(&hook.id)),
            number(hook.priority.to_string()),
            cell(PLAIN, safe(&hook.name)),
            cell(PLAIN, safe(&listens_to(hook, catalogue))),
            cell(PLAIN, handler(hook)),
            status(hook),
        ]);
    }
    for (n, line) in table.lines().iter().enumerate().filter(|_| !hooks.is_empty()) {
        out.line(line);
        let Some(hook) = n.checked_sub(1).map(|n| &hooks[n]) else { continue };
        for (word, reason) in [("unavailable:", &hook.unavailable), ("stopped:", &hook.stopped)] {
            if let Some(reason) = reason {
                out.line(&format!("  {} {}", paint(RED, word), safe(reason)));
            }
        }
    }
}

/// A hook that should run and cannot is marked.
pub(super) fn status(hook: &HookView) -> print::Cell {
    match (hook.status, &hook.unavailable) {
        (_, Some(_)) => cell(RED, "unavailable"),
        (Status::Enabled, None) if hook.stopped.is_some() => cell(RED, "stopped"),
        (Status::Enabled, None) => cell(GREEN, "enabled"),
        (status, None) => cell(DIM, status.to_string()),
    }
}

/// The first events and how many more there are, or `cloud.*` for all of an area.
fn listens_to(hook: &HookView, catalogue: &Catalogue) -> String {
    let names = event_names(hook);
    if names.len() > 1 && names.len() == catalogue.of_area(&hook.r#type).count() {
        return format!("{}.*", hook.r#type);
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
fn event_names(hook: &HookView) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for on in &hook.on {
        if !names.contains(&on.event.as_str()) {
            names.push(&on.event);
        }
    }
    names
}

/// What runs when the hook fires.
pub(super) fn handler(hook: &HookView) -> String {
    match (hook.class, &hook.component) {
        (Class::Component, Some(component)) => safe(&format!("component {component}")),
        (Class::Javascript, _) => {
            let ending = if hook.properties.contains_key(SCRIPT) { "toml" } else { "js" };
            format!("javascript {}.{ending}", safe(&hook.id))
        }
        (class, _) => match hook.properties.get("target").or_else(|| hook.properties.get("path")) {
            Some(target) => safe(&format!("{class} {target}")),
            None => class.to_string(),
        },
    }
}
