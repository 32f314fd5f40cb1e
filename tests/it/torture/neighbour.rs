//! Neighbours: hooks that use all that they may take nothing from one that is asked beside them.

use super::made::{self, Made, body, forever};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use tenterhook_tests::Given;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hooks_that_never_end_do_not_fail_an_innocent_one() {
    let spin = Made {
        handle: body(0, |code| {
            forever(code);
            code.unreachable();
        }),
        ..Made::new()
    }
    .component();
    let mut given = Given::new();
    for n in 0..8 {
        let toml = made::TOML
            .replace("'20s'", "'50ms'\nfuel = 1_000_000_000_000")
            .replace("priority = 5", &format!("priority = {n}"));
        given = given.file(&format!("spin{n}.wasm"), &spin).toml(&format!("spin{n}"), &toml);
    }
    // Its own deadline and failure policy: a single failure would be a veto.
    let tax = "name = 'tax'\ntype = 'cloud'\npriority = 1\n[[on]]\nevent = 'cloud.pre_payment'\n[limits]\ndeadline = '2s'\n";
    let given = given.file("innocent.wasm", Made::new().component()).toml("innocent", tax);
    let world = Arc::new(given.start().await.without_problems());
    let (stop, spun) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let firing = tokio::spawn({
        let (world, stop, spun) = (Arc::clone(&world), Arc::clone(&stop), Arc::clone(&spun));
        async move {
            while !stop.load(Ordering::Relaxed) {
                let answer = world.create().subject("s").await;
                // Each runs to its deadline; one subject trips none.
                let late = answer.outcome.trail.iter().filter(|line| line.failure.is_some()).count();
                assert_eq!(late, 8, "{:#?}", answer.outcome.trail);
                spun.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    for _ in 0..200 {
        world.ask("cloud.pre_payment").await.accepted().trail(&["innocent accept"]);
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    stop.store(true, Ordering::Relaxed);
    firing.await.unwrap();
    assert!(spun.load(Ordering::Relaxed) > 0, "the others never ran");
}
