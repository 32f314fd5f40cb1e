//! Calls a target: the event is posted to it, and its answer is the verdict.

mod answer;
mod request;

use crate::cause::Sign;
use crate::egress::{Client, Error};
use crate::load::Target;
use crate::log::Mask;
use crate::machine::{Call, Remark, Report};
use crate::manifest::{Class, Manifest};
use crate::outcome::Failure;
use answer::Answer;
use http::HeaderMap;
pub(super) use request::message_id;
use std::sync::Arc;
use tokio::time::timeout_at;

/// One version of an http hook.
pub(crate) struct Http {
    hook: Arc<str>,
    target: Target,
    /// What it has connections to; those of other versions are others.
    client: Client,
    /// Those that all requests have.
    headers: HeaderMap,
    /// Signs causes, where the target may raise events with one.
    sign: Option<Sign>,
    /// Bytes of an answer.
    output_bytes: usize,
    mask: Mask,
    /// A notification is only delivered, and has no verdict.
    notifies: bool,
}

impl Http {
    /// What posts to a hook's target over this client. Causes are signed where it may raise events with one.
    pub(crate) fn new(manifest: &Manifest, target: Target, client: Client, sign: Option<Sign>) -> Self {
        Self {
            headers: request::headers(&manifest.id, &target),
            hook: Arc::clone(&manifest.id),
            target,
            client,
            sign,
            output_bytes: manifest.limits.output_bytes,
            mask: manifest.mask(),
            notifies: manifest.class == Class::Notification,
        }
    }

    /// What it runs: twelve hex digits.
    pub(super) fn version(&self) -> &Arc<str> {
        &self.target.version
    }

    /// Posts the event. Ends by the deadline.
    pub(crate) async fn call(&self, call: Call<'_>) -> Report {
        if call.dry {
            return Report::dry();
        }
        let request = match self.request(&call) {
            Ok(request) => request,
            Err(error) => return Report::failed((Failure::Error, self.said(&error.to_string()))),
        };
        let answer = timeout_at(call.deadline.into(), self.client.begin(request)).await;
        let answer = match answer.unwrap_or(Err(Error::Deadline)) {
            Ok(answer) => Answer::read(answer, call.deadline, self.output_bytes).await,
            Err(error) => Err(error),
        };
        match answer {
            Err(error) => Report::failed(self.failure(&error)),
            Ok(answer) => {
                let result = if self.notifies {
                    answer.delivered(&self.mask)
                } else {
                    answer.verdict(call.mode, &self.mask)
                };
                let remark = Remark {
                    note: result.is_ok().then(|| format!("it answered {}", answer.status())),
                    again_after: answer.again_after().filter(|_| result.is_err()),
                    gone: answer.is_gone(),
                };
                Report { remark, ..Report::of(result) }
            }
        }
    }

    fn failure(&self, error: &Error) -> (Failure, String) {
        let failure = match error {
            Error::Ungranted(_) => Failure::Ungranted,
            Error::Deadline => Failure::Deadline,
            Error::TooLarge(_) => Failure::Output,
            Error::Unreachable(_) | Error::BrokenOff(_) => Failure::Error,
        };
        (failure, self.said(&error.to_string()))
    }

    fn said(&self, text: &str) -> String {
        super::verdict::said(text, &self.mask)
    }
}
