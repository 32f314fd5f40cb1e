//! `tenterhook bench`: what a hook costs over its cases, against its last run and against another component.

mod flame;
mod numbers;

use super::case::{self, Case};
use super::exit::Exit;
use super::print::{self, BOLD, DIM, GREEN, Out, PLAIN, RED, Table, cell, count, number, paint, safe};
use super::project::{Project, Surroundings};
use super::test;
use crate::host::Host;
use numbers::{Numbers, Run};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Calls before any is measured.
const WARM_UP: usize = 20;
/// Below and above these ratios of medians it is a difference and no chance.
const BETTER: f64 = 0.9;
const WORSE: f64 = 1.1;

/// Measure a hook over its cases: time, fuel, memory
///
/// Time is that of the hook's turn in a new sandbox, as the trail of an outcome has it. Fuel and memory are the same in every run.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Bench {
    /// A project, which is built, a folder with a component, or a component
    #[arg(value_name = "COMPONENT", default_value = ".")]
    path: PathBuf,

    /// Folder of the cases [default: cases in the folder, or beside the component]
    #[arg(long, value_name = "DIR")]
    cases: Option<PathBuf>,

    /// Compare with this component too
    #[arg(long, value_name = "COMPONENT")]
    against: Option<PathBuf>,

    /// How often each case is run
    #[arg(long, value_name = "NUMBER", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    runs: u32,

    /// Draw where the fuel goes, all of it, in place of measuring
    #[arg(long, value_name = "FILE.svg", conflicts_with_all = ["against", "runs"])]
    flame: Option<PathBuf>,

    /// Print JSON: {"hook","component","cases","all","last","against"}
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    surroundings: Surroundings,
}

const EXAMPLES: &str = "\
Examples:
  tenterhook bench my-hook
  tenterhook bench my-hook --against old/my-hook.wasm
  tenterhook bench my-hook --flame fuel.svg    open it in a browser; wants a component with names

Exit codes:
  2   a case, a component or an option cannot be used
  1   something cannot be read or written
  0   done";

impl Bench {
    pub(crate) fn run(self, out: &mut Out) -> anyhow::Result<Exit> {
        let folder = test::folder(&self.path, self.cases.as_deref());
        let cases = case::all(&folder)?;
        let project = Project::open(&self.path, false)?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        if let Some(file) = &self.flame {
            let host = runtime.block_on(project.start(project.host(&self.surroundings)))?;
            return flame::draw(&project, file, runtime.block_on(flame::of(&host, &cases))?, self.json, out);
        }
        let run = runtime.block_on(self.measure(&project, &cases))?;
        let against = match &self.against {
            Some(path) => {
                let other = Project::open(path, false)?;
                Some((other.name(), runtime.block_on(self.measure(&other, &cases))?))
            }
            None => None,
        };
        let kept = self.kept(&project, &folder);
        let last = kept.as_deref().and_then(Run::read);
        if let Some(Err(error)) = kept.as_deref().map(|file| run.keep(file)) {
            print::error(&format!("this run cannot be kept to compare the next with: {error}"));
        }
        match self.json {
            true => out.json(&json!({
                "hook": project.id, "component": project.name(), "cases": run.cases, "all": run.all(),
                "last": last, "against": against.as_ref().map(|(_, run)| run),
            }))?,
            false => report(&project, &run, last.as_ref(), against.as_ref(), out),
        }
        Ok(Exit::Accepted)
    }

    async fn measure(&self, project: &Project, cases: &[Case]) -> anyhow::Result<Run> {
        let host = project.start(project.host(&self.surroundings)).await?;
        // What is wrong with an event is wrong with it every time.
        case::sound(case::judge(&host, &project.id, cases).await?)?;
        let mut run = Run::default();
        for case in cases {
            run.cases.insert(case.name.clone(), self.numbers(&host, case).await?);
        }
        Ok(run)
    }

    async fn numbers(&self, host: &Host, case: &Case) -> anyhow::Result<Numbers> {
        let mut numbers = Numbers::default();
        for call in 0..WARM_UP + self.runs as usize {
            let outcome = host.dry_run(case.event.clone()).await?;
            if let (Some(line), true) = (outcome.trail.first(), call >= WARM_UP) {
                numbers.add(line);
            }
        }
        Ok(numbers.settled())
    }

    /// The file in which the last run of this hook over these cases is kept.
    fn kept(&self, project: &Project, cases: &Path) -> Option<PathBuf> {
        let cases = cases.canonicalize().ok()?;
        let key = crate::machine::digest(format!("{}\n{}", project.id, cases.display()).as_bytes());
        Some(self.surroundings.cache()?.join("bench").join(format!("{}.json", &key[..16])))
    }
}

fn report(project: &Project, run: &Run, last: Option<&Run>, against: Option<&(String, Run)>, out: &mut Out) {
    let mut table = Table::default();
    let heads = ["CASE", "MEDIAN", "P99", "FUEL", "MEMORY", "LAST", "FUEL", "AGAINST", "FUEL"];
    let shown =
        5 + if last.is_some() || against.is_some() { 2 } else { 0 } + if against.is_some() { 2 } else { 0 };
    table.row(heads.into_iter().take(shown).map(|head| cell(DIM, head)).collect::<Vec<_>>());
    let all = (String::from("all"), run.all());
    for (name, numbers) in run.cases.iter().chain([(&all.0, &all.1)]) {
        let of =
            |other: &Run| if *name == all.0 { Some(other.all()) } else { other.cases.get(name).cloned() };
        let mut row = vec![
            cell(BOLD, safe(name)),
            number(format!("{:.1} us", numbers.median_us)),
            number(format!("{:.1} us", numbers.p99_us)),
            number(numbers.fuel.to_string()),
            number(print::size(numbers.memory_bytes)),
        ];
        for other in [last, against.map(|(_, run)| run)].into_iter().take((shown - 5) / 2) {
            let other = other.and_then(of);
            row.extend(ratios(numbers, other.as_ref()));
        }
        table.row(row);
    }
    table.lines().iter().for_each(|line| out.line(line));
    let calls = run.cases.values().map(|numbers| numbers.calls).max().unwrap_or(0);
    out.line(&format!("{} of {}, {calls} calls each", count(run.cases.len(), "case"), safe(&project.name())));
    if let Some((name, _)) = against {
        out.line(&paint(DIM, &format!("against {}", safe(name))));
    }
    for (name, _) in run.cases.iter().filter(|(_, numbers)| numbers.calls == 0) {
        print::note(&format!("{}: the hook does not want this event", safe(name)));
    }
    for (name, numbers) in run.cases.iter().filter(|(_, numbers)| numbers.failed > 0) {
        print::note(&format!(
            "{}: the hook failed in {}",
            safe(name),
            count(numbers.failed as usize, "call")
        ));
    }
}

/// How many times as long, and as much fuel, it takes as something else did.
fn ratios(numbers: &Numbers, other: Option<&Numbers>) -> [print::Cell; 2] {
    let ratio = |ours: f64, theirs: f64| {
        if theirs <= 0.0 {
            return cell(DIM, "-");
        }
        let ratio = ours / theirs;
        let style = if ratio > WORSE {
            RED
        } else if ratio < BETTER {
            GREEN
        } else {
            PLAIN
        };
        cell(style, format!("{ratio:.2} x"))
    };
    match other {
        Some(other) => {
            [ratio(numbers.median_us, other.median_us), ratio(numbers.fuel as f64, other.fuel as f64)]
        }
        None => [cell(DIM, "-"), cell(DIM, "-")],
    }
}
