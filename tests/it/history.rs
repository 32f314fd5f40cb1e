//! The checker of histories finds what is wrong with forged ones, and nothing in good ones.

use tenterhook_tests::{Fault, History, Ledger, Life, Seen, Stands};

const DELIVERED: (Stands, u32) = (Stands::Delivered, 1);
const PENDING: (Stands, u32) = (Stands::Pending, 0);

/// A journal: its events in their places from 1, and `(hook, event)` with how each delivery stands.
fn ledger(events: &[&str], deliveries: &[(&str, &str, (Stands, u32))]) -> Ledger {
    let events = (1..).zip(events).map(|(place, event)| ((*event).to_owned(), place)).collect();
    let row = |(hook, event, stands): &(&str, &str, _)| (((*hook).to_owned(), (*event).to_owned()), *stands);
    Ledger { events, deliveries: deliveries.iter().map(row).collect(), ..Ledger::default() }
}

/// Lines such as `a e1 1`: hook, event and attempt.
fn seen(lines: &[&str]) -> Vec<Seen> {
    let line = |line: &&str| {
        let [hook, event, attempt] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
        Seen { hook: hook.into(), event: event.into(), attempt: attempt.parse().unwrap() }
    };
    lines.iter().map(line).collect()
}

/// Two events of one subject with receipts, owed to the hook `a` in order and in at most two attempts.
fn told() -> History {
    let mut history = History::new(2, &["a"]);
    for (event, place) in [("e1", 1), ("e2", 2)] {
        history.tells(event, "s", &["a"]);
        history.receipt(event, place, 1);
    }
    history
}

/// The only fault of a history of one life.
#[track_caller]
fn fault(lines: &[&str], after: Ledger) -> Fault {
    let mut history = told();
    history.life(&seen(lines), after);
    let faults = history.faults();
    assert_eq!(faults.len(), 1, "{faults:?}");
    faults[0].clone()
}

#[test]
fn a_history_as_promised_has_no_fault() {
    let mut history = told();
    // The kill cut the second event off, so it is given again.
    let both = ["e1", "e2"];
    let after = ledger(&both, &[("a", "e1", DELIVERED), ("a", "e2", PENDING)]);
    assert_eq!(history.life(&seen(&["a e1 1", "a e2 1"]), after), Life { cut_off: 1, unseen: 0 });
    // It fails, and the second attempt is the last; one line got lost.
    let after = ledger(&both, &[("a", "e1", DELIVERED), ("a", "e2", (Stands::Dead, 2))]);
    assert_eq!(history.life(&seen(&["a e2 1"]), after), Life { cut_off: 0, unseen: 1 });
    assert_eq!(history.faults(), []);
}

#[test]
fn an_event_that_is_lost_is_found() {
    let mut history = told();
    history.life(&seen(&["a e1 1"]), ledger(&["e1"], &[("a", "e1", DELIVERED)]));
    // The event is gone, and what its hook is owed.
    assert!(matches!(history.faults()[..], [Fault::Lost(_), Fault::Lost(_)]), "{:?}", history.faults());
}

#[test]
fn a_delivery_that_is_lost_is_found() {
    let lost = fault(&["a e1 1"], ledger(&["e1", "e2"], &[("a", "e1", DELIVERED)]));
    assert!(matches!(lost, Fault::Lost(_)), "{lost}");
}

#[test]
fn what_is_given_twice_in_a_life_is_found() {
    let after = ledger(&["e1", "e2"], &[("a", "e1", DELIVERED), ("a", "e2", DELIVERED)]);
    let doubled = fault(&["a e1 1", "a e2 1", "a e2 1"], after);
    assert!(matches!(doubled, Fault::Doubled(_)), "{doubled}");
}

#[test]
fn what_is_given_again_though_it_is_on_record_is_found() {
    let mut history = told();
    let after = ledger(&["e1", "e2"], &[("a", "e1", DELIVERED), ("a", "e2", DELIVERED)]);
    history.life(&seen(&["a e1 1", "a e2 1"]), after.clone());
    history.life(&seen(&["a e2 1"]), after);
    let faults = history.faults();
    assert!(matches!(faults[..], [Fault::Doubled(_)]), "{faults:?}");
}

#[test]
fn what_is_out_of_order_is_found() {
    let after = ledger(&["e1", "e2"], &[("a", "e1", DELIVERED), ("a", "e2", DELIVERED)]);
    let disordered = fault(&["a e2 1", "a e1 1"], after.clone());
    assert!(matches!(disordered, Fault::Disordered(_)), "{disordered}");
    // Over a kill as well.
    let mut history = told();
    let second = ledger(&["e1", "e2"], &[("a", "e1", PENDING), ("a", "e2", DELIVERED)]);
    history.life(&seen(&["a e2 1"]), second);
    history.life(&seen(&["a e1 1"]), after);
    assert!(matches!(history.faults()[..], [Fault::Disordered(_)]), "{:?}", history.faults());
}

#[test]
fn what_is_given_to_a_hook_that_it_is_not_owed_to_is_found() {
    let after = ledger(&["e1", "e2"], &[("a", "e1", DELIVERED), ("a", "e2", DELIVERED)]);
    let stray = fault(&["a e1 1", "a e2 1", "b e1 1"], after);
    assert!(matches!(stray, Fault::Stray(_)), "{stray}");
    let after =
        ledger(&["e1", "e2"], &[("a", "e1", DELIVERED), ("a", "e2", DELIVERED), ("b", "e2", PENDING)]);
    let stray = fault(&["a e1 1", "a e2 1"], after);
    assert!(matches!(stray, Fault::Stray(_)), "{stray}");
}

#[test]
fn an_attempt_too_many_is_found() {
    let after = ledger(&["e1", "e2"], &[("a", "e1", DELIVERED), ("a", "e2", (Stands::Pending, 2))]);
    let often = fault(&["a e1 1", "a e2 1", "a e2 2", "a e2 3"], after);
    assert!(matches!(often, Fault::TooOften(_)), "{often}");
}

#[test]
fn an_attempt_that_is_forgotten_is_found() {
    let after = ledger(&["e1", "e2"], &[("a", "e1", DELIVERED), ("a", "e2", PENDING)]);
    let lost = fault(&["a e1 1", "a e2 1", "a e2 2"], after);
    assert!(matches!(lost, Fault::Lost(_)), "{lost}");
}

#[test]
fn two_receipts_of_one_event_are_found() {
    let mut history = told();
    history.receipt("e1", 3, 1);
    assert!(matches!(history.faults()[..], [Fault::Doubled(_)]), "{:?}", history.faults());
}

/// The faults of a history whose hook `a` counts, was delivered its two events, and keeps this.
fn miscounted(kept: &[(&str, &str)]) -> Vec<Fault> {
    let mut history = told().counting("a");
    let mut after = ledger(&["e1", "e2"], &[("a", "e1", DELIVERED), ("a", "e2", DELIVERED)]);
    let entry = |(key, value): &(&str, &str)| (("a".to_owned(), (*key).to_owned()), (*value).to_owned());
    after.state = kept.iter().map(entry).collect();
    history.life(&seen(&["a e1 1", "a e2 1"]), after);
    history.faults()
}

#[test]
fn what_is_counted_twice_or_not_at_all_is_found() {
    assert_eq!(miscounted(&[("events", "2"), ("e1", "1"), ("e2", "1")]), []);
    let twice = miscounted(&[("events", "3"), ("e1", "1"), ("e2", "2")]);
    assert!(matches!(twice[..], [Fault::Miscounted(_), Fault::Miscounted(_)]), "{twice:?}");
    let never = miscounted(&[("events", "1"), ("e1", "1")]);
    assert!(matches!(never[..], [Fault::Miscounted(_), Fault::Miscounted(_)]), "{never:?}");
    let stray = miscounted(&[("events", "2"), ("e1", "1"), ("e2", "1"), ("e3", "1")]);
    assert!(matches!(stray[..], [Fault::Miscounted(_)]), "{stray:?}");
}
