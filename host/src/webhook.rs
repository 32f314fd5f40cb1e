//! The platform over HTTP: hooks' calls as requests that are signed as Standard Webhooks are, and end by their deadline.
//!
//! Knows no hook and no event beyond what a call says of them.

mod answer;

use crate::config;
use crate::data::Data;
use crate::egress::{self, CAUSE_HEADER, Client, Egress, Guard, Key, Trust, UNFIT, encoded};
use crate::platform::{Call, Error, Platform};
use crate::problem::{Place, Problem};
use crate::secret::Secrets;
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Uri, header};
use jiff::Timestamp;
use percent_encoding::{AsciiSet, utf8_percent_encode};
use std::time::Instant;

/// What no header's value may hold, of an id that is signed: a dot divides it from what follows.
const UNFIT_ID: &AsciiSet = &UNFIT.add(b'.');

/// An application behind a URL.
pub(crate) struct HttpPlatform {
    url: Uri,
    client: Client,
    secrets: Secrets,
    /// The name of the secret that requests are signed with.
    secret: String,
}

impl HttpPlatform {
    /// The platform that a configuration names, if it names one; or why it cannot be called.
    pub(crate) fn of(config: &config::Config) -> Result<Option<Self>, Vec<Problem>> {
        let config::Platform { url, secret, ca } = &config.platform;
        let (Some(url), Some(secret)) = (url, secret) else { return Ok(None) };
        let problem =
            |key: &str, message: String| vec![Problem::error(Place::default(), format!("{key}: {message}"))];
        let url = url.parse().map_err(|error| problem("platform.url", format!("{error}")))?;
        let trust = ca.as_deref().map_or(Trust::Public, Trust::Only);
        let egress = Egress::new(trust).map_err(|message| problem("platform.ca", message))?;
        let secrets = config.secrets.clone().map_or_else(Secrets::default, Secrets::of);
        let platform = Self { url, client: egress.client(Guard::Off), secrets, secret: secret.clone() };
        // Whether it is one is said at the start, not to the first hook.
        platform.key().map_err(|message| problem("platform.secret", message))?;
        Ok(Some(platform))
    }

    /// Read for every call, so that a rotated one counts at once.
    fn key(&self) -> Result<Key, String> {
        let secret = self.secrets.get(&self.secret)?;
        Key::parse(&secret).ok_or_else(|| {
            format!(
                "the secret {:?} is no signing secret, make one with echo whsec_$(openssl rand -base64 32)",
                self.secret
            )
        })
    }

    fn request(&self, call: &Call) -> Result<Request<Bytes>, Error> {
        let key = self.key().map_err(|message| Error::new("unavailable", message))?;
        let method = serde_json::Value::from(call.method.as_str());
        let body = format!(r#"{{"method":{method},"arguments":{}}}"#, call.arguments);
        let id = utf8_percent_encode(&call.idempotency_key, UNFIT_ID).to_string();
        let timestamp = Timestamp::now().as_second();
        let signature = key.sign(&id, timestamp, body.as_bytes());
        let left = call.deadline.saturating_duration_since(Instant::now());
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(&self.url)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/json")
            .header(header::USER_AGENT, concat!("tenterhook/", env!("CARGO_PKG_VERSION")))
            .header("webhook-id", id)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", signature)
            .header("idempotency-key", encoded(&call.idempotency_key))
            .header("tenterhook-hook", &*call.hook)
            .header("tenterhook-event", encoded(&call.event))
            .header("tenterhook-source", encoded(&call.source))
            .header("tenterhook-deadline-ms", left.as_millis().to_string());
        if let Some(tenant) = &call.tenant {
            request = request.header("tenterhook-tenant", encoded(tenant));
        }
        if let Some(traceparent) = &call.traceparent {
            request = request.header("traceparent", encoded(traceparent));
        }
        let unfit = |error: http::Error| Error::new("unavailable", error.to_string());
        let mut cause = HeaderValue::try_from(&call.cause).map_err(|error| unfit(error.into()))?;
        // Kept out of whatever prints requests.
        cause.set_sensitive(true);
        request.header(CAUSE_HEADER, cause).body(body.into()).map_err(unfit)
    }
}

impl Platform for HttpPlatform {
    async fn call(&self, call: Call) -> Result<Data, Error> {
        let request = self.request(&call)?;
        let response = self.client.begin(request).await.map_err(|error| {
            let error = match error {
                egress::Error::Unreachable(reason) => reason,
                error => error.to_string(),
            };
            tracing::warn!(error, hook = &*call.hook, "the platform cannot be reached");
            Error::new("unavailable", "the platform cannot be reached")
        })?;
        answer::read(response, call.answer_bytes_max).await
    }
}
