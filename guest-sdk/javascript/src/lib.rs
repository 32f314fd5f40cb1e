//! The JavaScript engine of Tenterhook's scripts, as a component: one for all of them, and a sandbox like any other.
//!
//! The host has it make its realm once and keeps its memory as it is then. Every sandbox begins with that memory,
//! loads one script, and is ready for an event. It knows nothing of files: what it gets is text.

mod bindings;
mod config;
mod console;
mod event;
mod fault;
mod jobs;
mod json;
mod platform;
mod realm;
mod script;
mod state;
mod verdict;

use bindings::exports::tenterhook::hook::handler::{self, Event, Verdict};
use bindings::exports::tenterhook::javascript::script as contract;
use fault::Fault;
use realm::Realm;
use std::cell::RefCell;

thread_local! {
    static REALM: RefCell<Option<Realm>> = const { RefCell::new(None) };
}

struct Engine;

bindings::export!(Engine with_types_in bindings);

impl bindings::Guest for Engine {
    fn initialize() {
        REALM.with_borrow_mut(|realm| *realm = Some(Realm::new()));
    }
}

impl contract::Guest for Engine {
    fn load(name: String, source: String, config: String) -> Result<(), contract::Fault> {
        let loaded = with(|realm| realm.load(&name, &source, &config));
        loaded.map_err(|Fault { message, line, column, .. }| contract::Fault { message, line, column })
    }

    fn why() -> contract::Failure {
        with(|realm| realm.why)
    }
}

impl handler::Guest for Engine {
    fn handle(event: Event) -> Result<Verdict, String> {
        with(|realm| realm.handle(event)).map_err(|fault| fault.to_string())
    }
}

fn with<T>(work: impl FnOnce(&mut Realm) -> T) -> T {
    REALM.with_borrow_mut(|realm| work(realm.get_or_insert_with(Realm::new)))
}
