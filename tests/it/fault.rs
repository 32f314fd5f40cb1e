//! Told events on disks that fail, fill up, are torn or change, and under clocks that are set back.

mod clock;
mod flip;
mod full;
mod sync;
mod torn;
mod unusable;

use crate::serve::command;
use serde_json::{Value, json};
use tenterhook_tests::{Given, History, Numbered, Request, Run, Served, Teller};

/// A hook of every resource that is created.
const CREATED: &str = "on = [{ event = 'cloud.post_create', option = 'ANY' }]";

const ASKED: &str =
    r#"{"specversion":"1.0","id":"1","type":"cloud.pre_create","source":"shop","option":"SERVER","data":{}}"#;

/// A hook whose component is not there yet: what it is owed waits for it.
fn without_component(given: Given, id: &str) -> Given {
    given.toml(id, &format!("name = '{id}'\ntype = 'cloud'\npriority = 0\n{CREATED}\n"))
}

fn numbered(number: u64, data: Value) -> Numbered {
    let (id, subject) = (format!("e{number}"), format!("s{}", number % 3));
    Numbered { id, subject, option: "SERVER", data, owed: vec!["a"] }
}

fn small(number: u64) -> Numbered {
    numbered(number, json!({ "number": number }))
}

fn given() -> Given {
    Given::new().hook("a", "falter", CREATED)
}

fn service(given: &Given) -> Run<'_> {
    command(given, &["deliveries.order_wait=60s", "log.format=json"])
}

fn teller(numbered: fn(u64) -> Numbered) -> Teller {
    Teller::new(History::new(8, &["a"]), numbered)
}

/// Asked events go on.
#[track_caller]
fn asks_go_on(served: &Served) {
    assert_eq!(Request::post("/v1/events", ASKED).to(served).is(200).json()["decision"], "accept");
}

/// How the journal is, by `/readyz`.
#[track_caller]
fn journal(served: &Served) -> String {
    let ready = Request::get("/readyz").to(served).is(200).json();
    let journal = ready["journal"].as_str().unwrap().to_owned();
    assert_eq!(ready["status"] == "ready", journal == "written", "{ready}");
    journal
}
