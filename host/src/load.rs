//! From a hooks directory to loaded hooks: every file read once, every problem kept, no guest code run.

use crate::catalogue::Catalogue;
use crate::directory::{Directory, Stem};
use crate::good::Good;
use crate::limits::HostLimits;
use crate::machine::{Component, Engine, Section, digest, manifest_section};
use crate::manifest::{self, Class, Manifest, Status};
use crate::problem::{Place, Problem};
use crate::written::{Table, Value};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// A hook as it was found: what it says, and its component or why there is none.
pub(crate) struct Loaded {
    pub(crate) manifest: Manifest,
    pub(crate) component: Result<Option<Arc<Component>>, String>,
}

/// Everything found in a directory.
pub(crate) struct Registry {
    pub(crate) catalogue: Catalogue,
    pub(crate) hooks: Vec<Loaded>,
    pub(crate) problems: Vec<Problem>,
    /// Hooks that are left out, because nobody knows their events.
    pub(crate) left_out: Vec<String>,
}

/// Which components are compiled.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compile {
    /// Those of enabled hooks.
    Enabled,
    /// All, to know whether they would load.
    All,
}

/// Loads a directory. Runs no guest.
pub(crate) fn load(
    directory: Option<&Directory>,
    catalogue: Catalogue,
    engine: &Engine,
    limits: &HostLimits,
    good: &Good,
    compile: Compile,
) -> Registry {
    let mut registry =
        Registry { catalogue, hooks: Vec::new(), problems: Vec::new(), left_out: Vec::new() };
    let Some(directory) = directory else { return registry };
    registry.problems = read_catalogues(directory, &mut registry.catalogue);
    let stems = Stem::group(&directory.names(""));
    let mut loader = Loader { directory, engine, limits, good, compile, files: HashMap::new(), components: HashMap::new() };
    loader.load(&stems, &mut registry);
    registry
}

/// Adds the operators' catalogues, and says what is wrong with them.
pub(crate) fn read_catalogues(directory: &Directory, catalogue: &mut Catalogue) -> Vec<Problem> {
    let mut problems = Vec::new();
    for name in directory.names("catalogue").iter().filter(|name| name.ends_with(".toml")) {
        let name = format!("catalogue/{name}");
        let file = directory.display(&name);
        match directory.read_toml(&name) {
            Ok(text) => problems.extend(catalogue.add(&file, &text)),
            Err(reason) => problems.push(Problem::error(Place::file(file), reason)),
        }
    }
    problems
}

struct Loader<'a> {
    directory: &'a Directory,
    engine: &'a Engine,
    limits: &'a HostLimits,
    good: &'a Good,
    compile: Compile,
    /// Component files read so far: many hooks may share one.
    files: HashMap<String, Result<Arc<[u8]>, String>>,
    /// Components compiled so far, by digest.
    components: HashMap<String, Result<Arc<Component>, String>>,
}

impl Loader<'_> {
    fn load(&mut self, stems: &[Stem], registry: &mut Registry) {
        let mut tables: BTreeMap<&str, Table> = BTreeMap::new();
        for stem in stems {
            self.names(stem, stems, &mut registry.problems);
            if stem.toml {
                let table = self.toml(stem, &mut registry.problems);
                tables.insert(&stem.id, table);
            }
        }
        let shared: Vec<String> = tables.values().filter_map(|table| text(table, "component")).collect();
        for stem in stems.iter().filter(|stem| stem.is_id()) {
            // A component that only serves the TOMLs of other hooks is no hook of its own.
            if !stem.toml && stem.wasm && shared.contains(&format!("{}.wasm", stem.id)) {
                continue;
            }
            let table = tables.remove(stem.id.as_str()).unwrap_or_default();
            self.hook(stem, table, registry);
        }
    }

    fn names(&self, stem: &Stem, stems: &[Stem], problems: &mut Vec<Problem>) {
        let extension = if stem.toml { "toml" } else if stem.wasm { "wasm" } else { "js" };
        let place = || Place::file(self.directory.display(&format!("{}.{extension}", stem.id)));
        if !stem.is_id() {
            let message = format!("{:?} is no id for a hook", stem.id);
            let hint = "name the file with a-z, 0-9, _ and -, at most 64, no dot";
            problems.push(Problem::error(place(), message).hint(hint));
        }
        let alike = |other: &&Stem| other.id != stem.id && other.id.eq_ignore_ascii_case(&stem.id);
        if let Some(other) = stems.iter().find(alike) {
            let message = format!("{:?} and {:?} differ only in case", stem.id, other.id);
            problems.push(Problem::error(place(), message));
        }
        if stem.js && stem.wasm {
            let message = format!("{0}.js beside {0}.wasm: which of them is the hook?", stem.id);
            problems.push(Problem::error(place(), message).hint("remove one"));
        } else if stem.js {
            let message = "hooks in JavaScript are not served before version 0.6";
            problems.push(Problem::error(place(), message));
        }
    }

    fn toml(&self, stem: &Stem, problems: &mut Vec<Problem>) -> Table {
        let name = format!("{}.toml", stem.id);
        let file = self.directory.display(&name);
        match self.directory.read_toml(&name) {
            Ok(text) => manifest::operator(&file, &text, problems),
            Err(reason) => {
                problems.push(Problem::error(Place::file(file), reason));
                Table::default()
            }
        }
    }

    /// Loads one hook. Any error makes it unavailable; what is known of it is kept.
    fn hook(&mut self, stem: &Stem, operator: Table, registry: &mut Registry) {
        let before = registry.problems.len();
        let problems = &mut registry.problems;
        let own = if stem.toml { "toml" } else { "wasm" };
        let file = self.directory.display(&format!("{}.{own}", stem.id));
        let component = text(&operator, "component").unwrap_or_else(|| format!("{}.wasm", stem.id));
        let wanted = text(&operator, "class").is_none_or(|class| class == Class::Component.to_string());
        let bytes = if wanted { self.file(&component, &file, problems) } else { None };
        let mut table = self.base(&stem.id, &component, bytes.as_deref(), problems);
        unset(&mut table, &operator, problems);
        table.overlay(operator);
        let rules = (&registry.catalogue, self.limits);
        let manifest = manifest::check(&stem.id, &file, &table, rules, problems);
        let idle = manifest.status != Status::Enabled && self.compile == Compile::Enabled;
        let bytes = bytes.filter(|bytes| self.digest_fits(&manifest, bytes, &file, problems));
        let mut compiled = None;
        if let (Some(bytes), false) = (bytes, idle) {
            compiled = self.component(&component, &bytes, problems);
        }
        let reason = self.reason(&registry.problems, before, &stem.id, &file);
        if manifest.on.is_empty() {
            registry.left_out.push(stem.id.clone());
            return;
        }
        let starts = self.compile == Compile::Enabled && manifest.status == Status::Enabled;
        if reason.is_none() && starts && let Err(error) = self.good.remember(&stem.id, &table) {
            let message = format!("the manifest of {} cannot be remembered: {error}", stem.id);
            registry.problems.push(Problem::warning(Place::file(&file), message));
        }
        let component = reason.map_or(Ok(compiled), Err);
        registry.hooks.push(Loaded { manifest, component });
    }

    /// The first error of a hook, among the problems of its own and those found in its TOML before.
    fn reason(&self, problems: &[Problem], before: usize, id: &str, file: &str) -> Option<String> {
        let toml = self.directory.display(&format!("{id}.toml"));
        let js = self.directory.display(&format!("{id}.js"));
        let own = |problem: &&Problem| {
            let place = problem.place.file.as_deref();
            place == Some(&toml) || place == Some(&js) || place == Some(file)
        };
        let earlier = problems[..before].iter().filter(own);
        earlier.chain(&problems[before..]).find(|problem| problem.is_error()).map(|problem| {
            Problem { place: Place::default(), ..problem.clone() }.to_string()
        })
    }

    fn file(&mut self, name: &str, wanted_by: &str, problems: &mut Vec<Problem>) -> Option<Arc<[u8]>> {
        let max = self.limits.component_bytes;
        let read = self.files.entry(name.to_owned());
        let read = read.or_insert_with(|| self.directory.read(name, max).map(Arc::from));
        match read {
            Ok(bytes) => Some(Arc::clone(bytes)),
            Err(reason) => {
                let place = Place::file(wanted_by);
                let problem = Problem::error(place, format!("the component {name:?}: {reason}"));
                problems.push(problem);
                None
            }
        }
    }

    /// What the component says of itself, else what is remembered of it.
    fn base(&self, id: &str, component: &str, bytes: Option<&[u8]>, problems: &mut Vec<Problem>) -> Table {
        let file = self.directory.display(component);
        let last_good = || self.good.recall(id).map(|json| manifest::last_good(&json)).unwrap_or_default();
        match bytes.map(manifest_section) {
            None => last_good(),
            Some(Section::Missing) => Table::default(),
            Some(Section::Found(json)) => manifest::embedded(&file, &json, problems),
            Some(Section::Unreadable(reason)) => {
                problems.push(unreadable(&file, &reason));
                last_good()
            }
        }
    }

    fn digest_fits(&self, manifest: &Manifest, bytes: &[u8], file: &str, problems: &mut Vec<Problem>) -> bool {
        let Some(wanted) = &manifest.sha256 else { return true };
        let found = digest(bytes);
        if *wanted != found {
            let message = format!("the component {:?} has the digest {found}, not {wanted}", manifest.component);
            problems.push(Problem::error(Place::file(file), message));
        }
        *wanted == found
    }

    fn component(&mut self, name: &str, bytes: &[u8], problems: &mut Vec<Problem>) -> Option<Arc<Component>> {
        let file = self.directory.display(name);
        let compiled = self.components.entry(digest(bytes)).or_insert_with(|| {
            let compiled = Component::compile(self.engine, bytes);
            compiled.map(Arc::new).map_err(|error| error.to_string())
        });
        match compiled {
            Ok(component) => {
                for name in &component.ungranted {
                    let message = format!("imports {name:?}: touching it ends the call");
                    problems.push(Problem::warning(Place::file(&file), message));
                }
                Some(Arc::clone(component))
            }
            Err(reason) => {
                // A file that is no wasm at all was reported when its manifest was looked for.
                if !problems.iter().any(|problem| problem.place.file.as_ref() == Some(&file) && problem.is_error()) {
                    problems.push(Problem::error(Place::file(file), reason.clone()));
                }
                None
            }
        }
    }
}

fn unreadable(file: &str, reason: &str) -> Problem {
    let message = format!("no component that can be loaded: {reason}");
    Problem::error(Place::file(file), message).hint("build it with --target wasm32-wasip2")
}

fn text(table: &Table, key: &str) -> Option<String> {
    match &table.get(key)?.value {
        Value::Text(text) => Some(text.clone()),
        _ => None,
    }
}

fn unset(table: &mut Table, operator: &Table, problems: &mut Vec<Problem>) {
    let Some(node) = operator.get("unset") else { return };
    for (path, place) in node.texts("unset", problems) {
        if !table.unset(path) {
            let message = format!("unset: the component sets no {path:?}");
            problems.push(Problem::warning(place.clone(), message));
        }
    }
}
