//! The host's numbers in the form that Prometheus reads.

use super::page::Page;
use crate::Host;
use crate::manifest::Status;
use crate::record::{Backlog, Record};
use crate::roster::{Hook, Roster};
use crate::stats::{Histogram, Stats};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use std::fmt::Error;
use std::sync::Arc;

/// Hooks that have series of their own, in the order in which hooks run; the others are one, called `_other`. A hook
/// that never had a turn has none.
const HOOKS_MAX: usize = 1_000;
/// No hook can have this id.
const OTHER: &str = "_other";

/// Reads them from a host.
#[derive(Debug)]
pub(super) struct Numbers(pub(super) Host);

impl Collector for Numbers {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> Result<(), Error> {
        let roster = self.0.roster();
        let mut page = Page(encoder);
        self.totals(&mut page)?;
        state(&roster, &mut page)?;
        hooks(&roster, &mut page)?;
        self.0.record().map_or(Ok(()), |record| journal(record, &mut page))
    }
}

impl Numbers {
    fn totals(&self, page: &mut Page<'_>) -> Result<(), Error> {
        let tally = self.0.tally();
        let events = tally.events();
        let events =
            events.iter().map(|(event, decision, n)| ([("event", &**event), ("decision", decision)], *n));
        page.counters("events", "Events by what was decided", events)?;
        let suppressed = tally.suppressed();
        let suppressed = suppressed.iter().map(|(event, n)| ([("event", &**event)], *n));
        page.counters("events_suppressed", "Events that a hook caused, so that they wake none", suppressed)?;
        page.counters("events_refused", "Events that could not be taken in", [([], tally.refused())])?;
        let reloads = tally.reloads().map(|(result, n)| ([("result", result)], n));
        page.counters("reloads", "Reloads by result", reloads)?;
        page.gauges("events_running", "Events that run hooks right now", [([], self.0.running())])?;
        page.gauges("sandboxes_prepared", "Sandboxes that are ready", [([], self.0.prepared())])
    }
}

fn state(roster: &Roster, page: &mut Page<'_>) -> Result<(), Error> {
    let hooks = |word: &str| roster.hooks().filter(|hook| self::word(hook) == word).count();
    let words = ["enabled", "tripped", "unavailable", "disabled", "archived"];
    let mut states: Vec<_> = words.iter().map(|word| ([("state", *word)], hooks(word))).collect();
    states.push(([("state", "left_out")], roster.left_out.len()));
    page.gauges("hooks", "Hooks by state", states)?;
    let errors = roster.problems.iter().filter(|problem| problem.is_error()).count();
    let severities = [("error", errors), ("warning", roster.problems.len() - errors)];
    let problems = severities.map(|(severity, n)| ([("severity", severity)], n));
    page.gauges("problems", "Problems of the hooks directory", problems)?;
    let generation = usize::try_from(roster.generation).unwrap_or(usize::MAX);
    page.gauges("roster_generation", "Counts up with every change of the hooks", [([], generation)])
}

/// The journal, as it was when it was last counted.
fn journal(record: &Record, page: &mut Page<'_>) -> Result<(), Error> {
    let (damaged, dropped) = record.losses();
    page.counters("journal_commits", "Transactions of the journal", [([], record.commits())])?;
    page.counters("journal_damaged", "Rows of the journal that were not what was written", [([], damaged)])?;
    page.counters(
        "journal_asks_dropped",
        "Asked events that were not logged, as too many waited",
        [([], dropped)],
    )?;
    let (backlogs, now) = (record.last_backlogs(), record.now());
    let shown = || backlogs.iter().take(HOOKS_MAX);
    let rows = shown().flat_map(|(hook, backlog)| states(backlog).map(|(state, n)| (hook, state, n)));
    let rows = rows.map(|(hook, state, n)| ([("hook", hook.as_str()), ("state", state)], size(n)));
    page.gauges("deliveries", "Deliveries of a hook that are not delivered, by state", rows)?;
    let age = |since: i64| size((now - since).max(0).unsigned_abs() / 1_000_000);
    let ages = shown().filter_map(|(hook, backlog)| Some(([("hook", hook.as_str())], age(backlog.since?))));
    page.gauges("delivery_oldest_seconds", "How long the oldest of them that is not dead has been owed", ages)
}

/// How many deliveries are in which state.
fn states(backlog: &Backlog) -> [(&'static str, u64); 4] {
    let Backlog { pending, waiting, held, dead, .. } = *backlog;
    [("pending", pending), ("waiting", waiting), ("held", held), ("dead", dead)]
}

fn size(n: u64) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

/// A hook's state in a word.
fn word(hook: &Hook) -> &'static str {
    match hook.manifest().status {
        Status::Disabled => "disabled",
        Status::Archived => "archived",
        Status::Enabled if hook.unavailable().is_some() => "unavailable",
        Status::Enabled if hook.is_tripped() => "tripped",
        Status::Enabled => "enabled",
    }
}

fn hooks(roster: &Roster, page: &mut Page<'_>) -> Result<(), Error> {
    let called: Vec<&Arc<Hook>> = roster.hooks().filter(|hook| hook.stats().calls() > 0).collect();
    let (own, other) = called.split_at(called.len().min(HOOKS_MAX));
    let mut hooks: Vec<Numbered> =
        own.iter().map(|hook| Numbered::of(&hook.manifest().id, hook.stats())).collect();
    if !other.is_empty() {
        let mut sum = Numbered::of(OTHER, &Stats::default());
        other.iter().for_each(|hook| sum.add(&Numbered::of(OTHER, hook.stats())));
        hooks.push(sum);
    }
    let labelled = |key: &'static str, of: fn(&Numbered) -> &Named| {
        let rows = hooks.iter().flat_map(move |hook| of(hook).iter().map(move |row| (hook, row)));
        rows.map(move |(hook, (word, n))| ([("hook", &*hook.id), (key, word)], *n)).collect::<Vec<_>>()
    };
    page.counters("calls", "Turns of a hook by verdict", labelled("verdict", |hook| &hook.verdicts))?;
    page.counters("failures", "Failures of a hook by kind", labelled("kind", |hook| &hook.failures))?;
    let calls = labelled("result", |hook| &hook.platform_calls);
    page.counters("platform_calls", "Calls of the application by a hook, by result", calls)?;
    let dry = hooks.iter().map(|hook| ([("hook", &*hook.id)], hook.dry));
    page.counters("calls_dry", "Calls that found no sandbox ready", dry)?;
    let seconds = hooks.iter().map(|hook| ([("hook", &*hook.id)], &hook.latency));
    page.histograms("call_seconds", "Time of a call", 1e6, seconds)?;
    let fuel = hooks.iter().map(|hook| ([("hook", &*hook.id)], &hook.fuel));
    page.histograms("call_fuel", "Fuel of a call", 1.0, fuel)
}

type Named = Vec<(String, u64)>;

/// What is written of a hook, or of several as one.
struct Numbered {
    id: String,
    verdicts: Named,
    failures: Named,
    platform_calls: Named,
    dry: u64,
    latency: Histogram,
    fuel: Histogram,
}

impl Numbered {
    fn of(id: &str, stats: &Stats) -> Self {
        Self {
            id: id.to_owned(),
            verdicts: stats.verdicts().map(|(verdict, n)| (verdict.to_string(), n)).collect(),
            failures: stats.failures().map(|(failure, n)| (failure.to_string(), n)).collect(),
            platform_calls: stats.platform_calls().map(|(ending, n)| (ending.to_string(), n)).collect(),
            dry: stats.dry(),
            latency: stats.latency(),
            fuel: stats.fuel(),
        }
    }

    fn add(&mut self, other: &Self) {
        for (mine, theirs) in [
            (&mut self.verdicts, &other.verdicts),
            (&mut self.failures, &other.failures),
            (&mut self.platform_calls, &other.platform_calls),
        ] {
            for (word, n) in theirs {
                match mine.iter_mut().find(|(known, _)| known == word) {
                    Some((_, sum)) => *sum += n,
                    None => mine.push((word.clone(), *n)),
                }
            }
        }
        self.dry += other.dry;
        for (mine, theirs) in [(&mut self.latency, &other.latency), (&mut self.fuel, &other.fuel)] {
            mine.counts.iter_mut().zip(&theirs.counts).for_each(|(sum, n)| *sum += n);
            mine.sum += theirs.sum;
        }
    }
}
