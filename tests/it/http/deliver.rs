//! Told events reach a target at least once, when it wants them, and not where it is gone.

use super::Toml;
use crate::access::{serve, tenterhook, token};
use std::net::TcpListener;
use std::time::{Duration, SystemTime};
use tenterhook::outcome::Failure;
use tenterhook::store::DeliveryState;
use tenterhook::view::{DeliveriesSearch, DeliveryView, LogSearch};
use tenterhook_tests::{Given, Request, Target, World, until};

fn told(target: &str, retries: &[Duration]) -> Given {
    let given = Given::new().toml("a", &Toml::of(target).text());
    given.journal(|rules| rules.retries = retries.to_vec())
}

const SOON: [Duration; 3] = [Duration::from_millis(50); 3];

/// What is owed to the hook and not delivered.
async fn owed(world: &World) -> Vec<DeliveryView> {
    world.host.deliveries(&DeliveriesSearch::default()).await.unwrap().deliveries
}

/// Waits until what is owed is so.
async fn until_owed(world: &World, what: &str, is: impl Fn(&[DeliveryView]) -> bool) {
    let began = SystemTime::now();
    loop {
        let owed = owed(world).await;
        if is(&owed) {
            return;
        }
        assert!(began.elapsed().unwrap() < Duration::from_secs(20), "waited in vain until {what}: {owed:?}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test]
async fn a_delivery_that_failed_is_sent_again_as_the_same_message_and_then_no_more() {
    let target = Target::new(Target::ACCEPTS);
    target.answers(|got| match got.header("tenterhook-attempt") {
        Some("1") => Target::answer("500 Oh", "text/plain", "not now"),
        _ => Target::ACCEPTS.into(),
    });
    let world = told(&target.url(), &SOON).start().await.without_problems();
    world.created().id("e1").await;
    until_owed(&world, "it is delivered", <[_]>::is_empty).await;
    let got = target.got();
    let of = |name: &str| got.iter().map(|got| got.has(name).to_owned()).collect::<Vec<_>>();
    assert_eq!(
        (of("tenterhook-attempt"), of("tenterhook-mode")),
        (vec!["1".into(), "2".into()], vec!["tell".into(); 2])
    );
    assert_eq!(of("webhook-id")[0], of("webhook-id")[1]);
    // What it answered stands in the execution log (F15).
    let log = world.host.log(&LogSearch::default()).await.unwrap().executions;
    let said: Vec<_> = log.iter().map(|line| (line.failure, line.message.as_deref().unwrap())).collect();
    let expected = [
        (None, "it answered 204 No Content"),
        (Some(Failure::Error), "it answered 500 Internal Server Error: not now"),
    ];
    assert_eq!(said, expected);
}

#[tokio::test]
async fn a_target_that_was_down_gets_the_event_once_when_it_is_up() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap().to_string();
    drop(free);
    let world = told(&address, &[Duration::from_millis(20); 2000]).start().await.without_problems();
    world.created().id("e1").await;
    until_owed(&world, "an attempt has failed", |owed| {
        owed[0].reason.as_ref().is_some_and(|reason| reason.contains("it cannot be reached"))
    })
    .await;
    let target = Target::at(&address, Target::ACCEPTS);
    until_owed(&world, "it is delivered", <[_]>::is_empty).await;
    assert_eq!(target.got().len(), 1);
}

#[tokio::test]
async fn of_a_told_event_any_success_without_a_body_will_do() {
    let target = Target::new(Target::ACCEPTS);
    let world = Given::new().toml("a", &Toml::of(&target.url()).text()).start().await.without_problems();
    for (status, body, expected) in [
        ("202 Accepted", "", "a accept"),
        ("201 Created", "", "a accept"),
        ("202 Accepted", "{}", "a accept"),
        ("202 Accepted", r#"{"veto":{"code":"a","reason":"b"}}"#, "a veto"),
        ("202 Accepted", "queued", "a failed:invalid"),
        ("200 OK", "", "a failed:invalid"),
        ("200 OK", r#"{"amend":{}}"#, "a failed:power"),
        ("304 Not Modified", "", "a failed:error"),
    ] {
        target.answers(move |_| Target::answer(status, "application/json", body));
        world.created().await.trail(&[expected]);
    }
}

#[tokio::test]
async fn a_target_says_when_it_is_to_be_tried_again() {
    let target = Target::new(Target::ACCEPTS);
    let busy = "HTTP/1.1 503 Service Unavailable\r\nretry-after: 3600\r\ncontent-length: 0\r\n\r\n";
    target.answers(move |_| busy.into());
    // The first of January 2030, all day long.
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_893_456_000);
    let world = told(&target.url(), &SOON).clock(move || now).start().await.without_problems();
    world.created().await;
    until_owed(&world, "an attempt has failed", |owed| owed[0].attempts == 1).await;
    let due = owed(&world).await[0].due.clone().unwrap();
    assert!(due.starts_with("2030-01-01T01:00:00"), "{due}");
}

#[tokio::test]
async fn a_target_that_is_gone_stops_the_hook_until_it_is_resumed() {
    let target = Target::new(Target::ACCEPTS);
    target.answers(|_| Target::answer("410 Gone", "text/plain", "moved away"));
    let world = told(&target.url(), &SOON).start().await.without_problems();
    world.created().id("e1").await;
    let waits = |owed: &[DeliveryView]| owed.iter().all(|one| one.state == DeliveryState::Waiting);
    until_owed(&world, "it waits", waits).await;
    let gone = "its target answered 410, that it is gone: the hook is not run until it is resumed";
    assert_eq!(owed(&world).await[0].reason.as_deref(), Some(gone));
    world.created().id("e2").await;
    until_owed(&world, "both wait", |owed| owed.len() == 2 && waits(owed)).await;
    world.create().await.failed("a", Failure::Tripped, gone).vetoed_by("a", "hook_failed");
    assert_eq!(target.got().len(), 1, "nothing more is sent");
    // A restart changes nothing.
    target.answers(|_| Target::ACCEPTS.into());
    let world = world.stop().start().await;
    let hook = world.host.roster().hook("a").cloned().unwrap();
    assert_eq!((hook.is_tripped(), hook.stopped()), (true, Some(gone)));
    world.create().await.failed("a", Failure::Tripped, gone);
    assert!(world.host.resume("a").unwrap() && !world.host.resume("a").unwrap());
    until_owed(&world, "all is delivered", <[_]>::is_empty).await;
    assert_eq!(target.got().len(), 3);
    world.create().await.accepted();
}

#[tokio::test]
async fn whoever_changes_a_stopped_hook_or_puts_it_to_rest_has_resumed_it() {
    let target = Target::new(Target::ACCEPTS);
    let gone = |target: &Target| target.answers(|_| Target::answer("410 Gone", "text/plain", ""));
    gone(&target);
    let url = target.url();
    let world = told(&url, &SOON).start().await.without_problems();
    let stopped = || world.host.roster().hook("a").is_some_and(|hook| hook.stopped().is_some());
    let put = async |top: &str| {
        let toml = Toml { top, ..Toml::of(&url) }.text();
        std::fs::write(world.given().hooks().join("a.toml"), toml).unwrap();
        world.host.reload().await.unwrap();
    };
    world.created().id("e1").await;
    until("it is stopped", stopped).await;
    put("priority = 1\nstatus = 'disabled'").await;
    assert!(!stopped());
    put("priority = 1").await;
    until("it is stopped again", stopped).await;
    target.answers(|_| Target::ACCEPTS.into());
    put("priority = 2").await;
    until_owed(&world, "it is delivered", <[_]>::is_empty).await;
    assert!(!stopped());
}

#[test]
fn a_stopped_hook_is_seen_and_resumed_from_outside() {
    let target = Target::new(Target::ACCEPTS);
    target.answers(|_| Target::answer("410 Gone", "text/plain", ""));
    let given = Given::new().toml("crm", &Toml::of(&target.url()).text());
    let admin = token(&given, &["--scope", "admin,fire,read"]);
    let served = serve(&given, &[]);
    let event =
        r#"{"specversion":"1.0","id":"1","type":"cloud.post_create","source":"s","option":"DISK","data":{}}"#;
    Request::post("/v1/events", event).bearer(&admin).to(&served).is(202);
    let get = |path: &str| Request::get(path).bearer(&admin).to(&served);
    let began = SystemTime::now();
    while get("/v1/hooks/crm").is(200).json()["stopped"].is_null() {
        assert!(began.elapsed().unwrap() < Duration::from_secs(20));
        std::thread::sleep(Duration::from_millis(5));
    }
    let problems = get("/v1/problems").is(200).json().to_string();
    assert!(problems.contains("answered 410") && problems.contains("hooks resume crm"), "{problems}");
    let ready = get("/readyz").json();
    assert_eq!((&ready["status"], &ready["tripped"]), (&"degraded".into(), &1.into()), "{ready}");
    let address = served.address().to_owned();
    let command = |args: &[&str]| {
        let run = tenterhook(&given, args).args(["--to", &address]).env("TENTERHOOK_TOKEN", &admin);
        run.ends()
    };
    command(&["hooks"]).exits(0).shows("http http://127.0.0.1:").shows("stopped: its target answered 410");
    command(&["hooks", "show", "crm"]).exits(0).shows("its target answered 410").shows("127.0.0.1/32");
    target.answers(|_| Target::ACCEPTS.into());
    command(&["hooks", "resume", "crm"]).exits(0).prints("crm is resumed\n");
    command(&["hooks", "resume", "crm"]).exits(2).says("neither rests nor is stopped");
    let began = SystemTime::now();
    while target.got().len() < 2 {
        assert!(began.elapsed().unwrap() < Duration::from_secs(20));
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(get("/v1/hooks/crm").is(200).json()["stopped"].is_null());
}

#[tokio::test]
async fn what_is_disabled_waits_and_what_is_archived_is_not_sent() {
    let target = Target::new(Target::ACCEPTS);
    let url = target.url();
    let world = told(&url, &SOON).start().await.without_problems();
    let put = async |status: &str| {
        let top = format!("priority = 1\nstatus = '{status}'");
        let toml = Toml { top: &top, ..Toml::of(&url) }.text();
        std::fs::write(world.given().hooks().join("a.toml"), toml).unwrap();
        world.host.reload().await.unwrap();
    };
    put("disabled").await;
    world.create().await.accepted().trail(&[]);
    put("archived").await;
    world.created().await;
    world.create().await.accepted().trail(&[]);
    put("enabled").await;
    world.create().await.accepted().trail(&["a accept"]);
    assert_eq!(target.got().len(), 1);
}
