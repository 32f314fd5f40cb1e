//! Notices that something in the hooks directory, among the secrets or the programs, has changed, and when it has come to rest.
//!
//! What has changed is of no interest here: the whole directory is read again. What counts is that nothing is
//! missed, whichever way files are written, linked and replaced.

use notify::event::{AccessKind, AccessMode};
use notify::{Config, EventKind, PollWatcher, RecommendedWatcher, RecursiveMode, Watcher};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use tokio::time::timeout;

/// No change for so long is rest.
const QUIET: Duration = Duration::from_millis(20);
/// After so long it is looked at even without rest.
const UNREST_MAX: Duration = Duration::from_millis(250);
/// How often files are looked at where they cannot be watched.
const POLL: Duration = Duration::from_secs(1);
/// Links in one path.
const LINKS_MAX: usize = 40;

/// What is watched for changes.
#[derive(Default)]
struct Scope {
    /// Folders in which every name counts.
    folders: BTreeSet<PathBuf>,
    /// Single names in folders that hold other things too: links on the way, and where they lead.
    names: BTreeSet<PathBuf>,
}

/// Watched directories: of hooks, and of secrets.
pub(crate) struct Watch {
    directories: Vec<PathBuf>,
    changed: Arc<Notify>,
    watcher: Option<Box<dyn Watcher + Send + Sync>>,
    /// The folders that are watched, and which ones they were.
    watched: BTreeMap<PathBuf, (u64, u64)>,
    scope: Arc<Mutex<Scope>>,
    /// Why files are looked at from time to time and not watched.
    doubt: Option<String>,
}

impl Watch {
    /// Watches from the first [`look`](Self::look) on, and tells `changed` of every change.
    pub(crate) fn new(directories: Vec<PathBuf>, changed: Arc<Notify>) -> Self {
        Self {
            directories,
            changed,
            watcher: None,
            watched: BTreeMap::new(),
            scope: Arc::default(),
            doubt: None,
        }
    }

    /// Why files are looked at from time to time and not watched.
    pub(crate) fn doubt(&self) -> Option<&str> {
        self.doubt.as_deref()
    }

    /// Waits until something has changed and come to rest, or for the given time.
    pub(crate) async fn settled(&self, at_most: Option<Duration>) {
        match at_most {
            Some(time) if timeout(time, self.changed.notified()).await.is_err() => return,
            Some(_) => {}
            None => self.changed.notified().await,
        }
        let began = Instant::now();
        while timeout(QUIET, self.changed.notified()).await.is_ok() && began.elapsed() < UNREST_MAX {}
    }

    /// Watches whatever the directories consist of by now. Blocks.
    pub(crate) fn look(&mut self) {
        if let Err(error) = self.rewatch()
            && self.doubt.is_none()
        {
            self.doubt = Some(error.to_string());
            self.watcher = None;
            self.watched.clear();
            if let Err(error) = self.rewatch() {
                tracing::warn!(%error, "the hooks directory is not watched");
            }
        }
    }

    fn rewatch(&mut self) -> notify::Result<()> {
        let mut scope = Scope::default();
        self.directories.iter().for_each(|directory| scope.add(directory));
        let wanted = scope.wanted();
        *self.scope.lock().unwrap_or_else(PoisonError::into_inner) = scope;
        let mut watcher = match self.watcher.take() {
            Some(watcher) => watcher,
            None => self.make()?,
        };
        for (path, _) in self.watched.iter().filter(|(path, id)| wanted.get(*path) != Some(id)) {
            // What is gone is watched no more in any case.
            let _ = watcher.unwatch(path);
        }
        self.watched.retain(|path, id| wanted.get(path) == Some(id));
        let mut result = Ok(());
        for (path, id) in wanted {
            if self.watched.contains_key(&path) {
                continue;
            }
            match watcher.watch(&path, RecursiveMode::NonRecursive) {
                Ok(()) => drop(self.watched.insert(path, id)),
                // It went away just now, of which its parent tells.
                Err(_) if !path.exists() => {}
                Err(error) => result = Err(error),
            }
        }
        self.watcher = Some(watcher);
        result
    }

    fn make(&self) -> notify::Result<Box<dyn Watcher + Send + Sync>> {
        let (changed, scope) = (Arc::clone(&self.changed), Arc::clone(&self.scope));
        let tell = move |event: notify::Result<notify::Event>| {
            let holds =
                |event: &notify::Event| scope.lock().unwrap_or_else(PoisonError::into_inner).holds(event);
            if event.is_ok_and(|event| is_change(event.kind) && holds(&event)) {
                changed.notify_one();
            }
        };
        if self.doubt.is_none() {
            return Ok(Box::new(RecommendedWatcher::new(tell, Config::default())?));
        }
        let config = Config::default().with_poll_interval(POLL).with_compare_contents(true);
        Ok(Box::new(PollWatcher::new(tell, config)?))
    }
}

/// Reading is no change, and the host itself reads.
fn is_change(kind: EventKind) -> bool {
    match kind {
        EventKind::Access(access) => access == AccessKind::Close(AccessMode::Write),
        _ => true,
    }
}

impl Scope {
    /// Adds everything that may change what a directory holds: itself and its catalogues, where the links in both
    /// lead, and the links on the path to it.
    fn add(&mut self, directory: &Path) {
        let absolute = std::path::absolute(directory).unwrap_or_else(|_| directory.to_owned());
        self.follow(&absolute, &mut 0);
        for folder in [absolute.clone(), absolute.join("catalogue")] {
            let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
            let links = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_symlink()));
            for link in links {
                self.follow(&link.path(), &mut 0);
            }
            self.folders.extend(folder.canonicalize());
        }
    }

    /// Adds a path and every link on it.
    fn follow(&mut self, path: &Path, links: &mut usize) {
        let mut walked = PathBuf::new();
        for component in path.components() {
            let parent = walked.clone();
            match component {
                Component::ParentDir => drop(walked.pop()),
                component => walked.push(component),
            }
            let Ok(target) = fs::read_link(&walked) else { continue };
            self.name(&walked);
            *links += 1;
            if *links <= LINKS_MAX {
                self.follow(&parent.join(target), links);
            }
        }
        self.name(path);
    }

    /// Adds a name as its folder is really called, since events are told so.
    fn name(&mut self, path: &Path) {
        let folder = path.parent().and_then(|folder| folder.canonicalize().ok());
        self.names.extend(folder.zip(path.file_name()).map(|(folder, name)| folder.join(name)));
    }

    /// The folders to be watched, and which ones they are.
    fn wanted(&self) -> BTreeMap<PathBuf, (u64, u64)> {
        let parents = self.names.iter().filter_map(|name| name.parent());
        let identified = |path: &Path| {
            let metadata = fs::metadata(path).ok().filter(fs::Metadata::is_dir)?;
            Some((path.to_owned(), (metadata.dev(), metadata.ino())))
        };
        parents.chain(self.folders.iter().map(PathBuf::as_path)).filter_map(identified).collect()
    }

    /// Whether an event is about any of it. One without a path says that events were lost.
    fn holds(&self, event: &notify::Event) -> bool {
        let holds = |path: &PathBuf| {
            let inside = path.parent().is_some_and(|folder| self.folders.contains(folder));
            inside || self.folders.contains(path) || self.names.contains(path)
        };
        event.paths.is_empty() || event.paths.iter().any(holds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn notices(watch: &mut Watch, folder: &Path, content: &str) {
        watch.look();
        fs::write(folder.join("a.toml"), content).unwrap();
        timeout(Duration::from_secs(20), watch.settled(None)).await.expect("the change is noticed");
    }

    #[tokio::test]
    async fn files_that_cannot_be_watched_are_looked_at() {
        let folder = tempfile::tempdir().unwrap();
        let mut watch = Watch::new(vec![folder.path().to_owned()], Arc::default());
        watch.doubt = Some("there are too many watches".into());
        for content in ["priority = 1", "priority = 2"] {
            notices(&mut watch, folder.path(), content).await;
        }
        assert!(watch.doubt().is_some());
    }

    #[tokio::test]
    async fn reading_is_no_change_and_neither_is_what_its_neighbours_do() {
        let folder = tempfile::tempdir().unwrap();
        let mut watch = Watch::new(vec![folder.path().to_owned()], Arc::default());
        notices(&mut watch, folder.path(), "priority = 1").await;
        fs::read(folder.path().join("a.toml")).unwrap();
        drop(tempfile::tempdir().unwrap());
        let quiet = timeout(Duration::from_millis(100), watch.changed.notified()).await;
        assert_eq!((quiet.is_err(), watch.doubt()), (true, None));
    }

    #[test]
    fn a_path_is_watched_where_links_on_it_may_be_replaced() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        fs::create_dir_all(root.join("one/deep/hooks")).unwrap();
        fs::create_dir(root.join("links")).unwrap();
        std::os::unix::fs::symlink("../one/deep", root.join("links/release")).unwrap();
        let mut scope = Scope::default();
        scope.add(&root.join("links/release/hooks"));
        let wanted = scope.wanted();
        for folder in ["links", "one", "one/deep", "one/deep/hooks"] {
            assert!(wanted.contains_key(&root.join(folder)), "{folder} in {wanted:?}");
        }
    }
}
