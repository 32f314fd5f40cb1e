//! The flame graph of a hook's fuel: every unit of it, as an SVG for a browser.

use crate::cli::build::put;
use crate::cli::case::Case;
use crate::cli::exit::{Bad, Exit};
use crate::cli::print::{self, DIM, Out, Table, cell, number, safe};
use crate::cli::project::Project;
use crate::host::{FireError, Host};
use crate::machine::Flame;
use crate::problem::{Place, Problem};
use anyhow::Context;
use inferno::flamegraph::{self, Options};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;

/// Functions that are listed.
const LISTED: usize = 10;

/// The fuel of all cases, and where it went.
#[derive(Default)]
pub(super) struct Drawn {
    fuel: u64,
    flame: Flame,
}

/// Runs every case and sees where its fuel goes.
pub(super) async fn of(host: &Host, cases: &[Case]) -> anyhow::Result<Drawn> {
    let mut drawn = Drawn::default();
    let mut refused = Vec::new();
    for case in cases {
        match host.flame(case.event.clone()).await {
            Ok(Some(burnt)) => {
                if let Some((failure, message)) = burnt.failed {
                    print::note(&format!(
                        "{}: the hook failed: {failure}, {}",
                        safe(&case.name),
                        safe(&message)
                    ));
                }
                drawn.fuel += burnt.fuel;
                drawn.flame.add(burnt.flame);
            }
            Ok(None) => print::note(&format!("{}: the hook does not want this event", safe(&case.name))),
            Err(FireError::Refused(problems)) => {
                refused.extend(problems.into_iter().map(|problem| Problem { place: case.place(), ..problem }))
            }
            Err(error) => return Err(error.into()),
        }
    }
    if refused.is_empty() { Ok(drawn) } else { Err(Bad(refused).into()) }
}

/// Writes the graph, and says which functions spent most by themselves.
pub(super) fn draw(
    project: &Project,
    file: &Path,
    drawn: Drawn,
    json: bool,
    out: &mut Out,
) -> anyhow::Result<Exit> {
    let Drawn { fuel, flame } = drawn;
    if flame.0.is_empty() {
        let problem = Problem::error(Place::file(project.name()), "no case has the hook spend any fuel");
        return Err(Bad::from(problem.hint("write cases with events that the hook wants")).into());
    }
    let stacks: Vec<String> = flame.0.iter().map(|(stack, fuel)| format!("{stack} {fuel}")).collect();
    let mut options = Options::default();
    options.title = format!("Fuel of {}", project.id);
    options.count_name = "fuel".into();
    options.deterministic = true;
    let mut svg = Vec::new();
    flamegraph::from_lines(&mut options, stacks.iter().map(String::as_str), &mut svg)
        .context("the flame graph cannot be drawn")?;
    put(file, &svg).with_context(|| format!("{} cannot be written", file.display()))?;
    let own = own(&flame);
    if json {
        out.json(&json!({ "fuel": fuel, "accounted": flame.fuel(), "stacks": flame.0, "functions": own }))?;
        return Ok(Exit::Accepted);
    }
    let mut own: Vec<(&str, u64)> = own.into_iter().collect();
    own.sort_by(|(a, x), (b, y)| y.cmp(x).then(a.cmp(b)));
    let mut table = Table::default();
    table.row([cell(DIM, "FUEL"), cell(DIM, "SHARE"), cell(DIM, "FUNCTION")]);
    for (name, spent) in own.iter().take(LISTED) {
        let share = format!("{:.1} %", 100.0 * *spent as f64 / fuel.max(1) as f64);
        table.row([number(spent.to_string()), number(share), cell(print::PLAIN, safe(name))]);
    }
    table.lines().iter().for_each(|line| out.line(line));
    out.line(&format!("{} of {fuel} fuel is accounted for in {}", flame.fuel(), file.display()));
    Ok(Exit::Accepted)
}

/// What each function spent by itself.
fn own(flame: &Flame) -> BTreeMap<&str, u64> {
    let mut own = BTreeMap::new();
    for (stack, fuel) in &flame.0 {
        *own.entry(stack.rsplit(';').next().unwrap_or_default()).or_default() += fuel;
    }
    own
}
