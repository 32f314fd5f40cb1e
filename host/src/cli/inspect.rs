//! `tenterhook inspect`: what a component is, what it wants, and whether it would be let in.

use super::exit::Exit;
use super::print::{self, BOLD, DIM, GREEN, Out, PLAIN, RED, Table, YELLOW, cell, count, paint, safe};
use super::project::{Project, Surroundings};
use crate::machine::{Anatomy, CONTRACT, Reached, Section, digest, manifest_section};
use crate::manifest::Manifest;
use crate::problem::Problem;
use serde_json::json;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Show what a component is and wants, and why it would be refused
///
/// Compiles it and runs none of it. Ends with 2 if it would be refused.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  tenterhook inspect my-hook.wasm\n  tenterhook inspect my-hook --json")]
pub(crate) struct Inspect {
    /// A component, a project, which is built, or a folder with a component
    #[arg(value_name = "COMPONENT")]
    path: PathBuf,

    #[command(flatten)]
    surroundings: Surroundings,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What was found.
struct Found {
    anatomy: Anatomy,
    manifest: Option<Manifest>,
    embedded: Option<String>,
    tier: Option<&'static str>,
    problems: Vec<Problem>,
}

impl Inspect {
    pub(crate) fn run(self, out: &mut Out) -> anyhow::Result<Exit> {
        let project = Project::open(&self.path, false)?;
        let roster = project.host(&self.surroundings).check()?;
        let hook = project.hook(&roster);
        let found = Found {
            anatomy: Anatomy::of(&project.bytes),
            manifest: hook.map(|hook| hook.manifest().clone()),
            embedded: match manifest_section(&project.bytes) {
                Section::Found(text) => Some(text),
                Section::Missing | Section::Unreadable(_) => None,
            },
            tier: hook.and_then(|hook| hook.tier()),
            problems: project.problems(&roster),
        };
        match self.json {
            true => found.json(&project, out)?,
            false => found.describe(&project, out),
        }
        Ok(if found.is_refused() { Exit::Bad } else { Exit::Accepted })
    }
}

impl Found {
    fn is_refused(&self) -> bool {
        self.problems.iter().any(Problem::is_error)
    }

    /// The keys of `[grants]` behind which its imports are.
    fn grants(&self) -> BTreeSet<&'static str> {
        let grant = |reached: &Reached| match reached {
            Reached::Granted(grant) => Some(*grant),
            _ => None,
        };
        self.anatomy.imports.iter().filter_map(|(_, reached)| grant(reached)).collect()
    }

    fn json(&self, project: &Project, out: &mut Out) -> serde_json::Result<()> {
        let imports: Vec<_> = self
            .anatomy
            .imports
            .iter()
            .map(|(name, reached)| json!({ "name": name, "gets": word(*reached) }))
            .collect();
        let manifest = self
            .embedded
            .as_deref()
            .and_then(|text| serde_json::from_str::<&serde_json::value::RawValue>(text).ok());
        out.json(&json!({
            "component": project.name(),
            "bytes": project.bytes.len(),
            "sha256": digest(&project.bytes),
            "functions": self.anatomy.functions,
            "names": self.anatomy.names,
            "lines": self.anatomy.lines,
            "contract": self.anatomy.contract(),
            "serves": CONTRACT,
            "tier": self.tier,
            "manifest": manifest,
            "imports": imports,
            "exports": self.anatomy.exports,
            "grants": self.grants(),
            "refused": self.is_refused(),
            "problems": self.problems,
        }))
    }

    fn describe(&self, project: &Project, out: &mut Out) {
        let mut facts = Table::default();
        let mut fact = |name: &str, value: String| facts.row([cell(DIM, name), cell(PLAIN, value)]);
        fact(
            "size",
            format!(
                "{}, {}",
                print::size(project.bytes.len() as u64),
                count(self.anatomy.functions as usize, "function")
            ),
        );
        fact("sha256", digest(&project.bytes));
        let contract = self.anatomy.contract().map_or("none".into(), safe);
        fact("contract", format!("{contract} (this host serves {CONTRACT})"));
        if let Some(tier) = self.tier {
            fact("compiled", tier.into());
        }
        fact(
            "backtraces",
            match (self.anatomy.names, self.anatomy.lines) {
                (true, true) => "functions and lines".into(),
                (true, false) => "functions; build with debug = \"line-tables-only\" for lines".into(),
                (false, _) => "none: its names are stripped".into(),
            },
        );
        if let Some(manifest) = &self.manifest {
            fact("name", safe(&manifest.name));
            fact("priority", manifest.priority.to_string());
            for on in &manifest.on {
                let facets =
                    on.filter.facets().map(|(facet, values)| format!(" {facet}={}", values.join("|")));
                fact("on", safe(&format!("{}{}", on.kind.name, facets.collect::<String>())));
            }
            for (key, value) in &manifest.properties {
                fact("property", safe(&format!("{key} = {value}")));
            }
        }
        out.line(&paint(BOLD, &safe(&project.name())));
        facts.lines().iter().for_each(|line| out.line(&format!("  {line}")));
        self.interfaces(out);
        let (style, word) =
            if self.is_refused() { (RED, "it would be refused") } else { (GREEN, "it would be loaded") };
        out.line(&paint(style, word));
        self.problems.iter().for_each(|problem| out.line(&format!("  {}", print::problem(problem))));
    }

    fn interfaces(&self, out: &mut Out) {
        let mut table = Table::default();
        for (name, reached) in &self.anatomy.imports {
            let style = match reached {
                Reached::Always => PLAIN,
                Reached::Granted(_) | Reached::Trap => YELLOW,
                Reached::Refused => RED,
            };
            table.row([cell(DIM, "imports"), cell(PLAIN, safe(name)), cell(style, word(*reached))]);
        }
        for name in &self.anatomy.exports {
            table.row([cell(DIM, "exports"), cell(PLAIN, safe(name))]);
        }
        table.lines().iter().for_each(|line| out.line(&format!("  {line}")));
    }
}

/// What it gets of an import, in words.
fn word(reached: Reached) -> String {
    match reached {
        Reached::Always => "always there".into(),
        Reached::Granted(grant) => format!("by grant: {grant}"),
        Reached::Trap => "never: touching it ends the call".into(),
        Reached::Refused => "no hook gets it".into(),
    }
}
