//! A bit of the database that flips is said, or harms nothing. No hook is ever given what was not told.

use super::{CREATED, without_component};
use rusqlite::Connection;
use std::collections::BTreeSet;
use std::fs;
use std::hash::BuildHasher;
use std::path::Path;
use tempfile::TempDir;
use tenterhook_tests::{Ask, DATABASE, Given, World, copy_journal, until};

const EVENTS: usize = 8;
const PAGE: usize = 4096;

/// The hook `a` gets everything after the flip, `b` had it before.
fn given() -> Given {
    Given::new().hook("b", "see", CREATED).journal(|_| {})
}

fn tell(world: &World, number: usize) -> Ask {
    let event = world.created().id(&format!("e{number}")).subject(&format!("s{}", number % 3));
    event.data(format!(r#"{{"number":{number},"rest":"{}"}}"#, "text ".repeat(40)))
}

/// The bytes of a database with some events, all in one file.
async fn database() -> Vec<u8> {
    let world = without_component(given(), "a").start().await;
    for number in 0..EVENTS {
        tell(&world, number).await;
    }
    until("b has all", || world.log_of("b").len() == EVENTS).await;
    let folder = TempDir::new().unwrap();
    until("all is on record", || {
        copy_journal(&world.given().data(), folder.path());
        let connection = Connection::open(folder.path().join(DATABASE)).unwrap();
        let done = connection.query_row("SELECT count(*) FROM log", [], |row| row.get::<_, u32>(0));
        done.is_ok_and(|done| done as usize == EVENTS)
    })
    .await;
    let connection = Connection::open(folder.path().join(DATABASE)).unwrap();
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    drop(connection);
    fs::read(folder.path().join(DATABASE)).unwrap()
}

/// A host on a database of these bytes, if it starts.
async fn start(bytes: &[u8]) -> Result<World, String> {
    let given = given().hook("a", "see", CREATED);
    write(&given.data(), bytes);
    given.try_start().await
}

fn write(data: &Path, bytes: &[u8]) {
    fs::write(data.join(DATABASE), bytes).unwrap();
}

fn lines(world: &World, hook: &str) -> BTreeSet<String> {
    world.log_of(hook).into_iter().collect()
}

fn damages(world: &World) -> u64 {
    world.host.journal_health().unwrap().damages
}

/// Bits to flip: some of the file's head, and some of every page, where it holds something.
fn bits(bytes: &[u8]) -> Vec<(usize, u32)> {
    let random = std::collections::hash_map::RandomState::new();
    let random = |n: usize, below: usize| usize::try_from(random.hash_one(n) % below as u64).unwrap();
    let head = (0..4).map(|n| random(n, 100));
    let pages = (0..3 * bytes.len() / PAGE).filter_map(|n| {
        let page = n / 3 * PAGE;
        let from = page + random(n + 100, PAGE);
        (from..page + PAGE).chain(page..from).find(|place| bytes[*place] != 0)
    });
    head.chain(pages).enumerate().map(|(n, place)| (place, u32::try_from(random(n, 8)).unwrap())).collect()
}

#[tokio::test]
async fn a_bit_that_flips_anywhere_in_the_database_is_said_or_harms_nothing() {
    let bytes = database().await;
    let world = start(&bytes).await.unwrap();
    until("a has all", || world.log_of("a").len() == EVENTS).await;
    let whole = lines(&world, "a");
    drop(world);
    let bits = bits(&bytes);
    let (all, mut refused, mut said) = (bits.len(), 0, 0);
    for (place, bit) in bits {
        let mut flipped = bytes.clone();
        flipped[place] ^= 1 << bit;
        let at = format!("bit {bit} of byte {place} flipped");
        let world = start(&flipped).await.unwrap();
        // Where it cannot be used at all, that is said.
        if world.host.journal_health().unwrap().trouble.is_some() {
            refused += 1;
            continue;
        }
        until(format!("{at}: a has all, or it is said"), || {
            world.log_of("a").len() >= EVENTS || damages(&world) > 0
        })
        .await;
        let got = lines(&world, "a");
        assert!(got.is_subset(&whole), "{at}: {got:?} of {whole:?}");
        assert!(lines(&world, "b").is_empty() || damages(&world) > 0, "{at}: b was given something again");
        for number in 0..EVENTS {
            let again = tell(&world, number).fire().await;
            let known = again.as_ref().is_ok_and(|outcome| outcome.receipt.as_ref().unwrap().repeated);
            if !known {
                until(format!("{at}: {again:?} is said"), || damages(&world) > 0).await;
            }
        }
        said += u32::from(damages(&world) > 0);
    }
    println!("{all} bits flipped: {refused} journals could not be used, {said} said what is damaged");
}
