//! A journal that ends anywhere: what was on disk as a whole is there, and nothing else.

use super::{CREATED, without_component};
use std::fs::{self, OpenOptions};
use std::hash::BuildHasher;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use tempfile::TempDir;
use tenterhook_tests::{DATABASE, Given, Ledger, copy_journal, until};

const EVENTS: usize = 10;
const CUTS: usize = 12;

fn log(data: &Path) -> std::path::PathBuf {
    data.join(format!("{DATABASE}-wal"))
}

/// A journal of some events, and how long its log was when each had its receipt.
async fn written(into: &Path) -> Vec<u64> {
    let world = without_component(Given::new(), "a").journal(|_| {}).start().await;
    let mut lengths = Vec::new();
    for number in 0..EVENTS {
        world.created().id(&format!("e{number}")).data("{}").await;
        lengths.push(fs::metadata(log(&world.given().data())).unwrap().len());
    }
    copy_journal(&world.given().data(), into);
    lengths
}

#[tokio::test]
async fn a_journal_that_was_cut_off_anywhere_has_what_was_whole() {
    let whole = TempDir::new().unwrap();
    let lengths = written(whole.path()).await;
    let length = fs::metadata(log(whole.path())).unwrap().len();
    let random = std::collections::hash_map::RandomState::new();
    let cuts = (0..CUTS).map(|cut| random.hash_one(cut) % length);
    for (number, cut) in [0, 31, length].into_iter().chain(cuts).enumerate() {
        let given = Given::new().hook("a", "falter", CREATED).journal(|_| {});
        copy_journal(whole.path(), &given.data());
        let mut file = OpenOptions::new().write(true).open(log(&given.data())).unwrap();
        file.set_len(cut).unwrap();
        if number % 2 == 0 {
            // The last sector holds something else.
            file.seek(SeekFrom::Start(cut)).unwrap();
            file.write_all(&[0xa5; 512]).unwrap();
        }
        let kept: Vec<String> =
            (0..EVENTS).filter(|event| lengths[*event] <= cut).map(|event| format!("e{event}")).collect();
        let world = given.start().await;
        let given_to_a = || world.log_of("a").len();
        until(format!("cut at {cut}: everything is delivered"), || {
            let ledger = Ledger::live(&world.given().data());
            ledger.pending() == 0 && given_to_a() == ledger.events.len()
        })
        .await;
        let lines = world.log_of("a");
        for event in &kept {
            let line = format!("info: given {event} 1");
            assert_eq!(lines.iter().filter(|known| **known == line).count(), 1, "cut at {cut}: {lines:?}");
        }
        world.created().id("new").data("{}").await;
        world.until_log("a", "given new 1").await;
    }
}
