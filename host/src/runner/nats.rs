//! Sends a notification to a subject of NATS: the event is its message, and nobody answers with a verdict.

use super::http::message_id;
use crate::egress::{Message, Nats, NatsError, Taker, encoded};
use crate::envelope::{attributes, to_cloudevent, to_jerasoft};
use crate::log::Mask;
use crate::machine::{Call, Remark, Report};
use crate::manifest::{Format, Subject};
use crate::outcome::{Failure, Verdict};
use crate::trace::TRACEPARENT;
use std::sync::Arc;

/// What a stream tells messages apart by.
const MESSAGE_ID: &str = "Nats-Msg-Id";

/// One version of a notification.
pub(crate) struct Notification {
    pub(crate) hook: Arc<str>,
    pub(crate) version: Arc<str>,
    pub(crate) subject: Subject,
    pub(crate) format: Format,
    pub(crate) nats: Arc<Nats>,
    pub(crate) mask: Mask,
}

impl Notification {
    /// Sends the event. Ends by the deadline.
    pub(crate) async fn call(&self, call: Call<'_>) -> Report {
        if call.dry {
            return Report::dry();
        }
        let (taker, taken) = match self.subject.jetstream {
            true => (Taker::Stream, "a stream has kept it"),
            false => (Taker::Server, "the server has taken it"),
        };
        match self.nats.send(self.message(&call), taker, call.deadline).await {
            Ok(()) => {
                let remark = Remark { note: Some(taken.into()), ..Remark::default() };
                Report { remark, ..Report::of(Ok(Verdict::Accept)) }
            }
            Err(error) => {
                let late = matches!(error, NatsError::Deadline);
                let failure = if late { Failure::Deadline } else { Failure::Error };
                Report::failed((failure, super::verdict::said(&error.to_string(), &self.mask)))
            }
        }
    }

    /// The message, by CloudEvents' binding for NATS. Its id is the same however often the event is sent.
    fn message(&self, call: &Call<'_>) -> Message {
        let event = call.event;
        let header = |name: &str, value: &str| (name.to_owned(), encoded(value));
        let mut headers = vec![header(MESSAGE_ID, &message_id(&self.hook, event))];
        headers.extend(event.attributes.get(TRACEPARENT).map(|value| header(TRACEPARENT, value)));
        let payload = match self.format {
            Format::CloudEvents => {
                headers.push(("Content-Type".into(), "application/cloudevents+json; charset=utf-8".into()));
                to_cloudevent(event, call.facets)
            }
            Format::CloudEventsBinary => {
                let all = attributes(event, call.facets);
                headers.extend(all.map(|(name, value)| header(&format!("ce-{name}"), value)));
                event.data.as_str().to_owned()
            }
            Format::JeraSoft => {
                headers.push(header("Content-Type", "application/json"));
                to_jerasoft(event)
            }
        };
        Message { subject: self.subject.name.clone(), headers, payload: payload.into() }
    }
}
