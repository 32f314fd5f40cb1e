//! A billing system: clients and their balances.

use super::Application;
use std::collections::BTreeMap;
use tenterhook::Event;
use tenterhook::host::Finished;

/// The balances of clients by their number.
pub(super) struct Billing {
    pub(super) application: Application,
    pub(super) balances: BTreeMap<u32, i64>,
}

fn event(name: &str, client: u32) -> Event {
    Event::new(format!("billing.{name}"), "billing").subject(client.to_string())
}

impl Billing {
    /// Adds to a balance. Crossing zero is an event, moving on one side of it is none: zero and less is one side
    /// (R85).
    pub(super) async fn book(&mut self, client: u32, amount: i64) {
        let balance = self.balances.entry(client).or_default();
        let before = *balance;
        *balance += amount;
        let after = *balance;
        self.application.journal.does(format!("balance {after}"));
        let crossed = match (before > 0, after > 0) {
            (true, false) => "clients.balance_zero",
            (false, true) => "clients.balance_notzero",
            _ => return,
        };
        self.application.tell(event(crossed, client)).await;
    }

    /// Archives or deletes a client, unless a hook refuses.
    pub(super) async fn remove(&mut self, verb: &str, client: u32) -> bool {
        let (pre, post) = (format!("before.clients.{verb}"), format!("clients.{verb}"));
        let journal = self.application.journal.clone();
        let action = async |_| {
            journal.does(format!("{verb} {client}"));
            Ok::<_, std::convert::Infallible>(())
        };
        let around = self.application.host.around(event(&pre, client), action);
        let finished = around.post(|()| event(&post, client), |_| None).await;
        matches!(finished.expect("the events are listed"), Finished::Ran { .. })
    }
}
