//! What a hook causes wakes no hook (R28–R32): in the application that embeds the host, and through the HTTP door.

mod door;
mod keys;

use crate::signed::{self, payload};
use serde_json::Value;
use tenterhook::outcome::Origin;
use tenterhook::{Event, Host, Outcome};
use tenterhook_tests::{Desk, Given, World};

/// A hook on everything that has `raise` called for the event `caused`, with more TOML.
fn raising(given: Given, id: &str, priority: i32, caused: &str, more: &str) -> Given {
    let toml = format!(
        "priority = {priority}\n{more}\n[grants]\nplatform = ['raise']\nplatform_ask = ['raise']\n\
         [properties]\nmethod = 'raise'\narguments = '{{\"event\":\"{caused}\"}}'\n"
    );
    given.hook(id, "call", &toml)
}

/// A host whose hook `a` causes such an event of every other, and an application that raises it.
async fn causing(caused: &str, given: Given) -> (Desk, World) {
    let desk = Desk::default();
    let world = raising(given, "a", 0, caused, "").platform(&desk).start().await.without_problems();
    desk.raises_at(&world.host);
    (desk, world)
}

fn origin(outcome: &Outcome) -> Option<(&str, &str)> {
    outcome.suppressed.as_ref().map(|Origin { hook, event }| (hook.as_str(), event.as_str()))
}

fn event(name: &str, source: &str, cause: &str) -> Event {
    Event::new(name, source).facet("option", "SERVER").caused_by(cause)
}

/// Why an event is refused.
async fn refused(host: &Host, event: Event) -> String {
    host.fire(event).await.unwrap_err().to_string()
}

#[tokio::test]
async fn a_hook_that_creates_something_wakes_no_hook_by_it() {
    // R28, R29
    for caused in ["cloud.post_create", "cloud.pre_create"] {
        let (desk, world) = causing(caused, Given::new().hook("b", "see", "priority = 1")).await;
        world.created().id("e1").await.trail(&["a accept", "b accept"]);
        let raised = desk.raised();
        assert_eq!((raised.len(), raised[0].trail.len()), (1, 0), "{caused}");
        assert_eq!((origin(&raised[0]), raised[0].veto()), (Some(("a", "e1")), None));
        assert_eq!(world.log_of("b").len(), 1);
    }
}

#[tokio::test]
async fn a_payment_of_a_hook_wakes_no_hook() {
    // R31
    for caused in ["cloud.pre_payment", "cloud.post_payment"] {
        let option = if caused.contains("pre") { "ANY" } else { "SUCCESS" };
        let desk = Desk::default();
        let toml =
            "[grants]\nplatform = ['raise']\n[properties]\nmethod = 'raise'\narguments = 'ARGUMENTS'\n";
        let arguments = format!(r#"{{"event":"{caused}","option":"{option}"}}"#);
        let given = Given::new().hook("a", "call", &toml.replace("ARGUMENTS", &arguments));
        let world = given.platform(&desk).start().await;
        desk.raises_at(&world.host);
        world.created().await;
        assert_eq!(world.log_of("a"), ["info: {}"]);
        assert!(desk.raised()[0].suppressed.is_some() && desk.raised()[0].trail.is_empty());
    }
}

#[tokio::test]
async fn what_a_refusal_or_a_failure_raises_wakes_no_hook() {
    // R30
    let given = Given::new().hook("a", "veto", "priority = 1").hook("b", "fail", "priority = 0");
    let see = "priority = 2\non = [{ event = 'cloud.post_exception' }]";
    let world = given.hook("c", "see", see).start().await;
    let exception = || Event::new("cloud.post_exception", "tests").facet("option", "NO_SERVER_FOUND");
    for outcome in [world.create().id("e1").await.outcome, world.created().id("e1").await.outcome] {
        let cause = outcome.cause.clone().expect("a refusal or a failure has a cause");
        let told = world.host.tell(exception().caused_by(cause)).await.unwrap();
        assert_eq!(told.trail, []);
        let hook = if outcome.veto().is_some() { "b" } else { "a" };
        assert_eq!(origin(&told), Some((hook, "e1")), "{outcome:?}");
    }
    // The same, thrown by anything else.
    assert_eq!(world.host.tell(exception()).await.unwrap().trail.len(), 3);
}

#[tokio::test]
async fn what_goes_well_has_no_cause() {
    let world = Given::new().hook("a", "accept", "").hook("b", "see", "").start().await;
    let outcome = world.create().await.outcome;
    assert_eq!((outcome.cause, outcome.suppressed), (None, None));
    let world = Given::new().hook("a", "veto", "").start().await;
    let event = Event::new("cloud.pre_create", "tests").facet("option", "SERVER");
    assert_eq!(world.host.dry_run(event).await.unwrap().cause, None);
}

#[tokio::test]
async fn the_same_action_caused_by_anything_else_at_the_same_moment_is_dispatched() {
    // R32
    let desk = Desk::default();
    let hang = "[grants]\nplatform = ['hang']\n[properties]\nmethod = 'hang'\narguments = '1'\n\
                [limits]\ndeadline = '5s'\n";
    let world =
        Given::new().hook("a", "call", hang).hook("b", "see", "on = [{ event = 'cloud.post_delete' }]");
    let world = world.platform(&desk).start().await;
    let host = world.host.clone();
    let slow = tokio::spawn(async move {
        host.tell(Event::new("cloud.post_create", "tests").facet("option", "SERVER")).await
    });
    tenterhook_tests::until("the hook calls", || !desk.calls().is_empty()).await;
    let cause = desk.calls()[0].cause.clone();
    let caused = world.host.tell(event("cloud.post_delete", "tests", &cause)).await.unwrap();
    assert_eq!(caused.trail.len(), 0);
    let other = Event::new("cloud.post_delete", "tests").facet("option", "SERVER");
    // Not hook a, which would hang here as well: the moment is that in which it runs.
    let other = tokio::time::timeout(std::time::Duration::from_secs(60), world.host.tell(other));
    let other = other.await.unwrap().unwrap();
    assert!(other.trail.iter().any(|line| &*line.hook == "b") && other.suppressed.is_none());
    slow.await.unwrap().unwrap();
}

#[tokio::test]
async fn no_guest_sees_a_cause() {
    let (desk, world) =
        causing("cloud.post_create", Given::new().hook("b", "see", "priority = 1\ncaused = 'run'")).await;
    world.created().await;
    assert_eq!(desk.raised()[0].trail.len(), 1);
    let seen = world.log_of("b");
    assert!(
        seen.len() == 2 && seen.iter().all(|line| !line.contains("v1.") && !line.contains("cause")),
        "{seen:?}"
    );
}

#[tokio::test]
async fn guards_may_see_what_hooks_cause_but_never_what_they_cause_themselves() {
    let guard = "priority = 1\ncaused = 'run'\n[properties]\ncode = 'guard'";
    let (desk, world) = causing("cloud.pre_create", Given::new().hook("g", "veto", guard)).await;
    world.created().id("e1").await;
    let raised = &desk.raised()[0];
    assert_eq!(raised.veto().map(|veto| veto.code.as_str()), Some("guard"));
    assert_eq!((origin(raised), raised.trail.len()), (Some(("a", "e1")), 1));
    // The refusal is the guard's, and it does not see what that raises.
    let cause = raised.cause.clone().unwrap();
    let next = world.host.fire(event("cloud.pre_create", "tests", &cause)).await.unwrap();
    assert_eq!((origin(&next).unwrap().0, next.trail.len(), next.veto()), ("g", 0, None));
}

#[tokio::test]
async fn hooks_that_wake_one_another_come_to_an_end() {
    // Each of six runs on what the others cause, and causes the same again.
    let desk = Desk::default();
    let mut given = Given::new();
    for id in ["a", "b", "c", "d", "e", "f"] {
        given = raising(given, id, 0, "cloud.post_create", "caused = 'run'");
    }
    let world = given.platform(&desk).start().await.without_problems();
    desk.raises_at(&world.host);
    world.created().await;
    let hooks: Vec<usize> = desk.raised().iter().map(|outcome| outcome.trail.len()).collect();
    // 6 raise on the first event, 5 others on each of those, then 4, then 3; what is four deep wakes nobody.
    assert_eq!(hooks.len(), 6 + 6 * 5 + 6 * 5 * 4 + 6 * 5 * 4 * 3);
    assert_eq!(hooks.iter().max(), Some(&5));
    assert_eq!(hooks.iter().filter(|hooks| **hooks == 0).count(), 6 * 5 * 4 * 3);
}

#[tokio::test]
async fn a_cause_counts_for_its_source_and_tenant_and_on_every_event_of_theirs() {
    let (desk, world) = causing("cloud.post_delete", Given::new()).await;
    world.created().tenant("t1").await;
    let cause = desk.calls()[0].cause.clone();
    let host = &world.host;
    let own = |name: &str| event(name, "tests", &cause).attribute("tenant", "t1");
    assert!(refused(host, event("cloud.post_create", "tests", &cause)).await.contains("of another tenant"));
    let foreign = own("cloud.post_create").attribute("tenant", "t2");
    assert!(refused(host, foreign).await.contains("of another tenant"));
    let foreign = event("cloud.post_create", "elsewhere", &cause).attribute("tenant", "t1");
    assert!(refused(host, foreign).await.contains("of another source"));
    // An action raises many events: the token is bound to what caused them, not to their name.
    for name in ["cloud.post_create", "cloud.post_delete", "cloud.pre_create"] {
        assert!(host.fire(own(name)).await.unwrap().suppressed.is_some(), "{name}");
    }
}

#[tokio::test]
async fn a_forged_or_altered_cause_is_refused_and_switches_no_guard_off() {
    let (desk, world) = causing("cloud.post_delete", Given::new().hook("g", "veto", "priority = 1")).await;
    world.created().await;
    let cause = desk.calls()[0].cause.clone();
    let mut altered = cause.clone().into_bytes();
    let middle = altered.len() / 2;
    altered[middle] = if altered[middle] == b'A' { b'B' } else { b'A' };
    let altered = String::from_utf8(altered).unwrap();
    let (_, elsewhere) = causing("cloud.post_delete", Given::new()).await;
    let foreign = elsewhere.created().await;
    drop(foreign);
    for forged in
        ["", "v1", "v1.00000000.e30.AAAA", &altered, &cause[1..], &format!("{cause}="), &"v1.".repeat(10_000)]
    {
        for name in ["cloud.pre_create", "cloud.post_create"] {
            let why = refused(&world.host, event(name, "tests", forged)).await;
            assert!(why.contains("the cause is none that this host signed"), "{forged}: {why}");
        }
    }
    // Another host's is forged here.
    let why = refused(&elsewhere.host, event("cloud.pre_create", "tests", &cause)).await;
    assert!(why.contains("the cause is none that this host signed"), "{why}");
}

#[tokio::test]
async fn an_old_cause_counts_on_told_events_only() {
    let world = Given::new().hook("g", "veto", "").start().await;
    let cause = world.create().id("e1").await.outcome.cause.unwrap();
    let said = payload(&cause);
    assert_eq!(said["hooks"], serde_json::json!(["g"]));
    assert_eq!(
        (&said["event"], &said["source"], &said["tenant"]),
        (&"e1".into(), &"tests".into(), &Value::Null)
    );
    let keys = std::fs::read_to_string(world.given().data().join("cause.keys")).unwrap();
    assert_eq!(signed::cause(&keys, &said.to_string()).split('.').count(), 4);
    for (minutes, counts) in [(0, true), (14, true), (16, false), (60 * 24 * 80, false)] {
        let mut old = said.clone();
        old["issued"] = (said["issued"].as_i64().unwrap() - minutes * 60).into();
        let old = signed::cause(&keys, &old.to_string());
        let asked = world.host.ask(event("cloud.pre_create", "tests", &old)).await;
        match counts {
            true => assert!(asked.unwrap().suppressed.is_some()),
            false => assert!(asked.unwrap_err().to_string().contains("older than 15 minutes")),
        }
        let told = world.host.tell(event("cloud.post_create", "tests", &old)).await.unwrap();
        assert_eq!((origin(&told), told.trail.len()), (Some(("g", "e1")), 0), "{minutes} minutes");
    }
}

#[tokio::test]
async fn what_a_hook_causes_while_it_is_initialised_wakes_none_either() {
    // R28, R114
    let desk = Desk::default();
    let toml = "type = 'charging.engine'\non = [{ event = 'charging.engine.initialisation' }]\n\
                [grants]\nplatform = ['echo']\n[properties]\nmethod = 'echo'\narguments = '1'\n";
    let world = Given::new().hook("a", "call", toml).hook("b", "see", "").platform(&desk).start().await;
    let cause = desk.calls()[0].cause.clone();
    let caused = world.host.tell(event("cloud.post_create", "orchestrator", &cause)).await.unwrap();
    assert_eq!((origin(&caused).unwrap().0, caused.trail.len()), ("a", 0));
}

#[tokio::test]
async fn a_guard_that_cannot_load_still_guards_what_hooks_cause() {
    let guard = "priority = 1\ncaused = 'run'\non = [{ event = 'cloud.pre_create' }]\n";
    let (_, world) = causing("cloud.pre_create", Given::new().hook("g", "accept", guard)).await;
    let given = world.stop().forgetting("g").file("g.wasm", "garbage");
    let desk = Desk::default();
    let world = given.file("g.toml", "priority = ").platform(&desk).start().await;
    desk.raises_at(&world.host);
    world.created().await;
    let raised = &desk.raised()[0];
    assert_eq!(raised.veto().map(|veto| &*veto.hook), Some("g"), "{raised:?}");
}
