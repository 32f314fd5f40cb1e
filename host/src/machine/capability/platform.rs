//! `tenterhook:hook/platform`: what a guest may call of the application, within its grants and its call's deadline.

use super::bindings::tenterhook::hook::platform;
use crate::cause::{Act, Cause, Sign};
use crate::data::Data;
use crate::event::{Event, Mode};
use crate::machine::pool;
use crate::machine::sandbox::State;
use crate::manifest::Grants;
use crate::platform::{AnyPlatform, Call, Ending, Error};
use crate::trace::TRACEPARENT;
use std::sync::Arc;
use std::time::Instant;
use tokio::time::timeout_at;

/// Bytes of an error's code, and of its message, that a guest is told.
const CODE_BYTES_MAX: usize = 64;
const MESSAGE_BYTES_MAX: usize = 1024;

/// What one hook may call, and who answers.
pub(crate) struct Reach {
    pub(crate) hook: Arc<str>,
    pub(crate) grants: Grants,
    /// Bytes of arguments and of an answer.
    pub(crate) output_bytes: usize,
    pub(crate) platform: Option<Arc<dyn AnyPlatform>>,
    pub(crate) sign: Sign,
    /// Told how each call ended that is no dry run's.
    pub(crate) count: Box<dyn Fn(Ending) + Send + Sync>,
}

/// One event's way from a hook to the platform.
pub(in crate::machine) struct Errand {
    reach: Arc<Reach>,
    event: Event,
    mode: Mode,
    own: bool,
    cause: Option<Cause>,
    /// The cause of whatever the calls raise, once there is a call.
    token: Option<String>,
    deadline: Instant,
    dry: bool,
    /// Calls so far.
    calls: u64,
}

impl Errand {
    pub(in crate::machine) fn of(reach: &Arc<Reach>, call: &pool::Call<'_>) -> Self {
        Self {
            reach: Arc::clone(reach),
            event: call.event.clone(),
            mode: call.mode,
            own: call.own,
            cause: call.cause.cloned(),
            token: None,
            deadline: call.deadline,
            dry: call.dry,
            calls: 0,
        }
    }

    /// Does a call that is granted, and has it counted.
    async fn run(&mut self, method: String, arguments: &str) -> Result<Data, Error> {
        let reach = Arc::clone(&self.reach);
        // One whose guest is stopped gets no further than here.
        let mut counted = Counted { reach: &reach, dry: self.dry, ending: Ending::Deadline };
        let answer = self.answer(method, arguments).await;
        counted.ending = answer.as_ref().map_or_else(|(ending, _)| *ending, |_| Ending::Done);
        answer.map_err(|(_, error)| error)
    }

    /// Nobody waits for it longer than for the guest.
    async fn answer(&mut self, method: String, arguments: &str) -> Result<Data, (Ending, Error)> {
        if !self.grants(&method) {
            return Err((Ending::Denied, ungranted(&method, Some(self.mode))));
        }
        let failed = |ending, code, message: String| Err((ending, Error::new(code, message)));
        let bytes_max = self.reach.output_bytes;
        let arguments = match Data::parse(arguments, bytes_max) {
            Ok(arguments) => arguments,
            Err(error) => return failed(Ending::Invalid, "invalid-arguments", error.to_string()),
        };
        if self.dry {
            return failed(Ending::Denied, "denied", "this is a dry run".into());
        }
        let Some(platform) = self.reach.platform.clone() else {
            return failed(Ending::Unavailable, "unavailable", "this host has no platform".into());
        };
        let answer = platform.call(self.call(method, arguments));
        let answer = match timeout_at(self.deadline.into(), answer).await {
            Ok(answer) => answer.map_err(|error| (Ending::Failed, error))?,
            Err(_) => return failed(Ending::Deadline, "deadline", "there was no answer in time".into()),
        };
        let bytes = answer.as_str().len();
        if bytes > bytes_max {
            let message = format!("the answer has {bytes} bytes, at most {bytes_max} are allowed");
            return failed(Ending::Output, "too-large", message);
        }
        Ok(answer)
    }

    fn grants(&self, method: &str) -> bool {
        let granted = match self.mode {
            Mode::Ask => &self.reach.grants.platform_ask,
            Mode::Tell => &self.reach.grants.platform,
        };
        granted.iter().any(|granted| granted == method)
    }

    fn call(&mut self, method: String, arguments: Data) -> Call {
        let Self { reach, event, own, cause, .. } = self;
        let act = Act { hook: &reach.hook, event, own: *own, cause: cause.as_ref() };
        let token = self.token.get_or_insert_with(|| (reach.sign)(act));
        self.calls += 1;
        Call {
            method,
            arguments,
            hook: Arc::clone(&reach.hook),
            event: event.id.clone(),
            source: event.source.clone(),
            tenant: event.tenant().map(str::to_owned),
            cause: token.clone(),
            traceparent: event.attributes.get(TRACEPARENT).cloned(),
            idempotency_key: format!("{}/{}/{}", event.id, reach.hook, self.calls),
            deadline: self.deadline,
            answer_bytes_max: reach.output_bytes,
        }
    }
}

/// A call that is counted once it is over, however that is.
struct Counted<'r> {
    reach: &'r Reach,
    dry: bool,
    ending: Ending,
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        if !self.dry {
            (self.reach.count)(self.ending);
        }
    }
}

impl platform::Host for State {
    async fn call(
        &mut self,
        method: String,
        arguments: String,
    ) -> wasmtime::Result<Result<String, platform::Error>> {
        let answer = match &mut self.errand {
            Some(errand) => errand.run(method, &arguments).await,
            None => Err(ungranted(&method, None)),
        };
        Ok(answer.map(|data| data.as_str().to_owned()).map_err(|Error { code, message }| platform::Error {
            code: cut(code, CODE_BYTES_MAX),
            message: cut(message, MESSAGE_BYTES_MAX),
        }))
    }
}

fn ungranted(method: &str, mode: Option<Mode>) -> Error {
    let when = match mode {
        Some(Mode::Ask) => " on an asked event",
        Some(Mode::Tell) => " on a told event",
        None => "",
    };
    Error::new("access-denied", format!("this hook is not granted the platform call {method:?}{when}"))
}

/// At most so many bytes of a text.
fn cut(mut text: String, bytes_max: usize) -> String {
    text.truncate(text.floor_char_boundary(bytes_max));
    text
}
