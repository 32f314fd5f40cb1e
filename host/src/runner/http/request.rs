//! An event as it is posted: in the format that its target wants, signed, and with what caused what.

use super::Http;
use crate::cause::Act;
use crate::egress::{CAUSE_HEADER, encoded};
use crate::envelope::{self, to_cloudevent, to_jerasoft};
use crate::event::Event;
use crate::machine::Call;
use crate::manifest::Format;
use crate::trace::TRACEPARENT;
use bytes::Bytes;
use http::request::Builder;
use http::{HeaderValue, Request, header};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use std::time::Instant;

impl Http {
    /// The request of a call.
    pub(super) fn request(&self, call: &Call<'_>) -> http::Result<Request<Bytes>> {
        let event = call.event;
        let builder = Request::post(&self.target.url)
            .header(header::ACCEPT, "application/json")
            .header(header::USER_AGENT, concat!("tenterhook/", env!("CARGO_PKG_VERSION")));
        let media = |media: &str, builder: Builder| builder.header(header::CONTENT_TYPE, media);
        let (builder, body) = match self.target.format {
            Format::CloudEvents => {
                let media = media("application/cloudevents+json; charset=utf-8", builder);
                (media, to_cloudevent(event, call.facets))
            }
            Format::CloudEventsBinary => {
                (attributes(media("application/json", builder), call), event.data.as_str().to_owned())
            }
            Format::JeraSoft => (media("application/json", builder), to_jerasoft(event)),
        };
        let builder = self.vouched(self.named(builder, call), call);
        self.signed(builder, event, &body).body(body.into())
    }

    /// Who calls, on which event, for whom, until when.
    fn named(&self, mut builder: Builder, call: &Call<'_>) -> Builder {
        let event = call.event;
        let left = call.deadline.saturating_duration_since(Instant::now());
        builder = builder
            .header("tenterhook-hook", &*self.hook)
            .header("tenterhook-event", encoded(&event.id))
            .header("tenterhook-source", encoded(&event.source))
            .header("tenterhook-mode", call.mode.to_string())
            .header("tenterhook-attempt", call.attempt)
            .header("tenterhook-deadline-ms", left.as_millis().to_string());
        if let Some(tenant) = event.tenant() {
            builder = builder.header("tenterhook-tenant", encoded(tenant));
        }
        for name in [TRACEPARENT, "tracestate"] {
            // What could not stand in a header is no trace context.
            let value = event.attributes.get(name).and_then(|value| HeaderValue::try_from(value).ok());
            if let Some(value) = value {
                builder = builder.header(name, value);
            }
        }
        builder
    }

    /// What proves to the target who calls, and to the host what the target then causes.
    fn vouched(&self, mut builder: Builder, call: &Call<'_>) -> Builder {
        if let Some(sign) = &self.sign {
            let token = sign(Act { hook: &self.hook, event: call.event, own: call.own, cause: call.cause });
            if let Ok(mut token) = HeaderValue::try_from(token) {
                // Kept out of whatever prints requests.
                token.set_sensitive(true);
                builder = builder.header(CAUSE_HEADER, token);
            }
        }
        match &self.target.authorization {
            Some(authorization) => builder.header(header::AUTHORIZATION, authorization),
            None => builder,
        }
    }

    /// The headers of Standard Webhooks: an id, the same however often the event is sent; and the signature, where there
    /// is a secret.
    fn signed(&self, builder: Builder, event: &Event, body: &str) -> Builder {
        let (id, timestamp) = (message_id(&self.hook, event), Timestamp::now().as_second());
        let builder = builder.header("webhook-id", &id).header("webhook-timestamp", timestamp);
        match &self.target.key {
            Some(key) => builder.header("webhook-signature", key.sign(&id, timestamp, body.as_bytes())),
            None => builder,
        }
    }
}

/// The attributes of the binary mode of CloudEvents, whose media type has a header of its own.
fn attributes(builder: Builder, call: &Call<'_>) -> Builder {
    let all = envelope::attributes(call.event, call.facets).filter(|(name, _)| *name != "datacontenttype");
    all.fold(builder, |builder, (name, value)| builder.header(format!("ce-{name}"), encoded(value)))
}

/// What an event is called for a hook: its own id is unique only within its source and tenant.
pub(in crate::runner) fn message_id(hook: &str, event: &Event) -> String {
    let mut hasher = Sha256::new();
    for part in [event.tenant().unwrap_or_default(), &event.source, &event.id, hook] {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    let hex: String = hasher.finalize()[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("msg_{hex}")
}
