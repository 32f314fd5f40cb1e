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

/// A host on a journal whose log something happened to at this place: what was whole before it is delivered, once, and
/// everything else that is delivered was told.
async fn goes_on(whole: &Path, lengths: &[u64], spoilt: u64, spoil: impl FnOnce(&Path)) {
    let given = Given::new().hook("a", "falter", CREATED).journal(|_| {});
    copy_journal(whole, &given.data());
    spoil(&log(&given.data()));
    let kept: Vec<String> =
        (0..EVENTS).filter(|event| lengths[*event] <= spoilt).map(|event| format!("e{event}")).collect();
    let world = given.start().await;
    let given_to_a = || world.log_of("a").len();
    until(format!("spoilt at {spoilt}: everything is delivered"), || {
        let ledger = Ledger::live(&world.given().data());
        ledger.pending() == 0 && given_to_a() == ledger.events.len()
    })
    .await;
    let lines = world.log_of("a");
    for event in &kept {
        let line = format!("info: given {event} 1");
        assert_eq!(lines.iter().filter(|known| **known == line).count(), 1, "spoilt at {spoilt}: {lines:?}");
    }
    let told = |line: &String| (0..EVENTS).any(|event| *line == format!("info: given e{event} 1"));
    assert!(lines.iter().all(told), "spoilt at {spoilt}: {lines:?}");
    world.created().id("new").data("{}").await;
    world.until_log("a", "given new 1").await;
}

#[tokio::test]
async fn a_byte_that_flips_in_the_log_ends_it_there_and_is_never_used() {
    let whole = TempDir::new().unwrap();
    let lengths = written(whole.path()).await;
    let length = fs::metadata(log(whole.path())).unwrap().len();
    let random = std::collections::hash_map::RandomState::new();
    for place in (0..CUTS).map(|number| random.hash_one(number) % length) {
        let flip = |log: &Path| {
            let mut bytes = fs::read(log).unwrap();
            bytes[usize::try_from(place).unwrap()] ^= 0x10;
            fs::write(log, bytes).unwrap();
        };
        goes_on(whole.path(), &lengths, place, flip).await;
    }
}

#[tokio::test]
async fn a_journal_that_was_cut_off_anywhere_has_what_was_whole() {
    let whole = TempDir::new().unwrap();
    let lengths = written(whole.path()).await;
    let length = fs::metadata(log(whole.path())).unwrap().len();
    let random = std::collections::hash_map::RandomState::new();
    let cuts = (0..CUTS).map(|cut| random.hash_one(cut) % length);
    for (number, cut) in [0, 31, length].into_iter().chain(cuts).enumerate() {
        let spoil = |log: &Path| {
            let mut file = OpenOptions::new().write(true).open(log).unwrap();
            file.set_len(cut).unwrap();
            if number % 2 == 0 {
                // The last sector holds something else.
                file.seek(SeekFrom::Start(cut)).unwrap();
                file.write_all(&[0xa5; 512]).unwrap();
            }
        };
        goes_on(whole.path(), &lengths, cut, spoil).await;
    }
}
