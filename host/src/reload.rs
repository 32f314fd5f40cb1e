//! Notices that something in the hooks directory has changed, and when it has come to rest.
//!
//! What has changed is of no interest here: the whole directory is read again. What counts is that nothing is
//! missed, whichever way files are written, linked and replaced.

use notify::event::{AccessKind, AccessMode};
use notify::{Config, EventKind, PollWatcher, RecommendedWatcher, RecursiveMode, Watcher};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
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

/// A watched hooks directory.
pub(crate) struct Watch {
    directory: PathBuf,
    changed: Arc<Notify>,
    watcher: Option<Box<dyn Watcher + Send + Sync>>,
    /// The directories that are watched, and which ones they were.
    watched: BTreeMap<PathBuf, (u64, u64)>,
    /// Why files are looked at from time to time and not watched.
    doubt: Option<String>,
}

impl Watch {
    /// Watches from the first [`look`](Self::look) on, and tells `changed` of every change.
    pub(crate) fn new(directory: PathBuf, changed: Arc<Notify>) -> Self {
        Self { directory, changed, watcher: None, watched: BTreeMap::new(), doubt: None }
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

    /// Watches whatever the directory consists of by now. Blocks.
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
        let wanted = wanted(&self.directory);
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
        let changed = Arc::clone(&self.changed);
        let tell = move |event: notify::Result<notify::Event>| {
            if event.is_ok_and(|event| is_change(event.kind)) {
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

/// Every directory in which something may change what the hooks directory holds: itself, its catalogues, where the
/// links in both lead, and those with a link on the path to it.
fn wanted(directory: &Path) -> BTreeMap<PathBuf, (u64, u64)> {
    let mut paths = Vec::new();
    let absolute = std::path::absolute(directory).unwrap_or_else(|_| directory.to_owned());
    links_of(&absolute, &mut paths, &mut 0);
    for folder in [absolute.clone(), absolute.join("catalogue")] {
        let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
        let links = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_symlink()));
        for link in links {
            links_of(&link.path(), &mut paths, &mut 0);
        }
        paths.push(folder);
    }
    let identified = |path: PathBuf| {
        let path = path.canonicalize().ok()?;
        let metadata = fs::metadata(&path).ok().filter(fs::Metadata::is_dir)?;
        Some((path, (metadata.dev(), metadata.ino())))
    };
    paths.into_iter().filter_map(identified).collect()
}

/// The parents of a path and of every link on it.
fn links_of(path: &Path, parents: &mut Vec<PathBuf>, links: &mut usize) {
    let mut walked = PathBuf::new();
    for component in path.components() {
        let parent = walked.clone();
        match component {
            Component::ParentDir => drop(walked.pop()),
            component => walked.push(component),
        }
        let Ok(target) = fs::read_link(&walked) else { continue };
        *links += 1;
        if *links > LINKS_MAX {
            return;
        }
        parents.push(parent.clone());
        links_of(&parent.join(target), parents, links);
    }
    parents.extend(path.parent().map(Path::to_owned));
}
