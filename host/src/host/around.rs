//! An action between the event before it and the event after it.

use super::{FireError, Host};
use crate::data::Data;
use crate::event::Event;
use crate::outcome::{Outcome, Veto};

/// An action that waits for its post events; made by [`Host::around`].
///
/// The pre event is asked. Unless it is vetoed, the action runs on the amended data. Then exactly
/// one post event is told: of success or of failure, never both, never before the action (R102,
/// R120). An event that exists for success only is left out on failure by returning `None` (R121).
///
/// ```
/// # async fn f(host: tenterhook::Host) -> Result<(), Box<dyn std::error::Error>> {
/// use tenterhook::{Event, host::Finished};
///
/// let server = serde_json::json!({ "cpu": 4 });
/// let pre = Event::new("cloud.pre_create", "orchestrator").facet("option", "SERVER").data(&server)?;
/// let finished = host
///     .around(pre, async |data| create_server(data.as_str()).await)
///     .post(
///         |id| Event::new("cloud.post_create", "orchestrator").facet("option", "SERVER").subject(id),
///         |_error| None,
///     )
///     .await?;
/// match finished {
///     Finished::Vetoed { veto, .. } => println!("refused: {}", veto.reason),
///     Finished::Ran { result, .. } => println!("created {}", result?),
/// }
/// # Ok(()) }
/// # async fn create_server(_: &str) -> Result<String, std::io::Error> { Ok("s-1".into()) }
/// ```
#[must_use = "nothing happens before `post` is awaited"]
pub struct Around<'a, A> {
    host: &'a Host,
    pre: Event,
    action: A,
}

/// What came of an action.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "there is one at a time, and it is taken apart at once")]
pub enum Finished<T, E> {
    /// A hook refused it; it did not run, and no post event was told.
    Vetoed {
        /// Who refused, and why.
        veto: Veto,
        /// The pre event's outcome.
        pre: Outcome,
    },
    /// It ran.
    Ran {
        /// How it ended.
        result: Result<T, E>,
        /// The pre event's outcome.
        pre: Outcome,
        /// The post event's outcome, if one was told. Whatever became of it, the action has
        /// happened (R87).
        post: Option<Result<Outcome, FireError>>,
    },
}

impl<'a, A> Around<'a, A> {
    pub(super) fn new(host: &'a Host, pre: Event, action: A) -> Self {
        Self { host, pre, action }
    }

    /// Runs it. `success` and `failure` make the post event, or none.
    ///
    /// Once the action has ended, its post event is told even if this future is dropped.
    pub async fn post<T, E, S, F>(
        self,
        success: impl FnOnce(&T) -> S,
        failure: impl FnOnce(&E) -> F,
    ) -> Result<Finished<T, E>, FireError>
    where
        A: AsyncFnOnce(Data) -> Result<T, E>,
        S: Into<Option<Event>>,
        F: Into<Option<Event>>,
    {
        let pre = self.host.ask(self.pre).await?;
        let data = match pre.data() {
            Ok(data) => data.clone(),
            Err(veto) => {
                return Ok(Finished::Vetoed { veto: veto.clone(), pre });
            }
        };
        let result = (self.action)(data).await;
        let event = match &result {
            Ok(value) => success(value).into(),
            Err(error) => failure(error).into(),
        };
        let post = match event {
            None => None,
            Some(event) => {
                let host = self.host.clone();
                // A task of its own, so that a caller that goes away takes nothing with it.
                let told = tokio::spawn(async move { host.tell(event).await }).await;
                Some(told.unwrap_or_else(|ended| std::panic::resume_unwind(ended.into_panic())))
            }
        };
        Ok(Finished::Ran { result, pre, post })
    }
}
