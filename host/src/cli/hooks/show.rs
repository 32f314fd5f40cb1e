//! `tenterhook hooks show`: everything about one hook.

use super::list::{handler, status};
use super::{checked, unknown};
use crate::cli::exit::Exit;
use crate::cli::options;
use crate::cli::print::{BOLD, CYAN, DIM, Out, PLAIN, Table, cell, paint, safe, size};
use crate::cli::whose::Whose;
use crate::manifest::{Caused, Grants};
use crate::view::{HookView, OnView, ScheduleView, Source};

/// Which hook is shown, and how.
#[derive(clap::Args)]
pub(super) struct Show {
    /// The hook's id
    id: String,

    /// Print a JSON object
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    whose: Whose,
}

impl Show {
    pub(super) fn run(self, out: &mut Out) -> anyhow::Result<Exit> {
        let id = checked(&self.id)?;
        let hook = match self.whose.service()? {
            Some(service) => service.hook(id)?,
            None => {
                let roster = self.whose.host().check().map_err(options::explain)?;
                let hook = roster.hook(id).map(|hook| HookView::of(hook));
                let ids = roster.hooks().map(|hook| &*hook.manifest().id);
                hook.ok_or_else(|| unknown(id, ids))?
            }
        };
        match self.json {
            true => out.json(&hook)?,
            false => describe(&hook, out),
        }
        Ok(Exit::Accepted)
    }
}

fn describe(hook: &HookView, out: &mut Out) {
    out.line(&format!("{}  {}", paint(BOLD, &safe(&hook.id)), safe(&hook.name)));
    let mut facts = Table::default();
    let mut fact = |name: &str, value: &str| facts.row([cell(DIM, name), cell(PLAIN, safe(value))]);
    if !hook.description.is_empty() {
        fact("description", &hook.description);
    }
    fact("type", &hook.r#type);
    fact("priority", &hook.priority.to_string());
    fact("handler", &handler(hook));
    fact("version", hook.version.as_deref().unwrap_or("-"));
    facts.row([cell(DIM, "status"), status(hook)]);
    let mut fact = |name: &str, value: &str| facts.row([cell(DIM, name), cell(PLAIN, safe(value))]);
    if let Some(reason) = &hook.unavailable {
        fact("unavailable", reason);
    }
    if hook.tripped {
        fact("tripped", hook.stopped.as_deref().unwrap_or("it failed so often that it rests"));
    }
    fact("on failure", &hook.on_failure.map_or("the event's default".to_owned(), |it| it.to_string()));
    fact("isolation", &hook.isolation.to_string());
    if let Some(tenant) = &hook.tenant {
        fact("tenant", tenant);
    }
    if let Some(ordered) = hook.ordered {
        fact("ordered", &ordered.to_string());
    }
    if hook.caused == Caused::Run {
        fact("caused", "it also runs on events that other hooks caused");
    }
    for (name, methods) in [("platform", &hook.grants.platform), ("platform_ask", &hook.grants.platform_ask)]
    {
        if !methods.is_empty() {
            fact(name, &methods.join(", "));
        }
    }
    let Grants { environment, http, networks, .. } = &hook.grants;
    let http: Vec<String> = http.iter().map(ToString::to_string).collect();
    let networks: Vec<String> = networks.iter().map(ToString::to_string).collect();
    for (name, granted) in [("environment", environment), ("http", &http), ("networks", &networks)] {
        if !granted.is_empty() {
            fact(name, &granted.join(", "));
        }
    }
    fact("limits", &limits(hook));
    if hook.grants.keyvalue {
        fact("grants", "keyvalue");
    }
    fact("calls", &hook.calls.to_string());
    let manifest = match hook.source {
        Source::Toml => "its TOML, over what the component says of itself",
        Source::Component => "in the component",
    };
    fact("manifest", manifest);
    facts.lines().iter().for_each(|line| out.line(&format!("  {line}")));
    out.line(&format!("\n  {}", paint(BOLD, "on")));
    hook.on.iter().for_each(|on| out.line(&format!("    {}", listens(on))));
    if !hook.schedule.is_empty() {
        out.line(&format!("\n  {}", paint(BOLD, "schedule")));
        hook.schedule.iter().for_each(|schedule| out.line(&format!("    {}", runs(schedule))));
    }
    if !hook.properties.is_empty() {
        out.line(&format!("\n  {}", paint(BOLD, "properties")));
        let mut table = Table::default();
        for (name, value) in &hook.properties {
            table.row([cell(CYAN, safe(name)), cell(PLAIN, safe(value))]);
        }
        table.lines().iter().for_each(|line| out.line(&format!("    {line}")));
    }
}

/// An event and the values that its facets must have.
fn listens(on: &OnView) -> String {
    let facet = |(name, values): (&String, &Vec<String>)| {
        format!("  {} {}", paint(DIM, &safe(name)), safe(&values.join(", ")))
    };
    safe(&on.event) + &on.facets.iter().map(facet).collect::<String>()
}

/// When a hook is run by the clock.
fn runs(schedule: &ScheduleView) -> String {
    let every = schedule.every.as_ref().map(|every| format!("every {every}"));
    let start = schedule.start.as_ref().map(|start| format!("from {start}"));
    let when = [schedule.cron.clone(), every, start, Some(schedule.timezone.clone())];
    let when = when.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let next = schedule.next.as_deref().unwrap_or("never");
    let catch_up = schedule.catch_up;
    format!("{}  {} {}  {} {catch_up}", safe(&when), paint(DIM, "next"), safe(next), paint(DIM, "catch up"))
}

fn limits(hook: &HookView) -> String {
    let limits = &hook.limits;
    let deadline = limits.deadline.as_deref().unwrap_or("that of the event's mode");
    let (memory, output, log) = (limits.memory as u64, limits.output as u64, limits.log as u64);
    format!(
        "fuel {}, memory {}, deadline {deadline}, output {}, log {}",
        limits.fuel,
        size(memory),
        size(output),
        size(log)
    )
}
