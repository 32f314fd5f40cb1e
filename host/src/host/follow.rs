//! What a host does by itself: it decides probations, and follows changes of its files.

use super::maker::{How, Maker};
use super::{Host, Inner};
use crate::problem::{Place, Problem};
use crate::reload::Watch;
use crate::roster::{Roster, Stand};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};
use tokio::time::timeout_at;

/// How long nobody looks at probations where there is none; a new one is told.
const LONG: Duration = Duration::from_secs(3600);

impl Host {
    /// Follows changes of the hooks directory and of the secrets directory from now on: what is written there is at
    /// work a moment later. Ends
    /// with the host. A file that is written slowly or in place is waited for; if it still is bad a second after
    /// its last change, that is a problem, and the version before it stays at work.
    ///
    /// Where the system cannot watch files, they are looked at every second, and a problem says so.
    pub fn watch(&self) {
        let Some(directory) = self.0.hooks.clone() else { return };
        let beside = self.0.secrets.iter().chain(&self.0.scripts).cloned();
        let directories = std::iter::once(directory).chain(beside).collect();
        let changed = Arc::new(tokio::sync::Notify::new());
        if self.0.changed.set(Arc::clone(&changed)).is_ok() {
            tokio::spawn(follow(Arc::downgrade(&self.0), Watch::new(directories, changed)));
        }
    }

    /// Decides probations from now on, until the host ends.
    pub(super) fn judge(&self) {
        tokio::spawn(judge(Arc::downgrade(&self.0), Arc::clone(&self.0.decided)));
    }

    /// Takes note of probations that are decided, and says when the next one ends by itself.
    async fn decide(&self) -> Instant {
        let mut maker = self.0.maker.lock().await;
        let Noted { next, any_rejected } = note(&mut maker, &self.roster());
        maker.settle();
        drop(maker);
        if any_rejected {
            // Whatever is wrong with this reload is logged, and the old version answers in any case.
            let _ = self.refresh(&How { patient: true, ..How::default() }).await;
        }
        next
    }
}

/// What came of probations.
pub(super) struct Noted {
    /// When the next one ends by itself.
    next: Instant,
    any_rejected: bool,
}

/// Remembers versions that passed, and rejects those that did not.
pub(super) fn note(maker: &mut Maker, roster: &Roster) -> Noted {
    let mut noted = Noted { next: Instant::now() + LONG, any_rejected: false };
    for hook in roster.hooks() {
        let Some(probation) = hook.probation() else { continue };
        let id = &hook.manifest().id;
        match probation.stand(Instant::now()) {
            Stand::Open => noted.next = noted.next.min(probation.ends()),
            Stand::Passed => {
                let kept = probation.end().map(|source| maker.remember(id, &source));
                if let Some(Err(error)) = kept {
                    tracing::warn!(%error, hook = &**id, "a hook cannot be remembered");
                }
            }
            Stand::Rejected => {
                let (Some(identity), Some(reason)) = (&hook.identity, probation.reason()) else { continue };
                tracing::warn!(hook = &**id, reason, "the new version is taken back");
                let old = probation.old();
                let old = old.as_ref().and_then(|old| old.identity.as_ref());
                maker.reject(id, identity.clone(), old, reason);
                noted.any_rejected = true;
            }
        }
    }
    noted
}

async fn judge(host: Weak<Inner>, decided: Arc<tokio::sync::Notify>) {
    let mut next = Instant::now() + LONG;
    loop {
        let _ = timeout_at(next.into(), decided.notified()).await;
        let Some(host) = host.upgrade() else { return };
        next = Host(host).decide().await;
    }
}

async fn follow(host: Weak<Inner>, mut watch: Watch) {
    let mut doubt = None;
    let mut again = Some(Duration::ZERO);
    loop {
        watch.settled(again).await;
        let looked = tokio::task::spawn_blocking(move || {
            watch.look();
            watch
        });
        let Ok(looked) = looked.await else { return };
        watch = looked;
        let Some(host) = host.upgrade().map(Host) else { return };
        if doubt.as_deref() != watch.doubt() {
            doubt = watch.doubt().map(str::to_owned);
            host.doubt(doubt.clone()).await;
        }
        let how = How { patient: true, ..How::default() };
        again = match host.refresh(&how).await {
            Ok(made) => made.again,
            Err(_) => Some(Duration::from_secs(1)),
        };
    }
}

impl Host {
    /// Notes that files are not watched but looked at, and why.
    async fn doubt(&self, reason: Option<String>) {
        let problem = |reason| {
            let message = format!("the hooks directory is looked at every second: {reason}");
            Problem::warning(Place::default(), message)
                .hint("raise fs.inotify.max_user_watches and _instances")
        };
        self.0.maker.lock().await.doubts.extend(reason.map(problem));
    }
}
