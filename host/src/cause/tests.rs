//! Which tokens count, when and for whom.

use super::*;

const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

fn key(seed: u8, made: Timestamp) -> Key {
    Key::new([seed; 36], made)
}

fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

fn keyring() -> Keyring {
    Keyring::default().rotated(key(1, NOW), NOW)
}

fn event() -> Event {
    Event::new("cloud.post_create", "shop").id("e1").attribute("tenant", "t1")
}

fn cause(hook: &str, cause: Option<&Cause>) -> Cause {
    Cause::of(Act { hook, event: &event(), own: false, cause }, NOW)
}

fn claims(token: &str, mode: Mode, event: Event, now: Timestamp) -> Result<Option<Cause>, String> {
    let mut event = event.attribute(CAUSE, token);
    let claimed = claim(&mut event, mode, || (Arc::new(keyring()), now));
    assert!(!event.attributes.contains_key(CAUSE), "no guest sees it");
    claimed.map(|cause| cause.map(|cause| *cause)).map_err(|problem| problem.message)
}

#[test]
fn a_token_comes_back_as_it_went_out_and_whatever_is_altered_in_it_is_noticed() {
    let (keyring, cause) = (keyring(), cause("a", None));
    let token = keyring.sign(&cause).unwrap();
    assert!(token.starts_with("v1.01010101.") && token.split('.').count() == 4, "{token}");
    assert_eq!(keyring.verify(&token, NOW), Some(cause));
    for at in 0..token.len() {
        let mut altered = token.clone().into_bytes();
        altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
        let altered = String::from_utf8(altered).unwrap();
        assert_eq!(keyring.verify(&altered, NOW), None, "{altered}");
        assert_eq!(keyring.verify(&token[..at], NOW), None);
    }
    for forged in
        ["", "v1", "v1...", "v1.01010101..", "....", &format!("{token}A"), &format!("{token}.{token}")]
    {
        assert_eq!(keyring.verify(forged, NOW), None, "{forged}");
    }
    let other = Keyring::default().rotated(key(2, NOW), NOW);
    assert_eq!(other.verify(&token, NOW), None);
}

#[test]
fn a_token_counts_for_its_source_and_tenant_only() {
    let token = keyring().sign(&cause("a", None)).unwrap();
    assert!(claims(&token, Mode::Tell, event(), NOW).unwrap().is_some());
    let foreign = Event { source: "other".into(), ..event() };
    assert_eq!(claims(&token, Mode::Tell, foreign, NOW).unwrap_err(), "the cause is that of another source");
    for foreign in [event().attribute("tenant", "t2"), Event::new("cloud.post_create", "shop")] {
        let refused = claims(&token, Mode::Tell, foreign, NOW);
        assert_eq!(refused.unwrap_err(), "the cause is that of another tenant");
    }
}

#[test]
fn what_the_host_raised_itself_causes_events_of_every_source() {
    let own = Cause::of(Act { hook: "a", event: &event(), own: true, cause: None }, NOW);
    let token = keyring().sign(&own).unwrap();
    let other = Event { source: "other".into(), ..event() };
    assert!(claims(&token, Mode::Tell, other, NOW).unwrap().is_some());
}

#[test]
fn on_an_asked_event_a_token_is_of_the_moment_and_on_a_told_one_it_may_be_old() {
    let token = keyring().sign(&cause("a", None)).unwrap();
    let late = |minutes| NOW + SignedDuration::from_mins(minutes);
    assert!(claims(&token, Mode::Ask, event(), late(14)).is_ok());
    assert!(claims(&token, Mode::Ask, event(), late(15)).unwrap_err().contains("older than 15 minutes"));
    // A clock that is set back makes none of them old.
    assert!(claims(&token, Mode::Ask, event(), late(-60)).is_ok());
    assert!(claims(&token, Mode::Tell, event(), NOW + days(1000)).is_ok(), "its key was never replaced");
}

#[test]
fn the_newest_key_signs_for_30_days_and_verifies_for_90_after_it_was_replaced() {
    let first = keyring();
    let token = first.sign(&cause("a", None)).unwrap();
    assert!(Keyring::default().is_due(NOW) && !first.is_due(NOW + days(29)) && first.is_due(NOW + days(30)));
    let replaced = NOW + days(30);
    let second = first.rotated(key(2, replaced), replaced);
    assert!(second.sign(&cause("a", None)).unwrap().starts_with("v1.02020202."));
    assert!(second.verify(&token, replaced + days(89)).is_some());
    assert!(second.verify(&token, replaced + days(90)).is_none());
    let later = replaced + days(90);
    assert_eq!(second.rotated(key(3, later), later).to_text().lines().count(), 2, "the first is forgotten");
}

#[test]
fn keys_are_read_as_they_are_written() {
    let keyring = keyring().rotated(key(2, NOW), NOW);
    assert_eq!(Keyring::parse(&keyring.to_text()), Ok(keyring.clone()));
    assert_eq!(Keyring::parse(&(keyring.to_text() + "\nx y z\n")), Err(4));
    assert!(!format!("{keyring:?}").contains("secret"));
}

#[test]
fn hooks_that_cause_one_another_come_to_an_end() {
    let mut chain = cause("a", None);
    assert!(!chain.lets_run("a") && chain.lets_run("b"));
    for hook in ["b", "c"] {
        chain = cause(hook, Some(&chain));
        assert!(!chain.lets_run("a") && !chain.lets_run(hook) && chain.lets_run("z"));
    }
    let deepest = cause("d", Some(&chain));
    assert!(!deepest.lets_run("z"));
    assert_eq!(deepest.origin(), Origin { hook: "d".into(), event: "e1".into() });
}
