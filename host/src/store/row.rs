//! What the rows hold: deliveries, and the checksums that make a flipped byte visible.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, Row, Statement, params};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Deliveries of one event have neighbouring ids: its sequence, and the place of each.
const PLACES: i64 = 1 << 16;

/// The id of the delivery of an event in this place.
pub(crate) fn id_of(sequence: i64, place: i64) -> i64 {
    sequence * PLACES + place
}

/// The event of a delivery.
pub(crate) fn sequence_of(id: i64) -> i64 {
    id / PLACES
}

/// How a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum DeliveryState {
    /// It is due, now or later.
    Pending,
    /// The hook accepted it.
    Delivered,
    /// It is given up: a dead letter.
    Dead,
    /// Its hook cannot take it: disabled, or unavailable.
    Waiting,
    /// An earlier one of its subject is not delivered yet, and the hook wants them in order.
    Held,
}

impl DeliveryState {
    /// Every state.
    pub const ALL: [Self; 5] = [Self::Pending, Self::Delivered, Self::Dead, Self::Waiting, Self::Held];
}

impl ToSql for DeliveryState {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok((*self as i64).into())
    }
}

impl FromSql for DeliveryState {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let number = usize::try_from(value.as_i64()?).ok();
        number.and_then(|number| Self::ALL.get(number)).copied().ok_or(FromSqlError::InvalidType)
    }
}

/// One told event owed to one hook.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Delivery {
    /// Unique; those of one event are neighbours.
    pub id: i64,
    /// The hook's id.
    pub hook: Arc<str>,
    /// How it stands.
    pub state: DeliveryState,
    /// Attempts that were made.
    pub attempts: u32,
    /// Microseconds of the journal's clock; 0 for a first attempt that nothing holds back.
    pub due: i64,
    /// A number for tenant and subject; 0 without a subject.
    pub subject: i64,
    /// Why it is dead, waits, or failed last.
    pub reason: Option<String>,
}

/// The columns that make a [`Delivery`], in their order.
pub(super) const DELIVERY: &str = "id, hook, state, attempts, due, subject, reason, crc";

/// Why a delivery is dead that was taken back.
pub(super) const CANCELLED: &str = "it was cancelled";

pub(super) const INSERT_DELIVERY: &str = "INSERT INTO deliveries (id, hook, state, attempts, due, subject, reason, crc) \
                               VALUES (?, ?, ?, ?, ?, ?, ?, ?)";

impl Delivery {
    /// From a row of [`DELIVERY`]; one whose bytes were changed is an error.
    pub(super) fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        let hook: String = row.get(1)?;
        let delivery = Self {
            id: row.get(0)?,
            hook: hook.into(),
            state: row.get(2)?,
            attempts: row.get(3)?,
            due: row.get(4)?,
            subject: row.get(5)?,
            reason: row.get(6)?,
        };
        if delivery.crc() == row.get::<_, i64>(7)? {
            Ok(delivery)
        } else {
            Err(damaged("delivery", delivery.id))
        }
    }

    /// Writes one that is new.
    pub(super) fn insert(&self, connection: &Connection) -> rusqlite::Result<()> {
        self.write(&mut *connection.prepare_cached(INSERT_DELIVERY)?)
    }

    pub(super) fn write(&self, insert: &mut Statement<'_>) -> rusqlite::Result<()> {
        let Self { id, hook, state, attempts, due, subject, reason } = self;
        insert.execute(params![id, hook, state, attempts, due, subject, reason, self.crc()])?;
        Ok(())
    }

    /// The same, taken back by who told its event.
    pub(crate) fn cancelled(self) -> Self {
        Self { state: DeliveryState::Dead, reason: Some(CANCELLED.to_owned()), ..self }
    }

    pub(super) fn crc(&self) -> i64 {
        let numbers = [self.id, self.state as i64, self.attempts.into(), self.due, self.subject];
        sum(&numbers, &[self.hook.as_bytes(), self.reason.as_deref().unwrap_or_default().as_bytes()])
    }
}

/// A row whose bytes are not those that were written.
pub(super) fn damaged(what: &str, id: i64) -> rusqlite::Error {
    let message = format!("{what} {id} is damaged: its checksum does not fit");
    rusqlite::Error::ToSqlConversionFailure(message.into())
}

/// The checksum of several parts.
pub(super) fn crc_of(parts: &[&[u8]]) -> i64 {
    let mut crc = crc32fast::Hasher::new();
    for part in parts {
        crc.update(&(part.len() as u64).to_le_bytes());
        crc.update(part);
    }
    crc.finalize().into()
}

/// The checksum of a row's numbers and texts, its place among them: no row passes for another.
pub(super) fn sum(numbers: &[i64], texts: &[&[u8]]) -> i64 {
    let mut crc = crc32fast::Hasher::new();
    numbers.iter().for_each(|number| crc.update(&number.to_le_bytes()));
    texts.iter().for_each(|text| crc.update(text));
    crc.finalize().into()
}
