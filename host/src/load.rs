//! From a hooks directory to loaded hooks: every file read once, every problem kept, no guest code run.

mod finish;

use finish::{Finish, compile_all};

use crate::catalogue::Catalogue;
use crate::directory::{Directory, Stem};
use crate::good::Good;
use crate::limits::{HostLimits, MIB};
use crate::machine::{Compiler, Component, Section, digest, manifest_section};
use crate::manifest::{self, Class, Manifest, Status};
use crate::problem::{Place, Problem};
use crate::secret::Secrets;
use crate::written::{Table, Value};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Bytes of all component files of a directory.
const COMPONENTS_BYTES_MAX: usize = 512 * MIB;

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
    compiler: &Compiler,
    limits: &HostLimits,
    good: &Good,
    secrets: &Secrets,
    compile: Compile,
) -> Registry {
    let mut registry = Registry { catalogue, hooks: Vec::new(), problems: Vec::new(), left_out: Vec::new() };
    let Some(directory) = directory else { return registry };
    registry.problems = read_catalogues(directory, &mut registry.catalogue);
    let stems = Stem::group(&names(directory, "", &mut registry.problems));
    let loader = Loader { directory, limits, good, secrets, compile, files: HashMap::new(), bytes: 0 };
    let drafts = loader.drafts(&stems, &registry.catalogue, &mut registry.problems);
    let components = compile_all(compiler, &drafts);
    let finish = Finish { directory, limits, good, compile, components };
    for draft in drafts {
        finish.hook(draft, &mut registry);
    }
    // Hooks that share a component share its problems.
    let mut seen = HashSet::new();
    registry.problems.retain(|problem| seen.insert(problem.clone()));
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
    limits: &'a HostLimits,
    good: &'a Good,
    secrets: &'a Secrets,
    compile: Compile,
    /// Component files read so far: many hooks may share one.
    files: HashMap<String, Result<Arc<File>, Problem>>,
    /// Bytes of all of them.
    bytes: usize,
}

/// A component file.
struct File {
    name: String,
    bytes: Vec<u8>,
    digest: String,
}

/// What the operator wrote of one hook.
struct Entry<'a> {
    stem: &'a Stem,
    /// The file that speaks for the hook: its TOML, else its component.
    file: String,
    operator: Table,
    problems: Vec<Problem>,
}

/// One hook before its component is compiled.
struct Draft {
    manifest: Manifest,
    operator: Table,
    table: Table,
    /// What is to be compiled.
    component: Option<Arc<File>>,
    problems: Vec<Problem>,
}

impl Loader<'_> {
    /// Reads every hook; what is wrong with files that are none goes to `problems`.
    fn drafts(mut self, stems: &[Stem], catalogue: &Catalogue, problems: &mut Vec<Problem>) -> Vec<Draft> {
        let entries: Vec<Entry<'_>> = stems.iter().map(|stem| self.entry(stem, stems)).collect();
        let shared: Vec<String> = entries.iter().filter_map(|entry| self.shared(entry)).collect();
        let mut drafts = Vec::new();
        for mut entry in entries {
            let stem = entry.stem;
            // A component that only serves the TOMLs of other hooks is no hook of its own.
            let serves = !stem.toml && stem.wasm && shared.contains(&format!("{}.wasm", stem.id));
            if stem.is_id() && !serves {
                drafts.push(self.draft(entry, catalogue));
            } else {
                problems.append(&mut entry.problems);
            }
        }
        drafts
    }

    /// The component that a TOML names, or named when its hook last loaded, if it cannot be read: what served
    /// other hooks must not become a hook by itself because one of their files breaks.
    fn shared(&self, entry: &Entry<'_>) -> Option<String> {
        text(&entry.operator, "component").or_else(|| {
            let broken = entry.problems.iter().any(Problem::is_error);
            let json = broken.then(|| self.good.recall(&entry.stem.id)).flatten()?;
            let last = serde_json::from_str(&json).ok()?;
            if let Value::Table(last) = last { text(&last, "component") } else { None }
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

    /// Lays the operator's word over the component's and checks the whole.
    fn draft(&mut self, entry: Entry<'_>, catalogue: &Catalogue) -> Draft {
        let Entry { stem, file, operator, mut problems } = entry;
        let component = self.file(stem, &file, &operator, &mut problems);
        let embedded = component.as_ref().and_then(|component| self.embedded(component, &mut problems));
        let whole = embedded.is_some();
        let table = overlaid(embedded.unwrap_or_default(), &operator, &mut problems);
        let rules = (catalogue, self.limits);
        let mut manifest = manifest::check(&stem.id, &file, &table, whole, rules, &mut problems);
        let wanted = manifest.status == Status::Enabled || self.compile == Compile::All;
        if wanted {
            self.secrets.fill(&mut manifest, &mut problems);
        }
        let fits = |component: &Arc<File>| self.digest_fits(component, &manifest, &mut problems);
        let component = component.filter(|_| whole && wanted).filter(fits);
        Draft { manifest, operator, table, component, problems }
    }

    /// The component's file, where the hook's class needs one.
    fn file(
        &mut self,
        stem: &Stem,
        file: &str,
        operator: &Table,
        problems: &mut Vec<Problem>,
    ) -> Option<Arc<File>> {
        let name = text(operator, "component").unwrap_or_else(|| format!("{}.wasm", stem.id));
        let class = text(operator, "class");
        if class.is_some_and(|class| class != Class::Component.to_string()) || !(stem.toml || stem.wasm) {
            return None;
        }
        if !self.files.contains_key(&name) {
            let read = self.read(&name).map(Arc::new);
            self.files.insert(name.clone(), read);
        }
        match &self.files[&name] {
            Ok(component) => Some(Arc::clone(component)),
            Err(problem) => {
                problems.push(Problem { place: Place::file(file), ..problem.clone() });
                None
            }
        }
    }

    fn read(&mut self, name: &str) -> Result<File, Problem> {
        let problem = |reason: String| {
            let message = format!("the component {name:?}: {reason}");
            Problem::error(Place::default(), message).kind("file")
        };
        let bytes = self.directory.read(name, self.limits.component_bytes).map_err(problem)?;
        self.bytes += bytes.len();
        if self.bytes > COMPONENTS_BYTES_MAX {
            let max = bytesize::ByteSize::b(COMPONENTS_BYTES_MAX as u64);
            return Err(problem(format!("all components together are larger than {max}")));
        }
        Ok(File { name: name.to_owned(), digest: digest(&bytes), bytes })
    }

    /// What the component says of itself; `None` where it cannot be read.
    fn embedded(&self, component: &File, problems: &mut Vec<Problem>) -> Option<Table> {
        let file = self.directory.display(&component.name);
        match manifest_section(&component.bytes) {
            Section::Missing => Some(Table::default()),
            Section::Found(json) => Some(manifest::embedded(&file, &json, problems)),
            Section::Unreadable(reason) => {
                let message = format!("no component that can be loaded: {reason}");
                let hint = "build it with --target wasm32-wasip2";
                problems.push(Problem::error(Place::file(file), message).hint(hint).kind("invalid"));
                None
            }
        }
    }

    fn digest_fits(&self, component: &File, manifest: &Manifest, problems: &mut Vec<Problem>) -> bool {
        let fits = manifest.sha256.as_ref().is_none_or(|wanted| *wanted == component.digest);
        if !fits {
            let digest = &component.digest;
            let message = format!("its sha256 is {digest}, not the one that {}.toml lists", manifest.id);
            let place = Place::file(self.directory.display(&component.name));
            problems.push(Problem::error(place, message).kind("digest"));
        }
        fits
    }
}

fn text(table: &Table, key: &str) -> Option<String> {
    match &table.get(key)?.value {
        Value::Text(text) => Some(text.clone()),
        _ => None,
    }
}

/// Lays the operator's word over the component's, without what the operator unsets of it.
pub(crate) fn overlaid(mut table: Table, operator: &Table, problems: &mut Vec<Problem>) -> Table {
    let unset = operator.get("unset").map(|node| node.texts("unset", problems));
    for (path, place) in unset.unwrap_or_default() {
        if !table.unset(path) {
            let message = format!("unset: the component sets no {path:?}");
            problems.push(Problem::warning(place.clone(), message));
        }
    }
    table.overlay(operator.clone());
    table
}
