//! What calls a hook, by its class: one event in, one report out, by the deadline whatever the other side does.

mod http;
mod nats;
mod script;
mod verdict;

pub(crate) use http::Http;
pub(crate) use nats::Notification;
pub(crate) use script::Script;

use crate::machine::{Call, Pool, Report};
use crate::memory::Write;
use crate::outcome::Failure;
use std::sync::Arc;
use std::time::Instant;

/// One version of a hook, ready to be called.
pub(crate) enum Runner {
    /// Sandboxes of a component.
    Sandbox(Arc<Pool>),
    /// A target.
    Http(Box<Http>),
    /// A subject of NATS.
    Nats(Box<Notification>),
    /// A program.
    Script(Arc<Script>),
}

impl Runner {
    /// Asks the hook, or tells it. Ends by the deadline.
    pub(crate) async fn call(&self, call: Call<'_>) -> Report {
        match self {
            Self::Sandbox(pool) => pool.call(call).await,
            // In a box, so that it takes no room in the futures of all other calls.
            Self::Http(http) => Box::pin(http.call(call)).await,
            Self::Nats(notification) => Box::pin(notification.call(call)).await,
            Self::Script(script) => script.call(call).await,
        }
    }

    /// Starts what can be started without an event, and throws it away.
    pub(crate) async fn try_out(&self, deadline: Instant) -> Result<(), (Failure, String)> {
        match self {
            Self::Sandbox(pool) => pool.try_out(deadline).await,
            Self::Http(_) | Self::Nats(_) => Ok(()),
            Self::Script(script) => script.try_out().await,
        }
    }

    /// Makes what a call on an event of this tenant wrote visible to every call after it.
    pub(crate) fn keep(&self, tenant: Option<&str>, writes: Vec<Write>) {
        match self {
            Self::Sandbox(pool) => pool.keep(tenant, writes),
            Self::Http(_) | Self::Nats(_) | Self::Script(_) => {}
        }
    }

    /// Twelve hex digits that name what it runs.
    pub(crate) fn version(&self) -> &Arc<str> {
        match self {
            Self::Sandbox(pool) => pool.version(),
            Self::Http(http) => http.version(),
            Self::Nats(notification) => &notification.version,
            Self::Script(script) => &script.version,
        }
    }

    /// Its sandboxes, where it has any.
    pub(crate) fn pool(&self) -> Option<&Arc<Pool>> {
        match self {
            Self::Sandbox(pool) => Some(pool),
            Self::Http(_) | Self::Nats(_) | Self::Script(_) => None,
        }
    }

    /// How much pains the compilation of its component took, in a word, where it has one.
    #[cfg(feature = "cli")]
    pub(crate) fn tier(&self) -> Option<&'static str> {
        self.pool().map(|pool| pool.component().tier())
    }
}
