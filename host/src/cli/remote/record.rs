//! The log and the deliveries of a service.

use super::Service;
use crate::view::{
    DeliveriesSearch, DeliveriesView, DeliveryDetails, DeliveryView, ExecutionDetails, LogSearch, LogView,
    OwedView, ResentView, StateSearch, StateView,
};
use ureq::http::Method;

impl Service {
    /// A page of the log.
    pub(crate) fn log(&self, search: &LogSearch) -> anyhow::Result<LogView> {
        self.json(self.get("/v1/log", &search.pairs())?)
    }

    /// One line of the log, with what was sent.
    pub(crate) fn execution(&self, id: i64) -> anyhow::Result<ExecutionDetails> {
        self.json(self.get(&format!("/v1/log/{id}"), &[])?)
    }

    /// A page of deliveries.
    pub(crate) fn deliveries(&self, search: &DeliveriesSearch) -> anyhow::Result<DeliveriesView> {
        self.json(self.get("/v1/deliveries", &search.pairs())?)
    }

    /// One delivery, with its event and its attempts.
    pub(crate) fn delivery(&self, id: i64) -> anyhow::Result<DeliveryDetails> {
        self.json(self.get(&format!("/v1/deliveries/{id}"), &[])?)
    }

    /// Has a dead letter attempted again.
    pub(crate) fn resend(&self, id: i64) -> anyhow::Result<DeliveryView> {
        let request = self.request(Method::POST, &format!("/v1/deliveries/{id}/resend"));
        self.json(self.granted(self.send(request.body(()))?)?)
    }

    /// Has all dead letters of a hook attempted again; how many there were. The id is one.
    pub(crate) fn resend_all(&self, hook: &str) -> anyhow::Result<usize> {
        let request = self.request(Method::POST, &format!("/v1/hooks/{hook}/resend"));
        let view: ResentView = self.json(self.granted(self.send(request.body(()))?)?)?;
        Ok(view.resent)
    }

    /// A page of what hooks keep.
    pub(crate) fn state(&self, search: &StateSearch) -> anyhow::Result<StateView> {
        self.json(self.get("/v1/state", &search.pairs())?)
    }

    /// Takes back what a told event still owes; how many deliveries these were.
    pub(crate) fn cancel(&self, source: &str, id: &str, tenant: Option<&str>) -> anyhow::Result<usize> {
        let mut which = vec![("source", source), ("id", id)];
        which.extend(tenant.map(|tenant| ("tenant", tenant)));
        let view: OwedView = self.json(self.delete("/v1/events", &which)?)?;
        Ok(view.deliveries)
    }

    /// Drops a dead letter for good.
    pub(crate) fn discard(&self, id: i64) -> anyhow::Result<()> {
        let request = self.request(Method::DELETE, &format!("/v1/deliveries/{id}"));
        self.granted(self.send(request.body(()))?)?;
        Ok(())
    }
}
