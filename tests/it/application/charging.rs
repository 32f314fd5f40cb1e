//! A charging server: requests of its API, and charges of its engine.

use super::Application;
use serde_json::json;
use tenterhook::Event;
use tenterhook::data::Data;
use tenterhook::host::Finished;

/// The charging server.
pub(super) struct Charging(pub(super) Application);

fn api(name: &str, action: &str) -> Event {
    let event = Event::new(format!("charging.api.{name}"), "ocs");
    event.facet("table", "Account").facet("action", action)
}

fn engine(name: &str, action: &str) -> Event {
    Event::new(format!("charging.engine.{name}"), "ocs").facet("action", action)
}

impl Charging {
    /// One step of a request: exactly one of its two events follows it (R102).
    async fn step(&self, step: &str, does: &str, action: &str, works: bool) -> bool {
        let journal = &self.0.journal;
        let work = async |_| {
            journal.does(does);
            if works { Ok(()) } else { Err(()) }
        };
        let (success, failure) = (format!("post_{step}_success"), format!("post_{step}_failure"));
        let around = self.0.host.around(api(&format!("pre_{step}"), action), work);
        let finished = around.post(|()| api(&success, action), |()| api(&failure, action)).await;
        matches!(finished.expect("the events are listed"), Finished::Ran { result: Ok(()), .. })
    }

    /// A POST of an account: validated, then written.
    pub(super) async fn insert(&self, valid: bool, room: bool) -> bool {
        self.step("validate", "validates", "Insert", valid).await
            && self.step("database_submit", "writes", "Insert", room).await
    }

    /// A debit of the engine: the answer leaves as the last hook made it.
    pub(super) async fn debit(&self, balance: i64, amount: i64) -> String {
        let journal = &self.0.journal;
        let works = balance >= amount;
        let after = if works { "post_debit_success" } else { "post_debit_failure" };
        journal.does(format!("debits {amount} of {balance}"));
        self.0.tell(engine(after, "Debit")).await;
        let left = if works { balance - amount } else { balance };
        let answer = json!({ "works": works, "left": left, "pin": 4711 });
        let answer =
            self.respond(engine("pre_return_response", "Debit").data(&answer).expect("it is JSON")).await;
        journal.does(format!("answers {answer}"));
        answer.to_string()
    }

    async fn respond(&self, event: Event) -> Data {
        let outcome = self.0.host.ask(event).await.expect("the event is listed");
        outcome.data().expect("nobody can refuse an answer").clone()
    }
}
