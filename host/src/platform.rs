//! The application that hooks call back: what a call says, and what an application implements to answer it.
//!
//! A hook calls it by the import `tenterhook:hook/platform`, as far as its operator grants it. Knows no transport.

use crate::data::Data;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

/// An application that hooks may call back.
///
/// ```
/// use tenterhook::data::Data;
/// use tenterhook::platform::{Call, Error, Platform};
///
/// struct Shop;
///
/// impl Platform for Shop {
///     async fn call(&self, call: Call) -> Result<Data, Error> {
///         match call.method.as_str() {
///             // Events that this raises carry `call.cause`: `Event::caused_by(call.cause)`.
///             "createServer" => Ok(Data::empty()),
///             method => Err(Error::new("unknown-method", format!("there is no method {method:?}"))),
///         }
///     }
/// }
/// # let builder = tenterhook::Host::builder().platform(Shop);
/// ```
pub trait Platform: Send + Sync + 'static {
    /// Does what a hook asks for. The future is dropped at the call's deadline.
    ///
    /// The same [`idempotency_key`](Call::idempotency_key) is the same call, done again: an application that has done
    /// it answers what it answered then.
    fn call(&self, call: Call) -> impl Future<Output = Result<Data, Error>> + Send;
}

/// One call.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Call {
    /// What is to be done. The hook's operator has granted it.
    pub method: String,
    /// With what: any JSON, at most as long as the hook's output limit.
    pub arguments: Data,
    /// The hook that calls.
    pub hook: Arc<str>,
    /// The id of the event on which it acts.
    pub event: String,
    /// Who raised that event.
    pub source: String,
    /// The tenant the event belongs to.
    pub tenant: Option<String>,
    /// The cause of every event that is raised by this call: it belongs into its attribute `cause`, so that it wakes
    /// no hook (R28). It is a secret between host and application.
    pub cause: String,
    /// Where the hook's turn stands in a distributed trace.
    pub traceparent: Option<String>,
    /// `<event>/<hook>/<n>`: the n-th call that this hook makes on this event, counted from 1.
    pub idempotency_key: String,
    /// When nobody waits for the answer any more.
    pub deadline: Instant,
    /// Bytes that the answer may have: the hook's output limit.
    pub answer_bytes_max: usize,
}

/// Why a call came to nothing, for the hook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// For programs: short, stable, such as `not-found`.
    pub code: String,
    /// For people.
    pub message: String,
}

impl Error {
    /// An error.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.code)
    }
}

impl std::error::Error for Error {}

/// How a hook's call ended: a closed list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Ending {
    /// The application did it.
    Done,
    /// The application answered an error.
    Failed,
    /// The hook is not granted the method.
    Denied,
    /// The arguments are no JSON, or too long.
    Invalid,
    /// There was no answer before the hook's deadline, or the hook was stopped.
    Deadline,
    /// The answer was longer than the hook's output limit.
    Output,
    /// The host has no platform.
    Unavailable,
}

impl Ending {
    /// Every ending, in their order.
    pub const ALL: [Self; 7] = [
        Self::Done,
        Self::Failed,
        Self::Denied,
        Self::Invalid,
        Self::Deadline,
        Self::Output,
        Self::Unavailable,
    ];
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Denied => "denied",
            Self::Invalid => "invalid",
            Self::Deadline => "deadline",
            Self::Output => "output",
            Self::Unavailable => "unavailable",
        })
    }
}

/// Any platform.
pub(crate) trait AnyPlatform: Send + Sync {
    fn call(&self, call: Call) -> Pin<Box<dyn Future<Output = Result<Data, Error>> + Send + '_>>;
}

impl<P: Platform> AnyPlatform for P {
    fn call(&self, call: Call) -> Pin<Box<dyn Future<Output = Result<Data, Error>> + Send + '_>> {
        Box::pin(Platform::call(self, call))
    }
}
