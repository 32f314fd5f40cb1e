//! One event on its way to the host.

use crate::Answer;
use std::future::IntoFuture;
use std::panic::Location;
use std::pin::Pin;
use std::time::Instant;
use tenterhook::data::Data;
use tenterhook::event::Mode;
use tenterhook::host::FireError;
use tenterhook::{Event, Host, Outcome};

/// An event that is being put together. Awaiting it raises it and gives the [`Answer`].
#[must_use = "an event is raised when it is awaited"]
pub struct Ask {
    host: Host,
    event: Event,
    mode: Mode,
    caller: &'static Location<'static>,
}

impl Ask {
    #[track_caller]
    pub(crate) fn new(host: &Host, name: &str, mode: Mode) -> Self {
        Self { host: host.clone(), event: Event::new(name, "tests"), mode, caller: Location::caller() }
    }

    fn with(self, change: impl FnOnce(Event) -> Event) -> Self {
        Self { event: change(self.event), ..self }
    }

    /// Sets a facet.
    pub fn facet(self, name: &str, value: &str) -> Self {
        self.with(|event| event.facet(name, value))
    }

    /// Sets the object it happened to.
    pub fn subject(self, subject: &str) -> Self {
        self.with(|event| event.subject(subject))
    }

    /// Sets the id.
    pub fn id(self, id: &str) -> Self {
        self.with(|event| event.id(id))
    }

    /// Sets the tenant.
    pub fn tenant(self, tenant: &str) -> Self {
        self.attribute("tenant", tenant)
    }

    /// Sets any other attribute.
    pub fn attribute(self, name: &str, value: &str) -> Self {
        self.with(|event| event.attribute(name, value))
    }

    /// Sets the data, given as JSON text, which arrives as it is written.
    #[track_caller]
    pub fn data(self, json: impl AsRef<str>) -> Self {
        let json = json.as_ref();
        let data = Data::parse(json, usize::MAX).unwrap_or_else(|error| panic!("{error}: {json}"));
        self.with(|event| event.with_data(data))
    }

    /// Sets the whole event.
    pub fn event(self, event: Event) -> Self {
        self.with(|_| event)
    }

    /// Raises it, whatever comes of it.
    pub async fn fire(self) -> Result<Outcome, FireError> {
        match self.mode {
            Mode::Ask => self.host.ask(self.event).await,
            Mode::Tell => self.host.tell(self.event).await,
        }
    }

    /// Raises it; it must be refused as such. Gives what is wrong with it.
    pub async fn refused(self) -> Vec<String> {
        let caller = self.caller;
        match self.fire().await {
            Err(FireError::Refused(problems)) => problems.iter().map(ToString::to_string).collect(),
            other => panic!("{caller}: not refused: {other:?}"),
        }
    }

    /// Raises it; the host must be busy.
    pub async fn busy(self) {
        let caller = self.caller;
        let fired = self.fire().await;
        assert_eq!(fired, Err(FireError::Busy), "{caller}: not busy");
    }
}

impl IntoFuture for Ask {
    type Output = Answer;
    type IntoFuture = Pin<Box<dyn Future<Output = Answer> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let (caller, event) = (self.caller, self.event.name.clone());
            let began = Instant::now();
            let outcome =
                self.fire().await.unwrap_or_else(|error| panic!("{caller}: {event} was not run: {error}"));
            Answer { outcome, took: began.elapsed() }
        })
    }
}
