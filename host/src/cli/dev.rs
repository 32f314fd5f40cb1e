//! `tenterhook dev`: builds a hook whenever its sources change, and shows what that does to the outcomes of its cases.

mod case;
mod fired;
mod project;
mod stage;

use super::exit::Exit;
use super::print::{self, BOLD, DIM, GREEN, Out, RED, YELLOW, count, paint, safe};
use super::remote::To;
use crate::reload::Watch;
use case::Case;
use fired::Fired;
use project::Project;
use stage::Stage;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;

/// Build a hook whenever it changes, and show what changed in its outcomes
///
/// Fires the events of cases/*.json after every build, in a host of its own or, with --to, as a dry run at a running
/// service that then has the hook. Ctrl-C ends it.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  tenterhook dev
  tenterhook dev my-hook --once
  tenterhook dev my-hook --to http://127.0.0.1:8710 --token-file admin.token")]
pub(crate) struct Dev {
    /// Folder of the hook's project
    #[arg(value_name = "DIR", default_value = ".")]
    folder: PathBuf,

    /// Build and fire once, and end: with 1 where an outcome is not the expected one
    #[arg(long)]
    once: bool,

    #[command(flatten)]
    to: To,
}

/// What is known from one round to the next.
struct Rounds<'a> {
    project: Project,
    stage: Stage,
    /// What came of each case the last time.
    before: BTreeMap<String, Fired>,
    out: &'a mut Out,
}

impl Dev {
    pub(crate) fn run(self, out: &mut Out) -> anyhow::Result<Exit> {
        let project = Project::of(&self.folder)?;
        let stage = self.stage()?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let mut rounds = Rounds { project, stage, before: BTreeMap::new(), out };
        let exit = runtime.block_on(async {
            // Before anything takes time: Ctrl-C must not go unheard.
            let [mut interrupt, mut terminate] =
                [signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?];
            tokio::select! {
                exit = rounds.go(self.once) => exit,
                _ = interrupt.recv() => Ok(Exit::Accepted),
                _ = terminate.recv() => Ok(Exit::Accepted),
            }
        });
        // A compiler that still runs is not waited for.
        runtime.shutdown_background();
        exit
    }

    /// The service that is named, where one answers; else a host of our own.
    fn stage(&self) -> anyhow::Result<Stage> {
        if let Some(service) = self.to.service(false)? {
            match service.silence() {
                None => return Ok(Stage::Service(Arc::new(service))),
                Some(error) => print::note(&format!("{error:#}\ntrying the hook in a host of its own")),
            }
        }
        Stage::alone()
    }
}

impl Rounds<'_> {
    /// One round after the other, each after a change.
    async fn go(&mut self, once: bool) -> anyhow::Result<Exit> {
        let changed = Arc::new(Notify::new());
        let mut began = SystemTime::now();
        let mut watch: Option<Watch> = None;
        loop {
            if !once {
                watch = Some(self.watch(&changed, watch));
            }
            // What changes from here on is noticed, and what has changed before is built.
            let sources = self.project.sources();
            let exit = match self.round(began).await {
                Ok(exit) => exit,
                Err(error) => super::fail(&error),
            };
            self.out.flush()?;
            let Some(watch) = &watch else { return Ok(exit) };
            print::note(&paint(DIM, "watching for changes, Ctrl-C ends it"));
            began = loop {
                watch.settled(None).await;
                let now = self.project.sources();
                if now.differ(&sources) {
                    // A clock that was set back, or a file that was moved here, says nothing.
                    let written = now.changed_at(&sources).filter(|written| *written > began);
                    break written.unwrap_or_else(SystemTime::now);
                }
            };
        }
    }

    /// Watches the folders that there are by now. Those that were watched before are until then, so that no change
    /// is missed.
    fn watch(&self, changed: &Arc<Notify>, before: Option<Watch>) -> Watch {
        let mut watch = Watch::new(self.project.sources().folders, Arc::clone(changed));
        watch.look();
        drop(before);
        watch
    }

    /// Builds, fires and compares.
    async fn round(&mut self, began: SystemTime) -> anyhow::Result<Exit> {
        let project = self.project.clone();
        let built = tokio::task::spawn_blocking(move || project.build()).await??;
        let (cases, problems) = case::read(&self.project.cases());
        print::complain(&problems);
        if cases.is_empty() && problems.is_empty() {
            print::note(&format!("there are no cases: write some to {}", self.project.cases().display()));
        }
        let fired = self.stage.play(&built, &self.project.toml(), &cases).await?;
        let took = began.elapsed().unwrap_or_default();
        let wrong = self.tell(&cases, &fired, took);
        self.before = cases.into_iter().map(|case| case.name).zip(fired).collect();
        Ok(match (problems.is_empty(), wrong) {
            (false, _) => Exit::Bad,
            (true, 0) => Exit::Accepted,
            (true, _) => Exit::Other,
        })
    }

    /// Says what is new, and how many outcomes are not the expected ones.
    fn tell(&mut self, cases: &[Case], fired: &[Fired], took: Duration) -> usize {
        let (mut changed, mut wrong) = (0, 0);
        for (case, now) in cases.iter().zip(fired) {
            let name = paint(BOLD, &safe(&case.name));
            let unexpected = now.unexpected(case);
            wrong += usize::from(!unexpected.is_empty());
            match self.before.get(&case.name) {
                None => self.out.line(&format!("  {name}  {}", now.line())),
                Some(before) if now.differs(before) => {
                    changed += 1;
                    self.out.line(&format!("  {name}"));
                    self.out.line(&format!("    {} {}", paint(RED, "-"), before.line()));
                    self.out.line(&format!("    {} {}", paint(GREEN, "+"), now.line()));
                }
                Some(before) if now.costs_other_than(before) => {
                    self.out.line(&format!("  {name}  {}", now.fuel_since(before)));
                }
                Some(_) if unexpected.is_empty() => continue,
                Some(_) => self.out.line(&format!("  {name}  {}", now.line())),
            }
            unexpected.iter().for_each(|wrong| self.out.line(&format!("    {}", paint(YELLOW, wrong))));
        }
        for gone in self.before.keys().filter(|name| !cases.iter().any(|case| case.name == **name)) {
            self.out.line(&format!("  {}  is gone", paint(BOLD, &safe(gone))));
        }
        let is_first = self.before.is_empty();
        let expected = match wrong {
            0 => paint(GREEN, "as expected"),
            _ => paint(RED, &format!("{wrong} not as expected")),
        };
        let changed = if is_first { String::new() } else { format!("{changed} changed, ") };
        let seconds = took.as_secs_f64();
        self.out.line(&format!(
            "{}: {changed}{expected}; fresh after {seconds:.1} s",
            count(cases.len(), "outcome")
        ));
        wrong
    }
}
