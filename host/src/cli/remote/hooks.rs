//! Hooks of a service: looked at and changed.

use super::Service;
use super::read::Flaws;
use crate::catalogue::Catalogue;
use crate::problem::Problem;
use crate::view::{CatalogueView, HookView, HooksView, OwedView, RosterView, Search};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use serde_json::json;
use ureq::http::{Method, StatusCode};

/// Any version of a hook: what is changed is right whichever it is.
const ANY: (&str, &str) = ("if-match", "*");

impl Service {
    /// The hooks that are found.
    pub(crate) fn hooks(&self, search: &Search) -> anyhow::Result<HooksView> {
        let Search { event, class, status, search } = search;
        let wanted = [("event", event), ("class", class), ("status", status), ("search", search)];
        let wanted: Vec<_> =
            wanted.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?))).collect();
        self.json(self.get("/v1/hooks", &wanted)?)
    }

    /// One hook. The id is one.
    pub(crate) fn hook(&self, id: &str) -> anyhow::Result<HookView> {
        self.json(self.get(&format!("/v1/hooks/{id}"), &[])?)
    }

    /// The events that exist.
    pub(crate) fn catalogue(&self) -> anyhow::Result<Catalogue> {
        let view: CatalogueView = self.json(self.get("/v1/catalogue", &[])?)?;
        Ok(view.into())
    }

    /// The generation of hooks at work.
    pub(crate) fn roster(&self) -> anyhow::Result<RosterView> {
        self.json(self.get("/v1/roster", &[])?)
    }

    /// What is wrong with the service's hooks.
    pub(crate) fn problems(&self) -> anyhow::Result<Vec<Problem>> {
        let flaws: Flaws = self.json(self.get("/v1/problems", &[])?)?;
        Ok(flaws.into())
    }

    /// Changes some of a hook's manifest.
    pub(crate) fn patch(&self, id: &str, patch: &str) -> anyhow::Result<HookView> {
        let request = self.request(Method::PATCH, &format!("/v1/hooks/{id}"));
        let request = request.header(ANY.0, ANY.1).header("content-type", "application/merge-patch+json");
        self.json(self.granted(self.send(request.body(patch))?)?)
    }

    /// Makes a hook whose component is still to come: it is disabled, whatever its manifest says.
    pub(crate) fn create(&self, id: &str, mut manifest: toml::Table) -> anyhow::Result<HookView> {
        manifest.insert("status".into(), "disabled".into());
        let hook = serde_json::json!({ "id": id, "manifest": manifest });
        let request = self.request(Method::POST, "/v1/hooks").header("content-type", "application/json");
        self.json(self.granted(self.send(request.body(hook.to_string()))?)?)
    }

    /// Takes a hook away, and with `state` what it keeps.
    pub(crate) fn remove(&self, id: &str, state: bool) -> anyhow::Result<()> {
        let request = self.request(Method::DELETE, &format!("/v1/hooks/{id}?state={state}"));
        self.granted(self.send(request.header(ANY.0, ANY.1).body(()))?)?;
        Ok(())
    }

    /// Gives a hook what was told since then; how many events these are.
    pub(crate) fn deliver(&self, id: &str, since: Timestamp) -> anyhow::Result<usize> {
        let request = self.request(Method::POST, &format!("/v1/hooks/{id}/deliver?since={since}"));
        let view: OwedView = self.json(self.granted(self.send(request.body(()))?)?)?;
        Ok(view.deliveries)
    }

    /// Lets a version run that was taken back.
    pub(crate) fn accept(&self, id: &str) -> anyhow::Result<HookView> {
        let request = self.request(Method::POST, &format!("/v1/hooks/{id}/accept"));
        self.json(self.granted(self.send(request.body(()))?)?)
    }

    /// Has a hook called again that was stopped, or rests.
    pub(crate) fn resume(&self, id: &str) -> anyhow::Result<HookView> {
        let request = self.request(Method::POST, &format!("/v1/hooks/{id}/resume"));
        self.json(self.granted(self.send(request.body(()))?)?)
    }

    /// Gives a hook a component, and the TOML that comes with it; makes the hook, where there is none. Nothing, where there is one and it is not to
    /// be replaced.
    pub(crate) fn upload(
        &self,
        id: &str,
        bytes: &[u8],
        toml: Option<&str>,
        replace: bool,
    ) -> anyhow::Result<Option<HookView>> {
        let mut request = self.request(Method::PUT, &format!("/v1/hooks/{id}/component"));
        if replace {
            request = request.header(ANY.0, ANY.1);
        }
        let answer = match toml {
            None => self.send(request.header("content-type", "application/wasm").body(bytes))?,
            Some(toml) => {
                let pair = json!({ "toml": toml, "component": BASE64_STANDARD.encode(bytes) });
                self.send(request.header("content-type", "application/json").body(pair.to_string()))?
            }
        };
        if answer.status() == StatusCode::PRECONDITION_REQUIRED {
            return Ok(None);
        }
        self.json(self.granted(answer)?).map(Some)
    }
}
