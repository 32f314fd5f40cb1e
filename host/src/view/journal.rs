//! The journal for an application that embeds the host: the execution log, deliveries and dead letters.

use super::{
    DeliveriesSearch, DeliveriesView, DeliveryDetails, DeliveryView, ExecutionDetails, LogSearch, LogView,
    not_dead,
};
use crate::host::{FireError, Host};
use crate::problem::Problem;
use crate::record::Record;
use crate::store::{DeliveryState, Letter, StoreError, sequence_of};
use std::fmt;

/// Why the journal was not read or changed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum JournalError {
    /// Everything that is wrong with the search.
    Search(Vec<Problem>),
    /// The host has no journal.
    Missing,
    /// There is no such delivery.
    Unknown(i64),
    /// This delivery is no dead letter.
    NotDead(i64, DeliveryState),
    /// The disk of the journal is full.
    Full,
    /// The journal cannot be used, and why.
    Failed(String),
}

impl fmt::Display for JournalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Search(problems) => {
                let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
                f.write_str(&problems.join("; "))
            }
            Self::Missing => f.write_str("this host has no journal"),
            Self::Unknown(id) => write!(f, "there is no delivery {id}"),
            Self::NotDead(id, state) => f.write_str(&not_dead(*id, *state)),
            Self::Full => f.write_str("the disk of the journal is full"),
            Self::Failed(reason) => write!(f, "the journal cannot be used: {reason}"),
        }
    }
}

impl std::error::Error for JournalError {}

impl From<StoreError> for JournalError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Full => Self::Full,
            StoreError::Failed(reason) | StoreError::Spoiled(reason) => Self::Failed(reason),
            StoreError::Conflict => Self::Failed(error.to_string()),
        }
    }
}

impl From<&FireError> for JournalError {
    fn from(error: &FireError) -> Self {
        match error {
            FireError::Full => Self::Full,
            FireError::Journal(reason) => Self::Failed(reason.clone()),
            other => Self::Failed(other.to_string()),
        }
    }
}

/// What hooks did and are owed, as the [journal](crate::host::HostBuilder::journal) has it. Nothing of what events carry
/// is left out.
///
/// ```
/// use tenterhook::Host;
/// use tenterhook::view::{DeliveriesSearch, JournalError, LogSearch};
///
/// async fn tidy_up(host: &Host) -> Result<(), JournalError> {
///     let mut failed = LogSearch::default();
///     failed.status = Some("failed".into());
///     failed.from = Some("2h".into());
///     for execution in host.log(&failed).await?.executions {
///         println!("{} {}: {:?}", execution.at, execution.hook, execution.message);
///     }
///     let mut dead = DeliveriesSearch::default();
///     dead.state = Some("dead".into());
///     for letter in host.deliveries(&dead).await?.deliveries {
///         match letter.event.as_deref() {
///             Some("cloud.post_create") => drop(host.resend(letter.id).await?),
///             _ => host.drop_letter(letter.id).await?,
///         }
///     }
///     Ok(())
/// }
/// ```
impl Host {
    /// A page of the execution log, the newest first: every attempt at a told event, and of asked events the turns that
    /// refused, changed or failed.
    pub async fn log(&self, search: &LogSearch) -> Result<LogView, JournalError> {
        let record = self.noted()?;
        let search = search.read(record.now()).map_err(JournalError::Search)?;
        Ok(LogView::of(&record.read(move |reader| reader.lines(&search)).await?))
    }

    /// One execution, with the event as it was sent. What is over is forgotten after a while.
    pub async fn execution(&self, id: i64) -> Result<Option<ExecutionDetails>, JournalError> {
        let found = self.noted()?.read(move |reader| {
            let Some(line) = reader.line(id)? else { return Ok(None) };
            let sent = reader.sent(&line)?;
            Ok(Some(ExecutionDetails::of(&line, sent)))
        });
        Ok(found.await?)
    }

    /// A page of the deliveries that are not delivered, those of the newest events first.
    pub async fn deliveries(&self, search: &DeliveriesSearch) -> Result<DeliveriesView, JournalError> {
        let record = self.noted()?;
        let search = search.read().map_err(JournalError::Search)?;
        Ok(DeliveriesView::of(&record.read(move |reader| reader.deliveries(&search)).await?))
    }

    /// One delivery, with the event as it was sent and the attempts that were made.
    pub async fn delivery(&self, id: i64) -> Result<Option<DeliveryDetails>, JournalError> {
        let found = self.noted()?.read(move |reader| {
            let Some((delivery, told, attempts)) = reader.details(id)? else { return Ok(None) };
            Ok(Some(DeliveryDetails::of(&delivery, told, &attempts)))
        });
        Ok(found.await?)
    }

    /// Has a dead letter attempted again, at once and as often as the first time.
    pub async fn resend(&self, id: i64) -> Result<DeliveryView, JournalError> {
        let record = self.noted()?;
        done(id, record.resend(id).await?)?;
        let found = record.read(move |reader| {
            let Some(delivery) = reader.delivery(id)? else { return Ok(None) };
            Ok(Some(DeliveryView::of(&delivery, reader.told(sequence_of(id)).ok().as_ref())))
        });
        found.await?.ok_or(JournalError::Unknown(id))
    }

    /// Has all dead letters of a hook attempted again that there are when it begins; the hook may be gone by now. Returns
    /// how many there were.
    pub async fn resend_all(&self, hook: &str) -> Result<usize, JournalError> {
        Ok(self.noted()?.resend_all(&hook.into()).await?)
    }

    /// Drops a dead letter: it is never attempted again. The log keeps what was attempted.
    pub async fn drop_letter(&self, id: i64) -> Result<(), JournalError> {
        done(id, self.noted()?.discard(id).await?)
    }

    /// The journal, if it can be used.
    pub(crate) fn noted(&self) -> Result<&Record, JournalError> {
        let unusable = || self.unusable().as_ref().map_or(JournalError::Missing, JournalError::from);
        self.record().map(|record| &**record).ok_or_else(unusable)
    }
}

/// What is asked of a dead letter is refused of another delivery.
fn done(id: i64, letter: Letter) -> Result<(), JournalError> {
    match letter {
        Letter::Done(_) => Ok(()),
        Letter::Unknown => Err(JournalError::Unknown(id)),
        Letter::Alive(state) => Err(JournalError::NotDead(id, state)),
    }
}
