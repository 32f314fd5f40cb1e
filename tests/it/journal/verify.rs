//! `tenterhook journal verify`: a damaged journal is said to be one, whatever is damaged.

use crate::access::{serve, tenterhook};
use std::fs;
use tenterhook_tests::{Ended, Given, Request};

/// A journal with three events, and nobody who writes to it any more.
fn journal() -> Given {
    let given = Given::new().hook("a", "see", "");
    let served = serve(&given, &[]);
    for id in ["e-1", "e-2", "e-3"] {
        let data = r#""data":{"note":"a text to find again"}"#;
        let event = format!(
            r#"{{"specversion":"1.0","id":"{id}","type":"cloud.post_create","source":"s","option":"SERVER",{data}}}"#
        );
        Request::post("/v1/events", &event).to(&served).is(202);
    }
    served.signal("TERM");
    served.ends();
    given
}

fn verify(given: &Given, args: &[&str]) -> Ended {
    tenterhook(given, &["journal", "verify"]).args(args).ends()
}

#[test]
fn a_sound_journal_is_said_to_be_sound() {
    let given = journal();
    verify(&given, &[]).exits(0).prints("").says("the journal is sound: 3 events, 3 deliveries, ");
    let missing = tenterhook(&given, &["journal", "verify", "--data", "elsewhere"]).ends();
    missing.exits(2).says("there is no journal in this directory").says("--data");
}

#[test]
fn a_flipped_byte_is_found_in_every_event_that_has_one() {
    let given = journal();
    // Whatever is still in the write-ahead log goes into the file.
    verify(&given, &[]).exits(0);
    let path = given.data().join("tenterhook.db");
    let bytes = fs::read(&path).unwrap();
    let text = b"a text to find again";
    let places: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(text)).collect();
    assert_eq!(places.len(), 3, "the journal is in one file");
    let mut damaged = bytes.clone();
    places.iter().for_each(|at| damaged[*at] ^= 1);
    fs::write(&path, damaged).unwrap();
    let found = verify(&given, &["--json"]);
    let places: Vec<_> = found.exits(1).json_lines().iter().map(|found| found["place"].clone()).collect();
    assert_eq!(places, ["event 1", "event 2", "event 3"], "{found}");
    found.says("damaged: 3 findings in 3 events, 3 deliveries, ").shows("its checksum does not fit");
    // A file that is cut short is none of SQLite's any more.
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    verify(&given, &[]).exits(1).shows("tenterhook.db");
    fs::write(&path, "no database").unwrap();
    verify(&given, &[]).exits(1).shows("tenterhook.db file is not a database");
}
