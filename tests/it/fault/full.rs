//! A disk that is full: told events are refused as such, and nothing that was written is damaged.

use super::{asks_go_on, given, journal, numbered, service, small, teller};
use serde_json::json;
use std::fs::{self, File};
use std::io::Write as _;
use tenterhook_tests::{Disk, Ledger, Numbered, Request, Told, agent, integrity, until};

/// Sixty of them fill a megabyte.
fn large(number: u64) -> Numbered {
    numbered(number, json!({ "number": number, "rest": "x".repeat(16 << 10) }))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_full_disk_told_events_are_refused_and_asks_go_on_until_there_is_space_again() {
    let Some(disk) = Disk::of("6m") else { return };
    let ballast = disk.path().join("ballast");
    fs::write(&ballast, vec![0; 3 << 20]).unwrap();
    let (given, teller, agent) = (given(), teller(large), agent());
    let served = service(&given).env("TENTERHOOK_DATA", disk.path()).serves();
    let tell = || teller.tell(&agent, served.address());
    let refused = (0..400).find_map(|_| match tell() {
        Told::Refused(status) => Some(status),
        Told::Receipt => None,
        Told::Nobody => panic!("the service is gone"),
    });
    assert_eq!(refused, Some(507));
    asks_go_on(&served);
    // What is small may fit in again after a moment, and then it is not full until the next large one.
    until("the journal is said to be full", || {
        tell();
        journal(&served) == "full"
    })
    .await;
    fs::remove_file(ballast).unwrap();
    until("the journal is written again", || journal(&served) == "written").await;
    assert!(matches!(tell(), Told::Receipt));
    until("everything is delivered", || Ledger::live(disk.path()).pending() == 0).await;
    served.signal("TERM");
    let (_, said) = served.ends();
    assert_eq!(integrity(disk.path()), "ok");
    teller.life(&said, Ledger::of(disk.path()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_journal_that_finds_no_room_at_the_start_is_opened_once_there_is_some() {
    let Some(disk) = Disk::of("6m") else { return };
    let (given, teller, agent) = (given(), teller(small), agent());
    // It keeps state, for which there is no place yet.
    let keeps = "on = [{ event = 'cloud.pre_delete', option = 'ANY' }]\ngrants.keyvalue = true";
    let given = given.hook("b", "keep", keeps);
    let ballast = disk.path().join("ballast");
    let mut file = File::create(&ballast).unwrap();
    while file.write_all(&[0; 512]).is_ok() {}
    drop(file);
    let served = service(&given).env("TENTERHOOK_DATA", disk.path()).serves();
    assert!(matches!(teller.tell(&agent, served.address()), Told::Refused(503 | 507)));
    asks_go_on(&served);
    assert_eq!(Request::get("/readyz").to(&served).is(200).json()["unavailable"], 1);
    served.says("it is tried again every two seconds");
    fs::remove_file(ballast).unwrap();
    until("the journal is open", || journal(&served) == "written").await;
    served.says("told events are taken in");
    assert!(matches!(teller.tell(&agent, served.address()), Told::Receipt));
    until("everything is delivered", || Ledger::live(disk.path()).pending() == 0).await;
    served.signal("TERM");
    let (_, said) = served.ends();
    assert_eq!(integrity(disk.path()), "ok");
    teller.life(&said, Ledger::of(disk.path()));
}
