//! An application that embeds the host reads the log, and resends and drops dead letters, without its HTTP door.

use super::{at_once, lines};
use std::time::{Duration, Instant};
use tenterhook::outcome::TrailVerdict;
use tenterhook::store::DeliveryState;
use tenterhook::view::{DeliveriesSearch, DeliveryView, JournalError, LogSearch};
use tenterhook_tests::{Given, World};

/// The dead letters, once there are so many.
async fn dead(world: &World, count: usize) -> Vec<DeliveryView> {
    let mut search = DeliveriesSearch::default();
    search.state = Some("dead".into());
    let began = Instant::now();
    loop {
        let found = world.host.deliveries(&search).await.unwrap().deliveries;
        if found.len() == count {
            return found;
        }
        assert!(began.elapsed() < Duration::from_secs(30), "{found:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn an_embedder_reads_the_log_and_settles_dead_letters() {
    let world = at_once(Given::new().hook("a", "by-event", "")).start().await;
    world.created().id("veto-1").data(r#"{"cpu":4}"#).await;
    world.created().id("fail-1").await;
    let letters = dead(&world, 2).await;
    let letter = |id: &str| letters.iter().find(|letter| letter.event_id.as_deref() == Some(id)).unwrap().id;
    let (vetoed, failed) = (letter("veto-1"), letter("fail-1"));

    let mut search = LogSearch::default();
    search.status = Some("failed".into());
    let failures = world.host.log(&search).await.unwrap().executions;
    let attempts: Vec<u32> = failures.iter().map(|execution| execution.attempt).collect();
    assert_eq!(attempts, [4, 3, 2, 1], "the newest first");
    assert_eq!((failures[0].delivery, failures[0].status), (Some(failed), TrailVerdict::Failed));
    let execution = world.host.execution(failures[0].id).await.unwrap().unwrap();
    assert_eq!((execution.execution.hook.as_str(), execution.sent.unwrap().id.as_str()), ("a", "fail-1"));
    let delivery = world.host.delivery(vetoed).await.unwrap().unwrap();
    assert_eq!((delivery.attempts.len(), delivery.sent.unwrap().data()), (1, Some(r#"{"cpu":4}"#)));

    assert_eq!(world.host.resend(failed).await.unwrap().state, DeliveryState::Pending);
    lines(&world, "a", 9).await;
    dead(&world, 2).await;
    world.host.drop_letter(vetoed).await.unwrap();
    assert_eq!(dead(&world, 1).await[0].id, failed);
    assert_eq!(world.host.resend_all("a").await, Ok(1));
    assert_eq!(world.host.drop_letter(vetoed).await, Err(JournalError::Unknown(vetoed)));
}

#[tokio::test]
async fn an_embedder_is_told_what_is_wrong_with_a_search_and_with_a_host_without_journal() {
    let world = at_once(Given::new()).start().await;
    let mut search = LogSearch::default();
    (search.status, search.from) = (Some("fail".into()), Some("yesterday".into()));
    match world.host.log(&search).await {
        Err(JournalError::Search(problems)) => assert_eq!(problems.len(), 2, "{problems:?}"),
        other => panic!("{other:?}"),
    }
    assert!(world.host.execution(1).await.unwrap().is_none());
    assert!(world.host.delivery(1).await.unwrap().is_none());
    let world = Given::new().start().await;
    let missing = world.host.log(&LogSearch::default()).await.unwrap_err();
    assert_eq!(missing, JournalError::Missing);
}
