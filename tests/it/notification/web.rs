//! Targets with a URL: any success says that the event is delivered, and nothing is a verdict.

use super::toml;
use std::time::Duration;
use tenterhook::outcome::Failure::Error;
use tenterhook_tests::{Given, Target, until};

const HERE: &str = "grants.networks = ['127.0.0.1']";

#[tokio::test]
async fn any_success_is_a_delivery_and_no_verdict() {
    let target = Target::json(r#"{"veto":{"code":"full","reason":"no room"}}"#);
    let world = Given::new().toml("a", &toml(&target.url(), HERE)).start().await.without_problems();
    world.create().id("e-1").await.accepted().trail(&["a accept"]).says("a", "it answered 200 OK");
    world.created().id("e-2").await.accepted().trail(&["a accept"]);
    let got = target.got();
    assert_eq!(got.len(), 2, "{got:?}");
    assert_eq!(got[0].json()["id"], "e-1");
    assert_eq!(got[0].has("content-type"), "application/cloudevents+json; charset=utf-8");
    target.answers(|_| Target::answer("202 Accepted", "text/html", "<p>thanks"));
    world.create().await.accepted().trail(&["a accept"]);
}

#[tokio::test]
async fn what_is_no_success_has_failed_and_is_sent_again() {
    let target = Target::new(Target::answer("503 Service Unavailable", "text/plain", "later"));
    let given = Given::new().journal(|rules| rules.retries = vec![Duration::from_millis(10); 500]);
    let world = given.toml("a", &toml(&target.url(), HERE)).start().await.without_problems();
    world.create().await.failed("a", Error, "it answered 503 Service Unavailable: later");
    world.created().id("e-1").await;
    until("it was sent again", || target.got().len() > 2).await;
    target.answers(|_| Target::ACCEPTS.into());
    let delivered = || {
        let ledger = tenterhook_tests::Ledger::live(&world.given().data());
        let delivery = ledger.deliveries.get(&("a".into(), "e-1".into()));
        delivery.is_some_and(|(stands, _)| *stands == tenterhook_tests::Stands::Delivered)
    };
    until("it is delivered", delivered).await;
    let ids: std::collections::HashSet<String> =
        target.got()[1..].iter().map(|got| got.has("webhook-id").to_owned()).collect();
    assert_eq!(ids.len(), 1, "the target can tell that it is the same");
}

#[tokio::test]
async fn it_is_signed_and_reaches_nothing_that_is_not_granted() {
    let target = Target::new(Target::ACCEPTS);
    let signed = format!("{HERE}\nproperties.signing = {{ secret = 'crm' }}");
    let given = Given::new().secret("crm", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    let world = given.toml("a", &toml(&target.url(), &signed)).start().await.without_problems();
    world.create().await.accepted();
    assert!(target.last().has("webhook-signature").starts_with("v1,"), "{:?}", target.last());
    let closed = Given::new().toml("a", &toml(&target.url(), "")).start().await;
    closed.create().await.vetoed_by("a", "hook_failed");
    assert_eq!(target.got().len(), 1);
}

#[tokio::test]
async fn everything_wrong_with_a_target_is_said_at_load() {
    let toml = "class = 'notification'\nname = 'Told'\ntype = 'cloud'\npriority = 1\n\
                on = [{ event = 'cloud.post_create' }]\n[properties]\ntarget = 'ftp://x'\nformt = 'x'\njetstream = true\n";
    let world = Given::new().toml("a", toml).start().await;
    let problems = world.problems().join("\n");
    for said in [
        "a.toml:7: target: it is neither http nor https",
        "a.toml:8: a notification has no property \"formt\", did you mean \"format\"?",
        "a.toml:9: the property \"jetstream\" means nothing to this target",
    ] {
        assert!(problems.contains(said), "{said} in\n{problems}");
    }
}
