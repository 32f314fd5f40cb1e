//! `tenterhook test`: runs a hook's cases against the real component in the real sandbox.

mod junit;
#[cfg(feature = "api")]
mod record;

use super::build::put;
use super::case::{self, CASES, Case, Judged};
use super::exit::Exit;
use super::print::{self, DIM, GREEN, Out, RED, YELLOW, count, paint, safe};
use super::project::{Project, Surroundings};
use anyhow::Context;
use std::path::{Path, PathBuf};

/// Run the cases of a hook
///
/// A case is a file cases/NAME.json: {"event": …, "outcome": {"decision", "data", "code", "reason", "failed"},
/// "fuel_max": …}. What an outcome leaves out is not compared. Each case runs by itself, with no state of another and
/// nobody who answers calls of the platform.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Test {
    /// A project, which is built, a folder with a component, or a component; hook.toml beside it is what its operator says
    #[arg(value_name = "DIR", default_value = ".")]
    path: PathBuf,

    /// Folder of the cases [default: cases in DIR, or beside the component]
    #[arg(long, value_name = "DIR")]
    cases: Option<PathBuf>,

    /// Write the outcomes that are found into the cases
    #[arg(long)]
    update: bool,

    /// Write a report that continuous integration reads
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,

    #[command(flatten)]
    surroundings: Surroundings,

    #[cfg(feature = "api")]
    #[command(flatten)]
    recording: record::Recording,
}

const EXAMPLES: &str = "\
Examples:
  tenterhook test                       the project in this folder
  tenterhook test my-hook --update      write the outcomes of new cases
  tenterhook test hook.wasm --cases cases --junit report.xml
  tenterhook test --record --to http://127.0.0.1:8710 --hook my-hook --mask data.owner

Exit codes:
  2   a case, the component or an option cannot be used
  1   a case did not end as expected
  0   all did";

/// A case that was run.
struct Ran {
    case: Case,
    judged: Judged,
    updated: bool,
}

impl Test {
    pub(crate) fn run(self, out: &mut Out) -> anyhow::Result<Exit> {
        #[cfg(feature = "api")]
        if self.recording.is_wanted() {
            return self.recording.run(&folder(&self.path, self.cases.as_deref()), out);
        }
        // Cases first: what is wrong with them is known before anything is built.
        let cases = case::all(&folder(&self.path, self.cases.as_deref()))?;
        let project = Project::open(&self.path, false)?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let judged = runtime.block_on(async {
            let host = project.start(project.host(&self.surroundings)).await?;
            Ok::<_, anyhow::Error>(case::sound(case::judge(&host, &project.id, &cases).await?)?)
        })?;
        let mut failed = Vec::new();
        let mut ran = Vec::new();
        for (case, judged) in cases.into_iter().zip(judged) {
            let stale = self.update && (judged.unwritten || !judged.diff.is_empty());
            let updated = stale.then(|| case.update(&judged.found)).transpose();
            let updated = updated.unwrap_or_else(|error| {
                failed.push(format!("{} cannot be written: {error}", case.file.display()));
                None
            });
            ran.push(Ran { case, judged, updated: updated.is_some() });
        }
        let exit = report(&project, &ran, out);
        if let Some(file) = &self.junit {
            let report = junit::report(&project.id, &ran);
            put(file, report.as_bytes()).with_context(|| format!("{} cannot be written", file.display()))?;
        }
        failed.iter().for_each(|message| print::error(message));
        Ok(if failed.is_empty() { exit } else { exit.max(Exit::Other) })
    }
}

impl Ran {
    fn passed(&self) -> bool {
        self.judged.passed() || (self.updated && self.judged.over.is_none())
    }
}

/// The folder of the cases of what is at a path.
pub(crate) fn folder(path: &Path, named: Option<&Path>) -> PathBuf {
    let beside = || match path.is_dir() {
        true if path == Path::new(".") => PathBuf::from(CASES),
        true => path.join(CASES),
        false => path.with_file_name(CASES),
    };
    named.map_or_else(beside, Path::to_owned)
}

fn report(project: &Project, ran: &[Ran], out: &mut Out) -> Exit {
    for Ran { case, judged, updated } in ran {
        let passed = judged.passed();
        let (style, word) = match (passed, updated) {
            (_, true) => (YELLOW, "updated"),
            (true, false) => (GREEN, "ok"),
            (false, false) => (RED, "failed"),
        };
        let used = if judged.matched {
            format!("{}, {} fuel, {} us", judged.found.decision.name(), judged.fuel, judged.micros)
        } else {
            format!("{}, not for this hook", judged.found.decision.name())
        };
        out.line(&format!("{} {}  {}", paint(style, word), safe(&case.name), paint(DIM, &used)));
        if !passed {
            judged.painted().iter().for_each(|line| out.line(line));
        }
    }
    let (failed, updated) =
        (ran.iter().filter(|ran| !ran.passed()).count(), ran.iter().filter(|ran| ran.updated).count());
    let mut summary = match failed {
        0 => paint(GREEN, "passed"),
        failed => paint(RED, &format!("{failed} failed")),
    };
    if updated > 0 {
        summary += &format!(", {updated} updated");
    }
    out.line(&format!("{summary} of {} of {}", count(ran.len(), "case"), safe(&project.name())));
    if failed > 0 { Exit::Other } else { Exit::Accepted }
}
