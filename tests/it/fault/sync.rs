//! Writes and syncs that fail: no receipt for what may not be on disk.

use super::{asks_go_on, given, journal, service, small, teller};
use tenterhook_tests::{Failing, Ledger, Told, agent, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_write_or_a_sync_that_failed_nobody_gets_a_receipt_until_they_work_again() {
    let (given, teller, agent) = (given(), teller(small), agent());
    let served = service(&given).serves();
    let tell = || teller.tell(&agent, served.address());
    for calls in ["fdatasync,fsync", "pwrite64"] {
        for nth in 1..=3 {
            assert!(matches!(tell(), Told::Receipt));
            let Some(failing) = Failing::calls(served.id(), calls, nth) else { return };
            // Every event is a sync at least.
            let refused = (0..20).find_map(|_| match tell() {
                Told::Refused(status) => Some(status),
                Told::Receipt => None,
                Told::Nobody => panic!("the service is gone"),
            });
            assert_eq!(refused, Some(503), "{calls} fails from the {nth}th on");
            assert!(matches!(tell(), Told::Refused(503)));
            assert_eq!(journal(&served), "failed");
            asks_go_on(&served);
            drop(failing);
            until("the journal is written again", || journal(&served) == "written").await;
            assert!(matches!(tell(), Told::Receipt));
        }
    }
    until("everything is delivered", || Ledger::live(&given.data()).pending() == 0).await;
    served.signal("TERM");
    let (_, said) = served.ends();
    teller.life(&said, Ledger::of(&given.data()));
}
