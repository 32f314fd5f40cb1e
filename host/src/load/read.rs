//! Reads what a directory says of its hooks: files once each, the operator's word laid over the component's.

use super::javascript::idle_script;
use super::{COMPONENTS_BYTES_MAX, Compile, Loading, Source};
use crate::admission::Admission;
use crate::catalogue::Catalogue;
use crate::directory::{Directory, Stem};
use crate::good::Identity;
use crate::machine::{Section, digest, manifest_section};
use crate::manifest::{self, Class, Manifest, Status};
use crate::problem::{Place, Problem};
use crate::program;
use crate::written::{Table, Value};
use std::collections::HashMap;
use std::sync::Arc;

impl Source {
    /// Of a hook that is made of a file and its manifest; or, without one, of its manifest alone.
    fn new(table: &Table, file: Option<Arc<File>>, secrets: Option<u64>) -> Self {
        let manifest = table.json().to_string();
        let digest = digest(manifest.as_bytes());
        let alone = || File {
            name: String::new(),
            bytes: manifest.clone().into(),
            digest: digest.clone(),
            program: None,
        };
        let file = file.unwrap_or_else(|| Arc::new(alone()));
        let identity = Identity { component: file.digest.clone(), manifest: digest, secrets };
        Self { identity, manifest: manifest.into(), file }
    }
}

/// Reads the files of a directory's hooks.
pub(super) struct Loader<'a> {
    pub(super) directory: &'a Directory,
    pub(super) loading: &'a Loading<'a>,
    /// Component files read so far: many hooks may share one.
    pub(super) files: HashMap<String, Result<Arc<File>, Problem>>,
    /// Bytes of all of them.
    pub(super) bytes: usize,
}

/// A file that a hook is made of: its component, or what else its class runs.
pub(crate) struct File {
    pub(super) name: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) digest: String,
    /// Where it lies, of a program: outside of the hooks directory.
    pub(super) program: Option<program::Place>,
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
pub(super) struct Draft {
    pub(super) manifest: Manifest,
    pub(super) file: String,
    pub(super) operator: Table,
    /// What it is made of, where both parts can be read.
    pub(super) source: Option<Source>,
    /// Whether its component is to be compiled.
    pub(super) wanted: bool,
    pub(super) problems: Vec<Problem>,
}

impl Loader<'_> {
    /// Reads every hook; what is wrong with files that are none goes to `problems`.
    pub(super) fn drafts(
        mut self,
        stems: &[Stem],
        catalogue: &Catalogue,
        problems: &mut Vec<Problem>,
    ) -> Vec<Draft> {
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

    /// Reads a single hook.
    #[cfg(any(feature = "api", feature = "cli"))]
    pub(super) fn draft_of(mut self, id: &str, stems: &[Stem], catalogue: &Catalogue) -> Vec<Draft> {
        let entries = stems.iter().filter(|stem| stem.id == id).map(|stem| self.entry(stem, stems));
        let entries: Vec<_> = entries.collect();
        entries.into_iter().map(|entry| self.draft(entry, catalogue)).collect()
    }

    /// The component that a TOML names, or named when its hook last loaded, if it cannot be read: what served
    /// other hooks must not become a hook by itself because one of their files breaks.
    fn shared(&self, entry: &Entry<'_>) -> Option<String> {
        text(&entry.operator, "component").or_else(|| {
            let broken = entry.problems.iter().any(Problem::is_error);
            let last = broken.then(|| self.loading.good.recall(&entry.stem.id)).flatten()?;
            text(&manifest::kept(last.manifest()), "component")
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
        let class = class(&operator);
        let plain = class.is_some_and(|class| class != Class::Component);
        let is_script = class == Some(Class::Script);
        let is_component = class == Some(Class::Component);
        let component = match class {
            Some(Class::Component) => self.file(stem, &file, &operator, &mut problems),
            Some(Class::Javascript) => self.script(stem, &file, &operator, &mut problems),
            _ => None,
        };
        problems.extend(class.and_then(|class| idle_script(stem, class, &file)));
        let embedded = component.as_ref().filter(|_| is_component);
        let embedded = embedded.and_then(|component| self.embedded(component, &mut problems));
        let whole = embedded.is_some() || plain;
        let table = overlaid(embedded.unwrap_or_default(), &operator, &mut problems);
        let rules = (catalogue, self.loading.limits);
        let mut manifest = manifest::check(&stem.id, &file, &table, whole, rules, &mut problems);
        let wanted = manifest.status == Status::Enabled || self.loading.compile == Compile::All;
        let secrets = if wanted { self.loading.secrets.fill(&mut manifest, &mut problems) } else { None };
        let component = if is_script { self.program(&manifest, wanted, &mut problems) } else { component };
        let fits = |component: &Arc<File>| self.digest_fits(component, &manifest, wanted, &mut problems);
        let component = component.filter(|_| whole).filter(fits);
        let made = component.is_some() || matches!(class, Some(Class::Http | Class::Notification));
        let source = made.then(|| Source::new(&table, component, secrets));
        Draft { manifest, file, operator, source, wanted, problems }
    }

    /// The component's file.
    fn file(
        &mut self,
        stem: &Stem,
        file: &str,
        operator: &Table,
        problems: &mut Vec<Problem>,
    ) -> Option<Arc<File>> {
        let name = text(operator, "component").unwrap_or_else(|| format!("{}.wasm", stem.id));
        if !(stem.toml || stem.wasm) {
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
        let bytes = self.directory.read(name, self.loading.limits.component_bytes).map_err(problem)?;
        self.bytes += bytes.len();
        if self.bytes > COMPONENTS_BYTES_MAX {
            let max = bytesize::ByteSize::b(COMPONENTS_BYTES_MAX as u64);
            return Err(problem(format!("all components together are larger than {max}")));
        }
        Ok(File { name: name.to_owned(), digest: digest(&bytes), bytes, program: None })
    }

    /// The program of a script, where it is looked at at all.
    fn program(&self, manifest: &Manifest, wanted: bool, problems: &mut Vec<Problem>) -> Option<Arc<File>> {
        let path = manifest.script().path;
        if !wanted || path.is_empty() {
            return None;
        }
        match self.loading.scripts.find(&path, self.loading.limits.component_bytes) {
            Ok((place, bytes)) => {
                Some(Arc::new(File { name: path, digest: digest(&bytes), bytes, program: Some(place) }))
            }
            Err((reason, hint)) => {
                let place = Place::file(self.directory.display(&format!("{}.toml", manifest.id)));
                let problem = Problem::error(place, format!("the program {path:?}: {reason}")).kind("file");
                problems.push(if hint.is_empty() { problem } else { problem.hint(hint) });
                None
            }
        }
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

    /// Whether a component has the digest that its TOML lists, and whether one is listed that must be.
    fn digest_fits(
        &self,
        component: &File,
        manifest: &Manifest,
        wanted: bool,
        problems: &mut Vec<Problem>,
    ) -> bool {
        let (digest, id) = (&component.digest, &manifest.id);
        match &manifest.sha256 {
            Some(listed) if listed == digest => return true,
            Some(_) => {
                let message = format!("its sha256 is {digest}, not the one that {id}.toml lists");
                problems.push(self.problem(component, message).kind("digest"));
            }
            None if !wanted || self.loading.admission == Admission::Any => return true,
            // Who wrote the TOML wrote the script.
            None if manifest.has_inline_script() => return true,
            None => {
                let message = format!("{id}.toml does not list its sha256, and only listed components run");
                let hint = format!("whoever vouches for it writes sha256 = \"{digest}\" into {id}.toml");
                problems.push(self.problem(component, message).hint(hint).kind("admission"));
            }
        }
        false
    }

    fn problem(&self, component: &File, message: String) -> Problem {
        Problem::error(Place::file(self.directory.display(&component.name)), message)
    }
}

/// The class that the operator names, unless there is no such one.
fn class(operator: &Table) -> Option<Class> {
    let Some(named) = text(operator, "class") else { return Some(Class::Component) };
    Class::ALL.into_iter().find(|class| named == class.to_string())
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
