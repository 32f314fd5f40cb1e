//! An event as it is posted: in the format that its target wants, signed, and with what caused what.

use super::Http;
use crate::cause::Act;
use crate::egress::{CAUSE_HEADER, encoded};
use crate::envelope::{self, to_cloudevent, to_jerasoft};
use crate::event::{Event, Mode};
use crate::load::Target;
use crate::machine::Call;
use crate::manifest::Format;
use crate::trace::TRACEPARENT;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL;
use bytes::Bytes;
use http::request::Builder;
use http::{HeaderMap, HeaderName, HeaderValue, Request, header};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use std::time::Instant;

static EVENT: HeaderName = HeaderName::from_static("tenterhook-event");
static SOURCE: HeaderName = HeaderName::from_static("tenterhook-source");
static MODE: HeaderName = HeaderName::from_static("tenterhook-mode");
static ATTEMPT: HeaderName = HeaderName::from_static("tenterhook-attempt");
static DEADLINE: HeaderName = HeaderName::from_static("tenterhook-deadline-ms");
static ID: HeaderName = HeaderName::from_static("webhook-id");
static TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
static SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");

/// The headers that all requests of a hook have.
pub(super) fn headers(hook: &str, target: &Target) -> HeaderMap {
    let media = match target.format {
        Format::CloudEvents => "application/cloudevents+json; charset=utf-8",
        Format::CloudEventsBinary | Format::JeraSoft => "application/json",
    };
    let agent = concat!("tenterhook/", env!("CARGO_PKG_VERSION"));
    let mut headers = HeaderMap::with_capacity(16);
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(header::USER_AGENT, HeaderValue::from_static(agent));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    if let Ok(hook) = HeaderValue::from_str(hook) {
        headers.insert("tenterhook-hook", hook);
    }
    headers.extend(target.authorization.clone().map(|value| (header::AUTHORIZATION, value)));
    headers
}

impl Http {
    /// The request of a call.
    pub(super) fn request(&self, call: &Call<'_>) -> http::Result<Request<Bytes>> {
        let event = call.event;
        let mut builder = Request::post(&self.target.url);
        if let Some(headers) = builder.headers_mut() {
            headers.clone_from(&self.headers);
        }
        let (builder, body) = match self.target.format {
            Format::CloudEvents => (builder, to_cloudevent(event, call.facets)),
            Format::CloudEventsBinary => (attributes(builder, call), event.data.as_str().to_owned()),
            Format::JeraSoft => (builder, to_jerasoft(event)),
        };
        let builder = self.vouched(self.named(builder, call), call);
        self.signed(builder, event, &body).body(body.into())
    }

    /// Who calls, on which event, for whom, until when.
    fn named(&self, mut builder: Builder, call: &Call<'_>) -> Builder {
        let event = call.event;
        let left = call.deadline.saturating_duration_since(Instant::now());
        builder = builder
            .header(&EVENT, encoded(&event.id))
            .header(&SOURCE, encoded(&event.source))
            .header(&MODE, if call.mode == Mode::Ask { "ask" } else { "tell" })
            .header(&ATTEMPT, call.attempt)
            .header(&DEADLINE, left.as_millis().try_into().unwrap_or(u64::MAX));
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
        builder
    }

    /// The headers of Standard Webhooks: an id, the same however often the event is sent; and the signature, where there
    /// is a secret.
    fn signed(&self, builder: Builder, event: &Event, body: &str) -> Builder {
        let (id, timestamp) = (message_id(&self.hook, event), Timestamp::now().as_second());
        let builder = builder.header(&ID, &id).header(&TIMESTAMP, timestamp);
        match &self.target.key {
            Some(key) => builder.header(&SIGNATURE, key.sign(&id, timestamp, body.as_bytes())),
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
    format!("msg_{}", BASE64URL.encode(&hasher.finalize()[..16]))
}
