//! What is damaged is left out, said and counted, and what stands beside it goes on.

use super::{Delivery, DeliveryState, Health, Reader, letters, row, schema};
use rusqlite::Connection;
use std::sync::Arc;
use tempfile::TempDir;

struct Journal {
    connection: Connection,
    reader: Reader,
    health: Arc<Health>,
    _dir: TempDir,
}

impl Journal {
    /// One with deliveries of a hook in this state: of events 1, 2 and so on, of these subjects.
    fn of(state: DeliveryState, subjects: &[i64]) -> Self {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join(super::FILE);
        let connection = schema::open(&path).unwrap();
        for (sequence, subject) in (1..).zip(subjects) {
            let (id, hook, subject) = (row::id_of(sequence, 0), "a".into(), *subject);
            let delivery = Delivery { id, hook, state, attempts: 3, due: 0, subject, reason: None };
            delivery.insert(&connection).unwrap();
        }
        let health: Arc<Health> = Arc::default();
        let reader = Reader::open(&path, Arc::clone(&health)).unwrap();
        Self { connection, reader, health, _dir: dir }
    }

    /// Changes a column of the delivery of an event, behind its checksum's back.
    fn damage(&self, sequence: i64, column: &str, value: &str) {
        let sql = format!("UPDATE deliveries SET {column} = {value} WHERE id = ?");
        assert_eq!(self.connection.execute(&sql, [row::id_of(sequence, 0)]), Ok(1));
    }

    /// The events whose deliveries are due at once, whatever else is in the rows.
    fn resent(&self) -> Vec<i64> {
        let mut rows = self
            .connection
            .prepare("SELECT id >> 16 FROM deliveries WHERE state = 0 AND due = 1 AND attempts = 0")
            .unwrap();
        rows.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }
}

fn events(deliveries: impl IntoIterator<Item = Delivery>) -> Vec<i64> {
    let mut events: Vec<i64> = deliveries.into_iter().map(|delivery| row::sequence_of(delivery.id)).collect();
    events.sort_unstable();
    events
}

#[test]
fn dead_letters_are_resent_past_damaged_ones() {
    let journal = Journal::of(DeliveryState::Dead, &[0; 4]);
    journal.damage(2, "attempts", "attempts + 1");
    journal.damage(3, "subject", "'no number'");
    let last = letters::newest(&journal.connection, "a").unwrap().unwrap();
    let resent = letters::resend_some(&journal.connection, &journal.health, "a", 0, last).unwrap();
    assert_eq!(resent, (2, Some(last)));
    assert_eq!(journal.resent(), [1, 4]);
    assert_eq!(journal.health.damages(), 2);
}

#[test]
fn a_subject_is_led_by_the_first_that_is_sound() {
    let journal = Journal::of(DeliveryState::Waiting, &[7, 7, 7, 8, 9, 0]);
    journal.damage(1, "attempts", "attempts + 1");
    journal.damage(4, "reason", "'nobody wrote this'");
    journal.damage(5, "subject", "'no number'");
    assert_eq!(events(journal.reader.heads("a").unwrap()), [2], "8 and 9 have no sound one");
    assert_eq!(journal.health.damages(), 3);
}

#[test]
fn the_first_that_is_held_is_the_first_that_is_sound() {
    let journal = Journal::of(DeliveryState::Held, &[7, 8, 7, 7]);
    journal.damage(1, "attempts", "attempts + 1");
    assert_eq!(events(journal.reader.first_held("a", 7).unwrap()), [3]);
    assert_eq!(events(journal.reader.first_held("a", 8).unwrap()), [2]);
    assert_eq!(journal.health.damages(), 1);
    journal.damage(2, "due", "due + 1");
    assert_eq!(events(journal.reader.first_held("a", 8).unwrap()), [0; 0]);
    assert_eq!(journal.health.damages(), 2);
}
