//! `tenterhook dev`: builds a hook whenever its sources change, and shows what that does to the outcomes of its cases.

mod line;
mod sources;
mod stage;

use super::case::{self, CASES, Case, Judged};
use super::exit::{Bad, Exit};
use super::print::{self, BOLD, DIM, GREEN, Out, RED, YELLOW, count, paint, safe};
use super::project::{Project, Recipe, Surroundings};
use super::remote::To;
use crate::problem::{Place, Problem};
use crate::reload::Watch;
use sources::Sources;
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

    #[command(flatten)]
    surroundings: Surroundings,
}

/// What is known from one round to the next.
struct Rounds<'a> {
    folder: PathBuf,
    stage: Stage,
    /// What came of each case the last time.
    before: BTreeMap<String, Judged>,
    out: &'a mut Out,
}

impl Dev {
    pub(crate) fn run(self, out: &mut Out) -> anyhow::Result<Exit> {
        let folder = self.folder.clone();
        if Recipe::of(&folder).is_none() {
            let place = Place::file(folder.display().to_string());
            let problem = Problem::error(place, "there is no Cargo.toml, package.json or build.sh in it");
            let hint = "name the folder of a hook; `tenterhook new` makes one";
            return Err(Bad::from(problem.hint(hint)).into());
        }
        let once = self.once;
        let stage = self.stage()?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let mut rounds = Rounds { folder, stage, before: BTreeMap::new(), out };
        let exit = runtime.block_on(async {
            // Before anything takes time: Ctrl-C must not go unheard.
            let [mut interrupt, mut terminate] =
                [signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?];
            tokio::select! {
                exit = rounds.go(once) => exit,
                _ = interrupt.recv() => Ok(Exit::Accepted),
                _ = terminate.recv() => Ok(Exit::Accepted),
            }
        });
        // A compiler that still runs is not waited for.
        runtime.shutdown_background();
        exit
    }

    /// The service that is named, where one answers; else a host of our own.
    fn stage(self) -> anyhow::Result<Stage> {
        if let Some(service) = self.to.service(false)? {
            match service.silence() {
                None => return Ok(Stage::Service(Arc::new(service))),
                Some(error) => print::note(&format!("{error:#}\ntrying the hook in a host of its own")),
            }
        }
        Ok(Stage::Alone(self.surroundings))
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
            let sources = Sources::of(&self.folder);
            let exit = match self.round(began).await {
                Ok(exit) => exit,
                Err(error) => super::fail(&error),
            };
            self.out.flush()?;
            let Some(watch) = &watch else { return Ok(exit) };
            print::note(&paint(DIM, "watching for changes, Ctrl-C ends it"));
            began = loop {
                watch.settled(None).await;
                let now = Sources::of(&self.folder);
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
        let mut watch = Watch::new(Sources::of(&self.folder).folders, Arc::clone(changed));
        watch.look();
        drop(before);
        watch
    }

    /// Builds, fires and compares.
    async fn round(&mut self, began: SystemTime) -> anyhow::Result<Exit> {
        let folder = self.folder.clone();
        let project = tokio::task::spawn_blocking(move || Project::open(&folder, true)).await??;
        let place = super::test::folder(&self.folder, None);
        let (cases, mut problems) = case::read(&place);
        if cases.is_empty() && problems.is_empty() {
            print::note(&format!("there are no cases: write some to {}", place.display()));
        }
        let mut played = Vec::new();
        for (case, judgement) in self.stage.play(project, cases).await? {
            match judgement {
                Ok(judged) => played.push((case, judged)),
                Err(wrong) => problems.extend(wrong),
            }
        }
        print::complain(&problems);
        let took = began.elapsed().unwrap_or_default();
        let wrong = self.tell(&played, took);
        self.before = played.into_iter().map(|(case, judged)| (case.name, judged)).collect();
        Ok(match (problems.is_empty(), wrong) {
            (false, _) => Exit::Bad,
            (true, 0) => Exit::Accepted,
            (true, _) => Exit::Other,
        })
    }

    /// Says what is new, and how many outcomes are not the expected ones.
    fn tell(&mut self, played: &[(Case, Judged)], took: Duration) -> usize {
        let (mut changed, mut wrong) = (0, 0);
        for (case, now) in played {
            let name = paint(BOLD, &safe(&case.name));
            wrong += usize::from(!now.is_as_expected());
            match self.before.get(&case.name) {
                None => self.out.line(&format!("  {name}  {}", line::of(now))),
                Some(before) if line::differs(now, before) => {
                    changed += 1;
                    self.out.line(&format!("  {name}"));
                    self.out.line(&format!("    {} {}", paint(RED, "-"), line::of(before)));
                    self.out.line(&format!("    {} {}", paint(GREEN, "+"), line::of(now)));
                }
                Some(before) if now.fuel != before.fuel => {
                    self.out.line(&format!("  {name}  {}", line::since(before, now)));
                }
                Some(_) if now.is_as_expected() => continue,
                Some(_) => self.out.line(&format!("  {name}  {}", line::of(now))),
            }
            if !now.is_as_expected() {
                self.out.line(&format!("    {}", paint(YELLOW, "not as expected:")));
                now.painted().iter().for_each(|line| self.out.line(line));
            }
        }
        for gone in
            self.before.keys().filter(|name| !self.folder.join(CASES).join(format!("{name}.json")).exists())
        {
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
            count(played.len(), "outcome")
        ));
        wrong
    }
}
