//! A disk that is full: told events are refused as such, and nothing that was written is damaged.

use super::{asks_go_on, given, journal, numbered, service, teller};
use serde_json::json;
use std::fs;
use tenterhook_tests::{Disk, Ledger, Numbered, Told, agent, integrity, until};

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
