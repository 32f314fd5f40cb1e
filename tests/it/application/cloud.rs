//! A cloud orchestrator: payments, purchases, logins, servers, its two APIs, jobs, cycles.

use super::Application;
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::Display;
use tenterhook::Event;
use tenterhook::data::Data;
use tenterhook::host::Finished;
use tenterhook::outcome::Veto;

/// Why the orchestrator did not do something.
#[derive(Debug, PartialEq)]
pub(super) enum Refusal {
    /// A hook refused it.
    Vetoed(Veto),
    /// It failed, so.
    Failed(&'static str),
}

fn event(name: &str) -> Event {
    Event::new(format!("cloud.{name}"), "orchestrator")
}

fn option(name: &str, option: &str) -> Event {
    event(name).facet("option", option)
}

/// The orchestrator with its users, who are name and password.
pub(super) struct Cloud {
    pub(super) application: Application,
    pub(super) users: BTreeMap<&'static str, &'static str>,
}

impl Cloud {
    /// Asks, acts, and tells that it succeeded; where it failed, `failure` is told, if there is such an event.
    async fn around<T>(
        &self,
        pre: Event,
        action: impl AsyncFnOnce(Data) -> Result<T, &'static str>,
        success: impl FnOnce(&T) -> Option<Event>,
        failure: Option<Event>,
    ) -> Result<T, Refusal> {
        let around = self.application.host.around(pre, action);
        match around.post(success, |_| failure).await.expect("the events are listed") {
            Finished::Vetoed { veto, .. } => Err(Refusal::Vetoed(veto)),
            Finished::Ran { result, .. } => result.map_err(Refusal::Failed),
        }
    }

    fn does(&self, what: impl Display) {
        self.application.journal.does(what);
    }

    /// A payment, or a refund where the amount is negative; ends as `SUCCESS`, `FAILURE` or `CANCELLED`.
    pub(super) async fn pay(&self, amount: i64, end: &'static str) -> Result<(), Refusal> {
        let data = json!({ "amount": amount });
        let pre = event("pre_payment").data(&data).expect("it is JSON");
        let action = async |_| {
            self.does(format!("pays {amount}: {end}"));
            if end == "SUCCESS" { Ok(()) } else { Err(end) }
        };
        let concluded = |_: &()| Some(option("post_payment", "SUCCESS"));
        self.around(pre, action, concluded, Some(option("post_payment", end))).await
    }

    /// There is no event of a purchase that failed.
    pub(super) async fn purchase(&self, offer: &str, in_stock: bool) -> Result<(), Refusal> {
        let action = async |_| {
            self.does(format!("buys {offer}"));
            if in_stock { Ok(()) } else { Err("sold out") }
        };
        let pre = event("pre_purchase").subject(offer);
        self.around(pre, action, |_| Some(event("post_purchase").subject(offer)), None).await
    }

    /// Whether somebody may come in. Whom nobody knows has no password to check.
    pub(super) async fn log_in(&self, user: &str, password: &str) -> Result<(), Refusal> {
        let failed = option("post_auth", "FAILURE").subject(user);
        let Some(known) = self.users.get(user) else {
            self.does(format!("does not know {user}"));
            self.application.tell(failed).await;
            return Err(Refusal::Failed("unknown user"));
        };
        let check = async |_| {
            self.does(format!("checks the password of {user}"));
            if *known == password { Ok(()) } else { Err("wrong password") }
        };
        let succeeded = |_: &()| Some(option("post_auth", "SUCCESS").subject(user));
        self.around(event("pre_auth").subject(user), check, succeeded, Some(failed)).await
    }

    /// Creates, modifies, deletes: `verb` is the event's.
    pub(super) async fn resource(&self, verb: &str, kind: &str, id: &str) -> Result<(), Refusal> {
        let action = async |data: Data| {
            self.does(format!("{verb} {kind} {id} {data}").trim_end_matches(" {}"));
            Ok(())
        };
        let (pre, post) = (format!("pre_{verb}"), format!("post_{verb}"));
        let post = |_: &()| Some(option(&post, kind).subject(id));
        self.around(option(&pre, kind).subject(id), action, post, None).await
    }

    /// A method of the `user` or the `admin` API, which may throw an error.
    pub(super) async fn call(
        &self,
        api: &str,
        method: &str,
        error: Option<&'static str>,
    ) -> Result<(), Refusal> {
        let (pre, post) = (format!("pre_{api}_api_call"), format!("post_{api}_api_call"));
        let action = async |_| {
            self.does(format!("{api} API: {method}"));
            error.map_or(Ok(()), Err)
        };
        let thrown = error.map(|error| option("post_exception", error));
        self.around(option(&pre, method), action, |_| Some(option(&post, method)), thrown).await
    }

    /// A server or a job goes into another state.
    pub(super) async fn change(&self, what: &str, state: &str) -> Result<(), Refusal> {
        let (pre, post) = (format!("pre_{what}_state_change"), format!("post_{what}_state_change"));
        let action = async |_| {
            self.does(format!("{what} is {state}"));
            Ok(())
        };
        self.around(option(&pre, state), action, |_| Some(option(&post, state)), None).await
    }

    /// A server boots: its metadata is handed over as the hooks made it.
    pub(super) async fn boot(&self, server: &str) -> Result<(), Refusal> {
        let action = async |data: Data| {
            self.does(format!("hands {server} {data}"));
            Ok(())
        };
        let data = json!({ "hostname": server });
        let pre = event("pre_server_metadata_update").subject(server).data(&data).expect("it is JSON");
        self.around(pre, action, |_| None, None).await
    }

    /// What happens every month: a unit transaction, then the billing and the collection cycle.
    pub(super) async fn month(&self) {
        for (what, event_name) in [
            ("moves units", "post_unit_transaction"),
            ("bills", "post_billing"),
            ("collects", "post_collection"),
        ] {
            self.does(what);
            self.application.tell(event(event_name)).await;
        }
    }
}
