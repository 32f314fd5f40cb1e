//! Whose journal a command is about: that of a data directory, or that of a running service.

use super::exit::Bad;
use super::journal::missing;
use super::print;
use super::remote::{Service, To};
use super::settings::Base;
use crate::problem::{Place, Problem};
use crate::store::{self, FILE, Health, Letter, Reader, Store, sequence_of};
use crate::view::{
    DeliveriesSearch, DeliveriesView, DeliveryDetails, DeliveryView, ExecutionDetails, LogSearch, LogView,
    StateSearch, StateView, not_dead,
};
use jiff::Timestamp;
use std::path::{Path, PathBuf};

/// The options that say so.
#[derive(clap::Args)]
pub(super) struct Whose {
    #[command(flatten)]
    base: Base,

    #[command(flatten)]
    to: To,
}

/// A journal.
pub(super) enum Record {
    Service(Service),
    Directory(PathBuf),
}

impl Whose {
    pub(super) fn record(&self) -> anyhow::Result<Record> {
        Ok(match self.to.service(self.base.names_data())? {
            Some(service) => Record::Service(service),
            None => Record::Directory(self.base.data()?),
        })
    }
}

impl Record {
    /// A page of the log.
    pub(super) fn log(&self, search: &LogSearch) -> anyhow::Result<LogView> {
        match self {
            Self::Service(service) => service.log(search),
            Self::Directory(data) => {
                let search = search.read(Timestamp::now().as_microsecond()).map_err(Bad)?;
                Ok(LogView::of(&read(data, |reader| reader.lines(&search))?))
            }
        }
    }

    /// One line of the log, with what was sent.
    pub(super) fn execution(&self, id: i64) -> anyhow::Result<ExecutionDetails> {
        match self {
            Self::Service(service) => service.execution(id),
            Self::Directory(data) => {
                let found = read(data, |reader| {
                    let Some(line) = reader.line(id)? else { return Ok(None) };
                    Ok(Some(ExecutionDetails::of(&line, reader.sent(&line)?)))
                })?;
                Ok(found.ok_or_else(|| unknown("execution", id))?)
            }
        }
    }

    /// A page of deliveries.
    pub(super) fn deliveries(&self, search: &DeliveriesSearch) -> anyhow::Result<DeliveriesView> {
        match self {
            Self::Service(service) => service.deliveries(search),
            Self::Directory(data) => {
                let search = search.read().map_err(Bad)?;
                Ok(DeliveriesView::of(&read(data, |reader| reader.deliveries(&search))?))
            }
        }
    }

    /// One delivery, with its event and its attempts.
    pub(super) fn delivery(&self, id: i64) -> anyhow::Result<DeliveryDetails> {
        match self {
            Self::Service(service) => service.delivery(id),
            Self::Directory(data) => {
                let found = read(data, |reader| {
                    let found = reader.details(id)?;
                    Ok(found
                        .map(|(delivery, told, attempts)| DeliveryDetails::of(&delivery, told, &attempts)))
                })?;
                Ok(found.ok_or_else(|| unknown("delivery", id))?)
            }
        }
    }

    /// Has a dead letter attempted again.
    pub(super) fn resend(&self, id: i64) -> anyhow::Result<DeliveryView> {
        match self {
            Self::Service(service) => service.resend(id),
            Self::Directory(data) => {
                dead(id, change(data, |connection| store::resend(connection, id))?)?;
                let found = read(data, |reader| {
                    let delivery = reader.delivery(id)?;
                    let told = reader.told(sequence_of(id)).ok();
                    Ok(delivery.map(|delivery| DeliveryView::of(&delivery, told.as_ref())))
                })?;
                Ok(found.ok_or_else(|| unknown("delivery", id))?)
            }
        }
    }

    /// Has all dead letters of a hook attempted again; how many there were.
    pub(super) fn resend_all(&self, hook: &str) -> anyhow::Result<usize> {
        match self {
            Self::Service(service) => service.resend_all(hook),
            Self::Directory(data) => {
                let Some(newest) = change(data, |connection| store::newest(connection, hook))? else {
                    return Ok(0);
                };
                let (mut after, mut count) = (0, 0);
                let health = Health::default();
                loop {
                    let some = |connection: &_| store::resend_some(connection, &health, hook, after, newest);
                    let some = change(data, some)?;
                    let (some, Some(last)) = some else { return Ok(count) };
                    (after, count) = (last, count + some);
                }
            }
        }
    }

    /// Drops a dead letter for good.
    pub(super) fn discard(&self, id: i64) -> anyhow::Result<()> {
        match self {
            Self::Service(service) => service.discard(id),
            Self::Directory(data) => {
                Ok(dead(id, change(data, |connection| store::discard(connection, id))?)?)
            }
        }
    }

    /// A page of what hooks keep.
    pub(super) fn state(&self, search: &StateSearch) -> anyhow::Result<StateView> {
        match self {
            Self::Service(service) => service.state(search),
            Self::Directory(data) => {
                let search = search.read().map_err(Bad)?;
                Ok(StateView::of(read(data, |reader| reader.keys(&search))?))
            }
        }
    }

    /// Takes back what a told event still owes; how many deliveries these were.
    pub(super) fn cancel(&self, source: &str, id: &str, tenant: Option<&str>) -> anyhow::Result<usize> {
        match self {
            Self::Service(service) => service.cancel(source, id, tenant),
            Self::Directory(data) => {
                let who = store::identity(source, id, tenant);
                change(data, |connection| store::cancel(connection, who))
            }
        }
    }

    /// Says when what was changed in a directory is noticed.
    pub(super) fn remark(&self, noticed: &str) {
        if matches!(self, Self::Directory(_)) {
            print::note(&format!("a service that runs already goes by it {noticed}"));
        }
    }
}

fn read<T>(data: &Path, read: impl FnOnce(&Reader) -> rusqlite::Result<T>) -> anyhow::Result<T> {
    check(data)?;
    let done = Store::open_to_read(data).and_then(|reader| read(&reader));
    done.map_err(|error| anyhow::anyhow!("the journal in {} cannot be read: {error}", data.display()))
}

fn change<T>(
    data: &Path,
    job: impl FnOnce(&rusqlite::Connection) -> rusqlite::Result<T>,
) -> anyhow::Result<T> {
    check(data)?;
    store::change(data, job).map_err(|error| anyhow::anyhow!("{error}"))
}

/// Whether there is a journal at all.
fn check(data: &Path) -> Result<(), Bad> {
    if data.join(FILE).exists() { Ok(()) } else { Err(missing(data)) }
}

fn unknown(what: &str, id: i64) -> Bad {
    let problem = Problem::error(Place::default(), format!("there is no {what} {id}"));
    problem.hint("what is over is forgotten after a while").into()
}

fn dead(id: i64, letter: Letter) -> Result<(), Bad> {
    match letter {
        Letter::Done(_) => Ok(()),
        Letter::Unknown => Err(unknown("delivery", id)),
        Letter::Alive(state) => Err(Problem::error(Place::default(), not_dead(id, state)).into()),
    }
}
