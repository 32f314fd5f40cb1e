//! When: a running host, and the events that an application raises.

use crate::{Ask, Given, until};
use std::sync::{Arc, Mutex, PoisonError};
use tenterhook::Host;
use tenterhook::event::Mode;
use tenterhook::host::StartError;
use tenterhook::log::LogLine;
use tenterhook::roster::Roster;

/// A running host with its directories and the log of its hooks.
pub struct World {
    /// The host, for what the vocabulary has no word for.
    pub host: Host,
    /// The hooks it started with.
    pub roster: Arc<Roster>,
    given: Given,
    log: Arc<Mutex<Vec<LogLine>>>,
}

impl World {
    pub(crate) async fn start(given: Given) -> Self {
        let started = Self::try_start(given).await;
        started.unwrap_or_else(|error| panic!("the host does not start: {error}"))
    }

    pub(crate) async fn try_start(given: Given) -> Result<Self, StartError> {
        let log = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&log);
        let mut builder = Host::builder();
        if let Some(rules) = given.rules() {
            builder = builder.deliveries(rules);
        }
        if let Some(time) = given.time() {
            builder = builder.clock(move || time());
        }
        if given.host_state() {
            builder = builder.volatile_state();
        }
        if let Some(desk) = given.host_platform() {
            builder = builder.platform(desk);
        }
        let builder = given.build(builder);
        let host = builder
            .hooks(given.hooks())
            .data(given.data())
            .secrets(given.secrets())
            .admission(given.host_admission())
            .limits(given.host_limits())
            .log(move |line| sink.lock().unwrap_or_else(PoisonError::into_inner).push(line))
            .start()
            .await?;
        Ok(Self { roster: host.roster(), host, given, log })
    }

    /// Stops the host; what it is given may be changed before it is started again.
    pub fn stop(self) -> Given {
        self.given
    }

    /// The directories and what else it was given; files may be changed while it runs.
    pub fn given(&self) -> &Given {
        &self.given
    }

    /// Raises an asked event.
    #[track_caller]
    pub fn ask(&self, name: &str) -> Ask {
        Ask::new(&self.host, name, Mode::Ask)
    }

    /// Raises a told event.
    #[track_caller]
    pub fn tell(&self, name: &str) -> Ask {
        Ask::new(&self.host, name, Mode::Tell)
    }

    /// Asks whether a server may be created: an event that hooks may veto and amend.
    #[track_caller]
    pub fn create(&self) -> Ask {
        self.ask("cloud.pre_create").facet("option", "SERVER")
    }

    /// Tells that a server was created.
    #[track_caller]
    pub fn created(&self) -> Ask {
        self.tell("cloud.post_create").facet("option", "SERVER")
    }

    /// Asks for the tax on something: an event that hooks may amend and not veto.
    #[track_caller]
    pub fn tax(&self) -> Ask {
        self.ask("cloud.tax_calculation")
    }

    /// Everything the hooks logged so far.
    pub fn log(&self) -> Vec<LogLine> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What one hook logged so far, as `level: message`.
    pub fn log_of(&self, hook: &str) -> Vec<String> {
        let lines = self.log().into_iter().filter(|line| &*line.hook == hook);
        lines.map(|line| format!("{}: {}", line.level, line.message)).collect()
    }

    /// Waits until a hook has logged a line with this text.
    #[track_caller]
    pub fn until_log(&self, hook: &str, text: &str) -> impl Future<Output = ()> {
        until(format!("{hook} logs {text:?}"), move || {
            self.log_of(hook).iter().any(|line| line.contains(text))
        })
    }

    /// What is wrong with the hooks directory, without its path.
    pub fn problems(&self) -> Vec<String> {
        let directory = format!("{}/", self.given.hooks().display());
        let problems = self.roster.problems.iter();
        problems.map(|problem| problem.to_string().replace(&directory, "")).collect()
    }

    /// Panics unless the hooks directory is without a flaw.
    #[track_caller]
    pub fn without_problems(self) -> Self {
        assert_eq!(self.problems(), [""; 0]);
        self
    }
}
