//! Given: hooks in a directory, and a host that is to be started on them.

use crate::Desk;
use crate::world::World;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};
use tempfile::TempDir;
use tenterhook::Host;
use tenterhook::admission::Admission;
use tenterhook::deliveries::Rules;
use tenterhook::host::HostBuilder;
use tenterhook::limits::HostLimits;

/// Directories of hooks, of data and of secrets, all thrown away afterwards.
pub struct Given {
    hooks: TempDir,
    data: TempDir,
    /// The folder around the secrets.
    around: TempDir,
    limits: HostLimits,
    admission: Admission,
    journal: Option<Rules>,
    clock: Option<Clock>,
    state: bool,
    platform: Option<Desk>,
    built: Option<Built>,
    /// What is compiled is kept for other tests.
    cached: bool,
}

type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// What else a host is to be built with.
type Built = Arc<dyn Fn(HostBuilder) -> HostBuilder + Send + Sync>;

/// What a hook's TOML gets where it names no deadline: a busy machine must not fail a test.
const DEADLINE: &str = "deadline = \"20s\"";

impl Default for Given {
    fn default() -> Self {
        Self::new()
    }
}

impl Given {
    /// No hooks; a host with much time and room for few events at once.
    pub fn new() -> Self {
        let temporary = || TempDir::new().expect("there is room for a temporary directory");
        let mut limits = HostLimits::default();
        limits.budget = Duration::from_secs(100);
        limits.busy_wait = Duration::from_secs(20);
        // Sandboxes reserve address space, of which a process with many tests has only so much.
        limits.concurrency = 16;
        limits.prepared = 16;
        Self {
            hooks: temporary(),
            data: temporary(),
            around: temporary(),
            limits,
            admission: Admission::Any,
            journal: None,
            clock: None,
            state: false,
            platform: None,
            built: None,
            cached: false,
        }
    }

    /// A hook of a test guest (`tests/guests/examples/<guest>.rs`). The TOML says what differs from the guest's
    /// own manifest; where it sets no deadline, there is plenty of time.
    #[must_use]
    #[track_caller]
    pub fn hook(self, id: &str, guest: &str, toml: &str) -> Self {
        self.component(id, &crate::guest(guest)).toml(id, &unhurried(toml))
    }

    /// A hook of a stock plugin (`plugins/<plugin>`) with its own manifest.
    #[must_use]
    #[track_caller]
    pub fn plugin(self, plugin: &str, toml: &str) -> Self {
        self.component(plugin, &crate::plugin(plugin)).toml(plugin, &unhurried(toml))
    }

    /// A hook in JavaScript, asked before something is created and told afterwards: `<id>.js`, and a TOML that says
    /// the rest. The engine is compiled once, for all tests.
    #[must_use]
    #[track_caller]
    pub fn script(self, id: &str, source: &str, toml: &str) -> Self {
        self.file(&format!("{id}.js"), source).scripted(id, toml)
    }

    /// The TOML of such a hook, without its script.
    #[must_use]
    #[track_caller]
    pub fn scripted(mut self, id: &str, toml: &str) -> Self {
        static ENGINE: OnceLock<()> = OnceLock::new();
        self.cached = true;
        if id != "warm-up" {
            ENGINE.get_or_init(|| drop(Given::new().script("warm-up", "function handle() {}", "").check()));
        }
        let toml = unhurried(toml);
        let (keys, tables) = toml.split_at(toml.find('[').unwrap_or(toml.len()));
        let on = ["pre", "post"].map(|when| format!("[[on]]\nevent = 'cloud.{when}_create'\n")).concat();
        let own = "class = 'javascript'\ntype = 'cloud'";
        let priority = if keys.contains("priority") { "" } else { "priority = 10" };
        self.toml(id, &format!("{own}\nname = '{id}'\n{priority}\n{keys}\n{on}{tables}"))
    }

    /// What is wrong with the hooks, without running them.
    #[track_caller]
    pub fn check(self) -> Vec<String> {
        let builder = self.build(Host::builder()).hooks(self.hooks()).limits(self.host_limits());
        let builder = builder.admission(self.admission);
        let roster = builder.check().unwrap_or_else(|error| panic!("the hooks cannot be checked: {error}"));
        let directory = format!("{}/", self.hooks().display());
        roster.problems.iter().map(|problem| problem.to_string().replace(&directory, "")).collect()
    }

    /// The file `<id>.wasm`.
    #[must_use]
    #[track_caller]
    pub fn component(self, id: &str, from: &Path) -> Self {
        fs::copy(from, self.hooks.path().join(format!("{id}.wasm"))).expect("the component can be copied");
        self
    }

    /// The file `<id>.toml`, as it stands.
    #[must_use]
    pub fn toml(self, id: &str, toml: &str) -> Self {
        self.file(&format!("{id}.toml"), toml)
    }

    /// Any file of the hooks directory.
    #[must_use]
    pub fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.hooks.path().join(name);
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("the folder can be made");
        fs::write(path, content).expect("the file can be written");
        self
    }

    /// A secret, which nobody else may read.
    #[must_use]
    pub fn secret(self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let path = self.secrets().join(name);
        fs::write(&path, value).expect("the secret can be written");
        fs::set_permissions(path, Permissions::from_mode(0o600)).expect("it has an owner");
        self
    }

    /// Told events are written down, and delivered by these rules.
    #[must_use]
    pub fn journal(mut self, set: impl FnOnce(&mut Rules)) -> Self {
        set(self.journal.get_or_insert_default());
        self
    }

    /// What time it is for the journal.
    #[must_use]
    pub fn clock(mut self, now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.clock = Some(Arc::new(now));
        self
    }

    pub(crate) fn time(&self) -> Option<Clock> {
        self.clock.clone()
    }

    /// The machine's clock again.
    #[must_use]
    pub fn machine_clock(mut self) -> Self {
        self.clock = None;
        self
    }

    /// Starts the host, or says why it does not start.
    pub async fn try_start(self) -> Result<World, String> {
        World::try_start(self).await.map_err(|error| error.to_string())
    }

    pub(crate) fn rules(&self) -> Option<Rules> {
        self.journal.clone()
    }

    /// What the vocabulary has no word for.
    #[must_use]
    pub fn built(mut self, with: impl Fn(HostBuilder) -> HostBuilder + Send + Sync + 'static) -> Self {
        self.built = Some(Arc::new(with));
        self
    }

    pub(crate) fn build(&self, builder: HostBuilder) -> HostBuilder {
        let cache = self.cached.then(|| crate::guest::target_directory("cache").join("tenterhook"));
        let builder = cache.into_iter().fold(builder, HostBuilder::cache);
        match &self.built {
            Some(with) => with(builder),
            None => builder,
        }
    }

    /// Which components run.
    #[must_use]
    pub fn admission(mut self, admission: Admission) -> Self {
        self.admission = admission;
        self
    }

    /// The host keeps hooks' state, in memory.
    #[must_use]
    pub fn state(mut self) -> Self {
        self.state = true;
        self
    }

    /// The application that hooks call back.
    #[must_use]
    pub fn platform(mut self, desk: &Desk) -> Self {
        self.platform = Some(desk.clone());
        self
    }

    /// Takes a file away from the hooks directory.
    #[must_use]
    pub fn without(self, name: &str) -> Self {
        fs::remove_file(self.hooks.path().join(name)).expect("the file was there");
        self
    }

    /// The component that is remembered of a hook gets lost; what it guards is not.
    #[must_use]
    pub fn forgetting(self, hook: &str) -> Self {
        let folder = self.data.path().join("good").join(hook);
        let files = fs::read_dir(folder).expect("the hook is remembered").flatten().map(|file| file.path());
        for component in files.filter(|path| path.extension().is_some_and(|extension| extension == "wasm")) {
            fs::remove_file(component).expect("it can be removed");
        }
        self
    }

    /// An application's own events.
    #[must_use]
    pub fn catalogue(self, toml: &str) -> Self {
        self.file("catalogue/own.toml", toml)
    }

    /// Sets what the host as a whole allows.
    #[must_use]
    pub fn limits(mut self, set: impl FnOnce(&mut HostLimits)) -> Self {
        set(&mut self.limits);
        self
    }

    /// The limits of a host that nobody configured.
    #[must_use]
    pub fn default_limits(mut self) -> Self {
        self.limits = HostLimits::default();
        self
    }

    /// The hooks directory, for whoever starts a host in another way.
    pub fn hooks(&self) -> PathBuf {
        self.hooks.path().to_owned()
    }

    /// The data directory, likewise.
    pub fn data(&self) -> PathBuf {
        self.data.path().to_owned()
    }

    /// The directory of the secrets.
    pub fn secrets(&self) -> PathBuf {
        let path = self.around.path().join("secrets");
        fs::create_dir_all(&path).expect("the folder can be made");
        path
    }

    /// Whether the host keeps hooks' state.
    pub(crate) fn host_state(&self) -> bool {
        self.state
    }

    /// Which components the host runs.
    pub(crate) fn host_admission(&self) -> Admission {
        self.admission
    }

    /// The application that hooks call back.
    pub(crate) fn host_platform(&self) -> Option<Desk> {
        self.platform.clone()
    }

    /// The limits of the host.
    pub fn host_limits(&self) -> HostLimits {
        self.limits.clone()
    }

    /// Starts the host.
    pub async fn start(self) -> World {
        World::start(self).await
    }
}

fn unhurried(toml: &str) -> String {
    if toml.contains("deadline") {
        toml.to_owned()
    } else if toml.contains("[limits]") {
        toml.replacen("[limits]", &format!("[limits]\n{DEADLINE}"), 1)
    } else {
        format!("{toml}\n[limits]\n{DEADLINE}\n")
    }
}
