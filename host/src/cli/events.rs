//! `tenterhook events`: which events exist, what they carry, what hooks may do to them.

use super::describe::{describe, powers};
use super::exit::{Bad, Exit};
use super::options::{self, HOOKS};
use super::print::{self, BOLD, CYAN, Cell, DIM, Out, PLAIN, Table, cell, count, paint, safe};
use super::remote::To;
use crate::catalogue::{Catalogue, EventKind};
use crate::host::Host;
use crate::problem::Problem;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// List the events that exist, or everything about one
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Events {
    /// An event or an area; without it, all events
    name: Option<String>,

    /// Print JSON: an object for one event, else an array
    #[arg(long)]
    json: bool,

    /// Hooks directory, whose catalogue/*.toml adds events [default: hooks, if there is one]
    #[arg(long, value_name = "DIR", conflicts_with = "to")]
    hooks: Option<PathBuf>,

    #[command(flatten)]
    to: To,
}

const EXAMPLES: &str = "\
Examples:
  tenterhook events                     all events by area
  tenterhook events charging.api        the events of one area
  tenterhook events cloud.pre_create    its powers, and every value of its facets
  tenterhook events --to http://127.0.0.1:8710    those of a running service";

impl Events {
    pub(crate) fn run(self, out: &mut Out) -> anyhow::Result<Exit> {
        let catalogue = self.catalogue()?;
        let Some(name) = &self.name else {
            return self.list(&catalogue, |_| true, out);
        };
        if let Some(kind) = catalogue.get(name) {
            match self.json {
                true => out.json(&**kind)?,
                false => describe(kind, out),
            }
            return Ok(Exit::Accepted);
        }
        let area = name.strip_suffix(".*").unwrap_or(name);
        let inside = |other: &str| {
            other.strip_prefix(area).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        if catalogue.areas().any(|(name, _)| inside(name)) {
            return self.list(&catalogue, inside, out);
        }
        Err(Bad::from(unknown(name, &catalogue)).into())
    }

    fn catalogue(&self) -> anyhow::Result<Catalogue> {
        if let Some(service) = self.to.service(self.hooks.is_some())? {
            return service.catalogue();
        }
        let default = || Path::new(HOOKS).is_dir().then(|| HOOKS.into());
        let builder = match self.hooks.clone().or_else(default) {
            Some(hooks) => Host::builder().hooks(hooks),
            None => Host::builder(),
        };
        let (catalogue, problems) = builder.read_catalogue().map_err(options::explain)?;
        print::complain(&problems);
        Ok(catalogue)
    }

    fn list(
        &self,
        catalogue: &Catalogue,
        wanted: impl Fn(&str) -> bool,
        out: &mut Out,
    ) -> anyhow::Result<Exit> {
        if self.json {
            let kinds: Vec<&EventKind> =
                catalogue.kinds().map(|kind| &**kind).filter(|kind| wanted(&kind.area)).collect();
            out.json(&kinds)?;
            return Ok(Exit::Accepted);
        }
        let areas: Vec<_> = catalogue.areas().filter(|(area, _)| wanted(area)).collect();
        let mut table = Table::default();
        for kind in areas.iter().flat_map(|(area, _)| catalogue.of_area(area)) {
            table.row(row(kind));
        }
        let mut lines = table.lines().into_iter();
        for (n, (area, summary)) in areas.iter().enumerate() {
            let events = catalogue.of_area(area).count();
            let gap = if n == 0 { "" } else { "\n" };
            let number = paint(DIM, &format!("({})", count(events, "event")));
            out.line(&format!("{gap}{}  {} {number}", paint(CYAN, area), safe(summary)));
            lines.by_ref().take(events).for_each(|line| out.line(&format!("  {line}")));
        }
        Ok(Exit::Accepted)
    }
}

fn row(kind: &EventKind) -> [Cell; 5] {
    let facets: Vec<&str> = kind.facets.iter().map(|facet| facet.name.as_str()).collect();
    let powers = powers(kind.powers);
    [
        cell(BOLD, &kind.name),
        cell(PLAIN, kind.mode.to_string()),
        cell(PLAIN, if powers.is_empty() { "-" } else { &powers }),
        cell(PLAIN, if facets.is_empty() { "-".into() } else { facets.join(", ") }),
        cell(DIM, safe(&kind.summary)),
    ]
}

/// The kind of event of this name or alias.
pub(crate) fn find<'a>(name: &str, catalogue: &'a Catalogue) -> Result<&'a Arc<EventKind>, Bad> {
    catalogue.get(name).ok_or_else(|| unknown(name, catalogue).into())
}

/// A name of neither an event nor an area.
fn unknown(name: &str, catalogue: &Catalogue) -> Problem {
    let mut problem = catalogue.unknown(name);
    if problem.hint.is_none() {
        problem = problem.did_you_mean(name, catalogue.areas().map(|(area, _)| area));
    }
    problem.hint.get_or_insert_with(|| "`tenterhook events` lists them".into());
    problem
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_name_is_an_event_or_an_area_that_was_meant() {
        let catalogue = Catalogue::built_in();
        let hint = |name: &str| unknown(name, &catalogue).hint.unwrap_or_default();
        assert_eq!(hint("pre_create"), "did you mean \"cloud.pre_create\"?");
        assert_eq!(hint("clod"), "did you mean \"cloud\"?");
        assert_eq!(hint("zebra"), "`tenterhook events` lists them");
    }
}
