//! From a hooks directory to loaded hooks: every file read once, every problem kept. No component runs;
//! a script's top level does, in a sandbox that is thrown away, because only that shows whether it is one.

mod finish;
mod javascript;
mod read;
mod standby;
mod target;

pub(crate) use finish::once_each;
use finish::{Finish, compile_all};
use read::{Draft, Loader};
pub(crate) use read::{File, overlaid};
pub(crate) use standby::{Standby, standby};
pub(crate) use target::Target;

use crate::admission::Admission;
use crate::catalogue::Catalogue;
use crate::directory::{Directory, Stem};
use crate::good::{Good, Identity};
use crate::limits::{HostLimits, MIB};
use crate::machine::{Compiler, Component, LoadError, Script};
use crate::manifest::{Manifest, Subject};
use crate::problem::{Place, Problem};
use crate::program::{Place as ProgramPlace, Scripts};
use crate::rejected::Rejected;
use crate::secret::Secrets;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// Bytes of all component files of a directory.
const COMPONENTS_BYTES_MAX: usize = 512 * MIB;
/// How long a file must have been left alone before a watcher takes it at its word, so that half a file is not.
const QUIET: Duration = Duration::from_millis(15);
/// How long before what is wrong with it is a problem.
const STILL_BAD: Duration = Duration::from_secs(1);

/// What a hook runs, by its class.
pub(crate) enum Artifact {
    /// A component in a sandbox.
    Component(Arc<Component>),
    /// A script in the engine that runs it.
    Javascript(Arc<Component>, Arc<Script>),
    /// A target that is posted to.
    Http(Box<Target>),
    /// A subject of NATS, and twelve hex digits that name this version.
    Nats(Subject, Arc<str>),
    /// A program, started by a warden.
    Script(Program),
}

/// A program as it was loaded.
pub(crate) struct Program {
    pub(crate) place: ProgramPlace,
    pub(crate) digest: String,
}

/// A hook as it was found: what it says, and what it runs or why there is nothing.
pub(crate) struct Loaded {
    pub(crate) manifest: Manifest,
    pub(crate) artifact: Result<Option<Artifact>, String>,
    /// The file that speaks for it.
    pub(crate) file: String,
    pub(crate) problems: Vec<Problem>,
    /// What it was made of, where both parts could be read.
    pub(crate) source: Option<Source>,
    /// It was changed so recently that it is not to be taken at its word yet.
    pub(crate) unsettled: bool,
}

/// What a version of a hook is made of.
#[derive(Clone)]
pub(crate) struct Source {
    pub(crate) identity: Identity,
    /// The merged manifest as JSON.
    pub(crate) manifest: Arc<str>,
    pub(crate) file: Arc<File>,
}

/// Everything found in a directory.
pub(crate) struct Registry {
    pub(crate) catalogue: Catalogue,
    pub(crate) hooks: Vec<Loaded>,
    /// What is wrong with files that are no hook's.
    pub(crate) problems: Vec<Problem>,
    /// When what was changed too recently is to be looked at again.
    pub(crate) again: Option<Duration>,
    /// The catalogues were changed too recently: nothing else counts.
    pub(crate) unsettled: bool,
}

impl Registry {
    /// What there is without a directory.
    pub(crate) fn empty(catalogue: Catalogue) -> Self {
        Self { catalogue, hooks: Vec::new(), problems: Vec::new(), again: None, unsettled: false }
    }
}

/// Compiled components by digest, and why others cannot be.
pub(crate) type Components = HashMap<String, Result<Arc<Component>, LoadError>>;

/// Which components are compiled.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compile {
    /// Those of enabled hooks.
    Enabled,
    /// All, to know whether they would load.
    All,
}

/// What hooks are loaded with.
pub(crate) struct Loading<'a> {
    pub(crate) compiler: &'a Compiler,
    pub(crate) limits: &'a HostLimits,
    pub(crate) good: &'a Good,
    pub(crate) rejected: &'a Rejected,
    pub(crate) secrets: &'a Secrets,
    pub(crate) scripts: &'a Scripts,
    /// Whether there are servers of NATS.
    pub(crate) nats: bool,
    pub(crate) admission: Admission,
    pub(crate) compile: Compile,
    /// Files may be half written.
    pub(crate) patient: bool,
}

impl Loading<'_> {
    /// How much longer files of this age are to be left alone.
    fn wait(&self, age: Option<Duration>, bad: bool) -> Option<Duration> {
        let enough = if bad { STILL_BAD } else { QUIET };
        age.filter(|age| self.patient && *age < enough).map(|age| enough - age)
    }
}

/// Loads a directory. `components` are those of the last time, and then of this time. Where the
/// operators' catalogues are wrong and one `stands`, that one stays.
pub(crate) fn load(
    directory: &Directory,
    mut catalogue: Catalogue,
    stands: Option<&Catalogue>,
    components: &mut Components,
    loading: &Loading<'_>,
) -> Registry {
    let problems = read_catalogues(directory, &mut catalogue);
    let bad = problems.iter().any(Problem::is_error);
    let again = loading.wait(age_of_catalogues(directory), bad);
    if let (true, Some(stands)) = (bad, stands) {
        catalogue = stands.clone();
    }
    let unsettled = again.is_some();
    let mut registry = Registry { catalogue, hooks: Vec::new(), problems, again, unsettled };
    if unsettled {
        return registry;
    }
    let stems = Stem::group(&names(directory, "", &mut registry.problems));
    let loader = Loader { directory, loading, files: HashMap::new(), bytes: 0 };
    let drafts = loader.drafts(&stems, &registry.catalogue, &mut registry.problems);
    compile_all(loading.compiler, &drafts, components);
    let finish = Finish { directory, loading, components };
    for draft in drafts {
        finish.hook(draft, &mut registry);
    }
    registry
}

/// Loads a single hook, with its component whatever its status: what would become of it.
#[cfg(any(feature = "api", feature = "cli"))]
pub(crate) fn rehearse(
    directory: &Directory,
    id: &str,
    catalogue: Catalogue,
    loading: &Loading<'_>,
) -> Registry {
    let mut registry = Registry::empty(catalogue);
    let stems = Stem::group(&names(directory, "", &mut registry.problems));
    let loader = Loader { directory, loading, files: HashMap::new(), bytes: 0 };
    let drafts = loader.draft_of(id, &stems, &registry.catalogue);
    let mut components = Components::new();
    compile_all(loading.compiler, &drafts, &mut components);
    let finish = Finish { directory, loading, components: &components };
    for draft in drafts {
        finish.hook(draft, &mut registry);
    }
    registry
}

/// How long ago the youngest of the operators' catalogues was changed.
fn age_of_catalogues(directory: &Directory) -> Option<Duration> {
    let names = directory.names("catalogue").unwrap_or_default();
    let files = names.iter().map(|name| format!("catalogue/{name}"));
    files.filter_map(|name| directory.age(&name)).min()
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
