//! A journal that cannot be opened stops told events, says why, and stops nothing else.

use super::{asks_go_on, given, service};
use rusqlite::Connection;
use std::fs;
use std::path::Path;
use tenterhook_tests::{DATABASE, Request, Served};

const TOLD: &str = r#"{"specversion":"1.0","id":"1","type":"cloud.post_create","source":"shop","option":"SERVER","data":{}}"#;

/// What a service says on a data directory whose database this did something to.
#[track_caller]
fn refuses(spoil: impl FnOnce(&Path), reason: &str) {
    let given = given();
    let database = given.data().join(DATABASE);
    Connection::open(&database).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
    spoil(&database);
    let served = service(&given).serves();
    asks_go_on(&served);
    Request::post("/v1/events", TOLD).to(&served).is(503).problem(reason);
    Request::get("/v1/log").to(&served).is(503).problem(reason);
    let ready = Request::get("/readyz").to(&served).is(200).json();
    assert_eq!(
        (ready["status"].as_str(), ready["journal"].as_str()),
        (Some("degraded"), Some("failed")),
        "{ready}"
    );
    // It is open to everybody: no word of the database's, and no path.
    assert_eq!(ready["reason"], "the journal cannot be opened", "{ready}");
    assert!(!ready.to_string().contains(reason), "{ready}");
    served.says(reason);
    served.says("told events are refused: see `tenterhook journal verify`");
    ends(served);
}

fn ends(served: Served) {
    served.signal("TERM");
    assert_eq!(served.ends().0, Some(0));
}

#[test]
fn a_journal_with_a_damaged_head_refuses_tells_and_nothing_else() {
    refuses(|database| fs::write(database, "no database ".repeat(1000)).unwrap(), "not a database");
}

#[test]
fn a_journal_of_a_newer_version_refuses_tells_and_nothing_else() {
    let newer = |database: &Path| {
        Connection::open(database).unwrap().pragma_update(None, "user_version", 99).unwrap();
    };
    refuses(newer, "it was written by a newer version (format 99");
}

#[test]
fn a_journal_that_is_no_file_refuses_tells_and_nothing_else() {
    let folder = |database: &Path| {
        fs::remove_file(database).unwrap();
        fs::create_dir(database).unwrap();
    };
    refuses(folder, "its file cannot be opened");
}

#[test]
fn a_journal_that_was_repaired_is_used_after_the_next_start() {
    let given = given();
    fs::write(given.data().join(DATABASE), "no database ".repeat(1000)).unwrap();
    let served = service(&given).serves();
    Request::post("/v1/events", TOLD).to(&served).is(503);
    ends(served);
    fs::remove_file(given.data().join(DATABASE)).unwrap();
    let served = service(&given).serves();
    Request::post("/v1/events", TOLD).to(&served).is(202);
    assert_eq!(super::journal(&served), "written");
    ends(served);
}
