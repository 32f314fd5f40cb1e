//! What an http hook runs: its target, with the secrets it is spoken to with.

use crate::egress::{Guard, Key};
use crate::good::Identity;
use crate::manifest::{Format, Manifest, target_url};
use crate::problem::{Place, Problem};
use http::{HeaderValue, Uri};
use std::sync::Arc;

/// A target that can be posted to.
pub(crate) struct Target {
    pub(crate) url: Uri,
    pub(crate) format: Format,
    /// What requests are signed with.
    pub(crate) key: Option<Key>,
    pub(crate) authorization: Option<HeaderValue>,
    /// Which addresses may be reached.
    pub(crate) guard: Guard,
    /// Twelve hex digits that name all of it but its secrets.
    pub(crate) version: Arc<str>,
}

impl Target {
    /// The target of a hook whose secrets are known, or everything that is wrong with it.
    /// What is written in `file` itself was checked there.
    pub(crate) fn of(
        manifest: &Manifest,
        identity: &Identity,
        file: &str,
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        let before = problems.len();
        let properties = manifest.revealed();
        let mut wrong = |property: &str, message: String| {
            let place = manifest.secrets.get(property).map(|secret| secret.place.clone());
            let place = place.unwrap_or_else(|| Place::file(file));
            problems.push(Problem::error(place, format!("{property}: {message}")));
        };
        let secret = |name: &str| properties.get(name).filter(|_| manifest.secrets.contains_key(name));
        let url = properties.get("target").map(|text| target_url(text));
        if let (Some(Err((message, _))), Some(_)) = (&url, secret("target")) {
            wrong("target", message.clone());
        }
        let url = url.and_then(Result::ok);
        let guard = Guard::Granting(manifest.grants.networks.clone());
        if let Some(refused) = url.as_ref().and_then(Uri::host).and_then(|host| guard.refuses_literal(host)) {
            wrong("target", refused);
        }
        let key = secret("signing").and_then(|secret| {
            let key = Key::parse(secret);
            if key.is_none() {
                let how = "make one with echo whsec_$(openssl rand -base64 32)";
                wrong("signing", format!("it is no signing secret, {how}"));
            }
            key
        });
        let authorization = secret("authorization").and_then(|secret| {
            let value = HeaderValue::try_from(secret);
            let value = value.map_err(|_| wrong("authorization", "it is no value of a header".into()));
            value.ok().map(|mut value| {
                value.set_sensitive(true);
                value
            })
        });
        let version = identity.manifest.chars().take(12).collect::<String>().into();
        let format = Format::of(manifest);
        (problems.len() == before).then_some(())?;
        Some(Self { url: url?, format, key, authorization, guard, version })
    }
}
