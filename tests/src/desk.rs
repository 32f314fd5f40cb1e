//! An application that hooks call back.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use tenterhook::data::Data;
use tenterhook::platform::{Call, Error, Platform};
use tenterhook::{Event, Host, Outcome};

/// Writes down what hooks call, and answers by the method: `echo` with the arguments, `fail` with an error, `huge` with
/// 100 KB, `list` with `[1]`, `hang` never; `raise` raises the event `arguments.event` as something that the call has caused. Clones are
/// the same.
#[derive(Clone, Default)]
pub struct Desk(Arc<Shared>);

#[derive(Default)]
struct Shared {
    calls: Mutex<Vec<Call>>,
    raised: Mutex<Vec<Outcome>>,
    host: OnceLock<Host>,
}

impl Desk {
    /// Raises events at this host.
    pub fn raises_at(&self, host: &Host) {
        let _ = self.0.host.set(host.clone());
    }

    /// What was called so far.
    pub fn calls(&self) -> Vec<Call> {
        self.0.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What came of the events that calls raised.
    pub fn raised(&self) -> Vec<Outcome> {
        self.0.raised.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn raise(&self, call: &Call) -> Result<Data, Error> {
        let event = call.arguments.to::<serde_json::Value>().expect("arguments are JSON");
        let name = event["event"].as_str().expect("it names an event");
        let option = event["option"].as_str().unwrap_or("SERVER");
        let event = Event::new(name, &call.source).facet("option", option).caused_by(&call.cause);
        let event = match &call.tenant {
            Some(tenant) => event.attribute("tenant", tenant),
            None => event,
        };
        let host = self.0.host.get().expect("it knows the host");
        // In a box, because this is what runs the hook that calls.
        let outcome =
            Box::pin(host.fire(event)).await.map_err(|error| Error::new("refused", error.to_string()))?;
        self.0.raised.lock().unwrap_or_else(PoisonError::into_inner).push(outcome);
        Ok(Data::empty())
    }
}

impl Platform for Desk {
    async fn call(&self, call: Call) -> Result<Data, Error> {
        self.0.calls.lock().unwrap_or_else(PoisonError::into_inner).push(call.clone());
        match call.method.as_str() {
            "echo" => Ok(call.arguments),
            "raise" => self.raise(&call).await,
            "huge" => Ok(Data::from_value(&"x".repeat(100_000)).expect("a text is JSON")),
            "list" => Ok(Data::from_value(&[1]).expect("numbers are JSON")),
            "hang" => std::future::pending().await,
            _ => Err(Error::new("no-luck", "not today")),
        }
    }
}
