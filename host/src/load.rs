//! From a hooks directory to loaded hooks: every file read once, every problem kept, no guest code run.

use crate::catalogue::Catalogue;
use crate::directory::{Directory, Stem};
use crate::good::Good;
use crate::limits::HostLimits;
use crate::machine::{Component, Engine, Section, digest, manifest_section};
use crate::manifest::{self, Class, Manifest, Status, Subscription};
use crate::problem::{Place, Problem};
use crate::written::{Table, Value};
use std::collections::{HashMap, HashSet};
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
    let mut registry = Registry { catalogue, hooks: Vec::new(), problems: Vec::new(), left_out: Vec::new() };
    let Some(directory) = directory else {
        return registry;
    };
    registry.problems = read_catalogues(directory, &mut registry.catalogue);
    let stems = Stem::group(&names(directory, "", &mut registry.problems));
    let loader = Loader {
        directory,
        engine,
        limits,
        good,
        compile,
        files: HashMap::new(),
        components: HashMap::new(),
    };
    loader.load(&stems, &mut registry);
    registry
}

fn names(directory: &Directory, folder: &str, problems: &mut Vec<Problem>) -> Vec<String> {
    directory.names(folder).unwrap_or_else(|error| {
        let place = Place::file(directory.display(folder));
        problems.push(Problem::error(place, format!("cannot be listed: {error}")));
        Vec::new()
    })
}

/// Adds the operators' catalogues, and says what is wrong with them.
pub(crate) fn read_catalogues(directory: &Directory, catalogue: &mut Catalogue) -> Vec<Problem> {
    let mut problems = Vec::new();
    let names = names(directory, "catalogue", &mut problems);
    for name in names.iter().filter(|name| name.ends_with(".toml")) {
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

/// One hook while it is loaded.
struct Entry<'a> {
    stem: &'a Stem,
    /// The file that speaks for the hook: its TOML, else its component.
    file: String,
    operator: Table,
    problems: Vec<Problem>,
}

impl Loader<'_> {
    fn load(mut self, stems: &[Stem], registry: &mut Registry) {
        let entries: Vec<Entry<'_>> = stems.iter().map(|stem| self.entry(stem, stems)).collect();
        let shared: Vec<String> = entries.iter().filter_map(|entry| self.shared(entry)).collect();
        for mut entry in entries {
            let stem = entry.stem;
            // A component that only serves the TOMLs of other hooks is no hook of its own.
            let serves = !stem.toml && stem.wasm && shared.contains(&format!("{}.wasm", stem.id));
            if stem.is_id() && !serves {
                self.hook(&mut entry, registry);
            }
            registry.problems.append(&mut entry.problems);
        }
        // Hooks that share a component share its problems.
        let mut seen = HashSet::new();
        registry.problems.retain(|problem| seen.insert(problem.clone()));
    }

    /// The component that a TOML names, or named when its hook last loaded, if it cannot be read: what served
    /// other hooks must not become a hook by itself because one of their files breaks.
    fn shared(&self, entry: &Entry<'_>) -> Option<String> {
        text(&entry.operator, "component").or_else(|| {
            let broken = entry.problems.iter().any(Problem::is_error);
            let json = broken.then(|| self.good.recall(&entry.stem.id)).flatten()?;
            let last: serde_json::Value = serde_json::from_str(&json).ok()?;
            last["component"].as_str().map(str::to_owned)
        })
    }

    /// Reads what the operator wrote.
    fn entry<'s>(&self, stem: &'s Stem, stems: &[Stem]) -> Entry<'s> {
        let extension = if stem.toml {
            "toml"
        } else if stem.wasm {
            "wasm"
        } else {
            "js"
        };
        let name = format!("{}.{extension}", stem.id);
        let file = self.directory.display(&name);
        let mut problems = stem.problems(stems, &Place::file(&file));
        let operator = match stem.toml.then(|| self.directory.read_toml(&name)) {
            Some(Ok(text)) => manifest::operator(&file, &text, &mut problems),
            Some(Err(reason)) => {
                problems.push(Problem::error(Place::file(&file), reason));
                Table::default()
            }
            None => Table::default(),
        };
        Entry { stem, file, operator, problems }
    }

    /// Loads one hook. Any error makes it unavailable; what is known of it is kept.
    fn hook(&mut self, entry: &mut Entry<'_>, registry: &mut Registry) {
        let Entry { stem, file, operator, problems } = entry;
        let rules = (&registry.catalogue, self.limits);
        let bytes = self.bytes(stem, file, operator, problems);
        let embedded = bytes.as_ref().and_then(|(name, bytes)| self.embedded(name, bytes, problems));
        let whole = embedded.is_some();
        let mut table = embedded.unwrap_or_default();
        unset(&mut table, operator, problems);
        table.overlay(operator.clone());
        let mut manifest = manifest::check(&stem.id, file, &table, whole, rules, problems);
        let mut component = None;
        if let Some((name, bytes)) = bytes.filter(|_| whole && self.is_wanted(&manifest)) {
            component = self.component(&name, &bytes, &manifest, problems);
        }
        let reason = problems.iter().find(|problem| problem.is_error());
        let reason = reason.map(|problem| Problem { place: Place::default(), ..problem.clone() }.to_string());
        match &reason {
            Some(_) => self.fall_back(&mut manifest, operator, rules),
            None => self.remember(&manifest, &table, problems),
        }
        if manifest.on.is_empty() {
            registry.left_out.push(stem.id.clone());
        } else {
            registry.hooks.push(Loaded { manifest, component: reason.map_or(Ok(component), Err) });
        }
    }

    fn is_wanted(&self, manifest: &Manifest) -> bool {
        manifest.status == Status::Enabled || self.compile == Compile::All
    }

    /// A guard that cannot load must not fail open: what its TOML no longer says, the last manifest that loaded
    /// does. What the component says of itself counts only where there is none. Since a TOML that is wrong may
    /// lack some of its events, the last ones are guarded in any case.
    fn fall_back(&self, manifest: &mut Manifest, operator: &Table, rules: (&Catalogue, &HostLimits)) {
        let Some(json) = self.good.recall(&manifest.id) else {
            return;
        };
        let check = |table: &Table| manifest::check(&manifest.id, "", table, false, rules, &mut Vec::new());
        let mut table = manifest::last_good(&json);
        let last = check(&table);
        table.overlay(operator.clone());
        let said = check(&table);
        manifest.priority = said.priority;
        manifest.tenant = said.tenant;
        manifest.on_failure = said.on_failure;
        manifest.on = said.on;
        let is_new = |on: &Subscription| !manifest.on.contains(on);
        let forgotten: Vec<_> = last.on.into_iter().filter(is_new).collect();
        manifest.on.extend(forgotten);
    }

    fn remember(&self, manifest: &Manifest, table: &Table, problems: &mut Vec<Problem>) {
        if self.compile == Compile::All {
            return;
        }
        let kept = match manifest.status {
            Status::Enabled => self.good.remember(&manifest.id, table),
            // What its operator put to rest does not come back as a guard when its TOML breaks.
            Status::Disabled | Status::Archived => self.good.forget(&manifest.id),
        };
        if let Err(error) = kept {
            let message = format!("the manifest of {} cannot be remembered: {error}", manifest.id);
            problems.push(Problem::warning(Place::default(), message));
        }
    }

    /// The component's file name and bytes, where the hook's class needs one.
    fn bytes(
        &mut self,
        stem: &Stem,
        file: &str,
        operator: &Table,
        problems: &mut Vec<Problem>,
    ) -> Option<(String, Arc<[u8]>)> {
        let name = text(operator, "component").unwrap_or_else(|| format!("{}.wasm", stem.id));
        let class = text(operator, "class");
        if class.is_some_and(|class| class != Class::Component.to_string()) || !(stem.toml || stem.wasm) {
            return None;
        }
        let max = self.limits.component_bytes;
        let read = self.files.entry(name.clone());
        match read.or_insert_with(|| self.directory.read(&name, max).map(Arc::from)) {
            Ok(bytes) => Some((name, Arc::clone(bytes))),
            Err(reason) => {
                let message = format!("the component {name:?}: {reason}");
                problems.push(Problem::error(Place::file(file), message));
                None
            }
        }
    }

    /// What the component says of itself; `None` where it cannot be read.
    fn embedded(&self, name: &str, bytes: &[u8], problems: &mut Vec<Problem>) -> Option<Table> {
        let file = self.directory.display(name);
        match manifest_section(bytes) {
            Section::Missing => Some(Table::default()),
            Section::Found(json) => Some(manifest::embedded(&file, &json, problems)),
            Section::Unreadable(reason) => {
                let message = format!("no component that can be loaded: {reason}");
                let hint = "build it with --target wasm32-wasip2";
                problems.push(Problem::error(Place::file(file), message).hint(hint));
                None
            }
        }
    }

    fn component(
        &mut self,
        name: &str,
        bytes: &[u8],
        manifest: &Manifest,
        problems: &mut Vec<Problem>,
    ) -> Option<Arc<Component>> {
        let place = Place::file(self.directory.display(name));
        let digest = digest(bytes);
        if manifest.sha256.as_ref().is_some_and(|wanted| *wanted != digest) {
            let message = format!("its sha256 is {digest}, not the one that {}.toml lists", manifest.id);
            problems.push(Problem::error(place, message));
            return None;
        }
        let compiled = self.components.entry(digest).or_insert_with(|| {
            let compiled = Component::compile(self.engine, bytes);
            compiled.map(Arc::new).map_err(|error| error.to_string())
        });
        match compiled {
            Ok(component) => {
                problems.extend(component.ungranted.iter().map(|name| {
                    let message = format!("imports {name:?}: touching it ends the call");
                    Problem::warning(place.clone(), message)
                }));
                Some(Arc::clone(component))
            }
            Err(reason) => {
                problems.push(Problem::error(place, reason.clone()));
                None
            }
        }
    }
}

fn text(table: &Table, key: &str) -> Option<String> {
    match &table.get(key)?.value {
        Value::Text(text) => Some(text.clone()),
        _ => None,
    }
}

fn unset(table: &mut Table, operator: &Table, problems: &mut Vec<Problem>) {
    let Some(node) = operator.get("unset") else {
        return;
    };
    for (path, place) in node.texts("unset", problems) {
        if !table.unset(path) {
            let message = format!("unset: the component sets no {path:?}");
            problems.push(Problem::warning(place.clone(), message));
        }
    }
}
