//! What the host promises about order, shown by a small application that uses nothing but its front door.
//!
//! The application and the hooks write to one journal; a test compares the whole of it.

mod billing;
mod charging;
mod cloud;
mod order;

use std::fmt::Display;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tenterhook::log::LogLine;
use tenterhook::{Event, Host};
use tenterhook_tests::Given;

/// What happened, in order: `event option` where a hook ran, `= …` where the application did something.
#[derive(Clone, Default)]
struct Journal(Arc<Mutex<Vec<String>>>);

impl Journal {
    /// The application does something.
    fn does(&self, what: impl Display) {
        self.add(format!("= {what}"));
    }

    fn hook(&self, line: &LogLine) {
        self.add(line.message.clone());
    }

    fn add(&self, line: String) {
        self.lines().push(line);
    }

    fn lines(&self) -> MutexGuard<'_, Vec<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn has(&self, line: &str) -> bool {
        self.lines().iter().any(|known| known == line)
    }

    /// Everything since it was last looked at.
    #[track_caller]
    fn is(&self, expected: &[&str]) {
        let lines = std::mem::take(&mut *self.lines());
        assert_eq!(lines, expected);
    }
}

/// The application: a host and a journal that both write to.
struct Application {
    host: Host,
    journal: Journal,
    /// Keeps the hooks directory.
    _given: Given,
}

impl Application {
    /// Starts with a hook on every event of an area, and some more.
    async fn start(area: &str, given: impl FnOnce(Given) -> Given) -> Self {
        let toml =
            format!("type = '{area}'\npriority = 5\n[[on]]\nevent = '{area}.*'\n[limits]\ndeadline = '20s'");
        let given = given(Given::new().hook("journal", "note", &toml));
        let journal = Journal::default();
        let notes = journal.clone();
        let mut limits = tenterhook::limits::HostLimits::default();
        limits.budget = std::time::Duration::from_secs(100);
        limits.concurrency = 16;
        let builder = Host::builder().hooks(given.hooks()).limits(limits);
        let host = builder.log(move |line| notes.hook(&line)).start().await.expect("the host starts");
        assert_eq!(host.roster().problems, []);
        Self { host, journal, _given: given }
    }

    /// Something has happened; whatever its hooks do, it has.
    async fn tell(&self, event: Event) {
        self.host.tell(event).await.expect("the event is listed");
    }
}
