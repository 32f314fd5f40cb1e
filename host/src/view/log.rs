//! The execution log and deliveries, as they are shown.

use crate::data::Data;
use crate::event::{Event, Mode};
use crate::outcome::{Failure, TrailVerdict};
use crate::record::Backlog;
use crate::store::{Delivery, DeliveryState, Found, Line, Sent};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// One turn of a hook, as the log has it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "api", schema(as = Execution))]
#[non_exhaustive]
pub struct ExecutionView {
    /// Its number in the log.
    pub id: i64,
    /// When it began, in RFC 3339, as are all times here.
    pub at: String,
    /// How it ended.
    pub status: TrailVerdict,
    /// How it failed.
    pub failure: Option<Failure>,
    /// The reason of a veto, or what went wrong.
    pub message: Option<String>,
    /// The hook.
    pub hook: String,
    /// The component that ran: the first 12 hex digits of its SHA-256.
    pub version: Option<String>,
    /// The event's name.
    pub event: String,
    /// The event's id.
    pub event_id: String,
    /// Whether the event was asked or told.
    pub mode: Mode,
    /// Who raised it.
    pub source: String,
    /// The tenant it belongs to.
    pub tenant: Option<String>,
    /// The object it happened to.
    pub subject: Option<String>,
    /// The delivery of a told event.
    pub delivery: Option<i64>,
    /// Which attempt it was.
    pub attempt: u32,
    /// Microseconds.
    pub micros: i64,
    /// Fuel it used.
    pub fuel: i64,
}

impl ExecutionView {
    /// What is shown of a line.
    pub(crate) fn of(line: &Line) -> Self {
        let text = |text: &Option<std::sync::Arc<str>>| text.as_deref().map(str::to_owned);
        let turn = &line.turn;
        Self {
            id: line.id,
            at: time(turn.at),
            status: turn.verdict,
            failure: turn.failure,
            message: turn.message.clone(),
            hook: line.hook.to_string(),
            version: text(&turn.version),
            event: turn.event.to_string(),
            event_id: turn.event_id.to_string(),
            mode: if line.delivery.is_some() { Mode::Tell } else { Mode::Ask },
            source: turn.source.to_string(),
            tenant: text(&turn.tenant),
            subject: text(&turn.subject),
            delivery: line.delivery,
            attempt: line.attempt,
            micros: turn.micros,
            fuel: turn.fuel,
        }
    }
}

/// A page of the log.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "api", schema(as = Log))]
#[non_exhaustive]
pub struct LogView {
    /// The newest first.
    pub executions: Vec<ExecutionView>,
    /// What to name as `before` to go on; nothing where there are no more. A page may be short, or empty, and yet have
    /// a next one: a search reads only so far at a time.
    pub next: Option<i64>,
}

impl LogView {
    /// What is shown of a page.
    pub(crate) fn of(found: &Found<Line>) -> Self {
        Self { executions: found.items.iter().map(ExecutionView::of).collect(), next: found.next }
    }
}

/// An event as it was sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "api", schema(as = Sent))]
#[non_exhaustive]
pub struct SentView {
    /// Its id.
    pub id: String,
    /// Its name.
    pub event: String,
    /// Who raised it.
    pub source: String,
    /// When.
    pub time: String,
    /// The object it happened to.
    pub subject: Option<String>,
    /// Its facets.
    pub facets: BTreeMap<String, String>,
    /// Its other attributes.
    pub attributes: BTreeMap<String, String>,
    /// What it carries; over HTTP only those with the scope `admin` see it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "api", schema(value_type = Option<serde_json::Value>))]
    pub(crate) data: Option<Box<RawValue>>,
}

impl SentView {
    /// What it carries, in JSON.
    pub fn data(&self) -> Option<&str> {
        self.data.as_deref().map(RawValue::get)
    }

    fn of(event: Event) -> Self {
        let data = raw(&event.data);
        let Event { id, name, source, time, subject, facets, attributes, .. } = event;
        Self { id, event: name, source, time, subject, facets, attributes, data }
    }
}

fn raw(data: &Data) -> Option<Box<RawValue>> {
    RawValue::from_string(data.as_str().to_owned()).ok()
}

/// A line of the log with what was sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "api", schema(as = ExecutionDetails))]
#[non_exhaustive]
pub struct ExecutionDetails {
    /// The line.
    pub execution: ExecutionView,
    /// The event as it was sent, as long as it is kept.
    pub sent: Option<SentView>,
    /// The data of an asked event as all its hooks left it, where they changed it; over HTTP only those with the scope
    /// `admin` see it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "api", schema(value_type = Option<serde_json::Value>))]
    pub(crate) changed: Option<Box<RawValue>>,
}

impl ExecutionDetails {
    /// What is shown of a line and its event.
    pub(crate) fn of(line: &Line, sent: Option<(Event, Option<Data>)>) -> Self {
        let (sent, changed) = sent.map_or((None, None), |(sent, changed)| (Some(sent), changed));
        Self {
            execution: ExecutionView::of(line),
            sent: sent.map(SentView::of),
            changed: changed.as_ref().and_then(raw),
        }
    }

    /// The data of an asked event as all its hooks left it, where they changed it, in JSON.
    pub fn changed(&self) -> Option<&str> {
        self.changed.as_deref().map(RawValue::get)
    }

    /// The same for those who may not see what events carry.
    #[cfg(feature = "api")]
    pub(crate) fn without_data(mut self) -> Self {
        self.changed = None;
        self.sent.iter_mut().for_each(|sent| sent.data = None);
        self
    }
}

/// One told event owed to one hook.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "api", schema(as = Delivery))]
#[non_exhaustive]
pub struct DeliveryView {
    /// Its number.
    pub id: i64,
    /// The hook's id.
    pub hook: String,
    /// How it stands.
    pub state: DeliveryState,
    /// Attempts that were made since it was told or resent.
    pub attempts: u32,
    /// Why it is dead, waits, or failed last.
    pub reason: Option<String>,
    /// When it is due, where that is later.
    pub due: Option<String>,
    /// When its event was told. What is said of the event is missing where it is damaged.
    pub told: Option<String>,
    /// The event's name.
    pub event: Option<String>,
    /// The event's id.
    pub event_id: Option<String>,
    /// Who raised it.
    pub source: Option<String>,
    /// The object it happened to.
    pub subject: Option<String>,
}

impl DeliveryView {
    /// What is shown of a delivery.
    pub(crate) fn of(delivery: &Delivery, told: Option<&Sent>) -> Self {
        let event = told.map(|told| &told.event);
        // A first attempt is due as soon as it can be made, and so is one that is due since 1970.
        let due = Some(delivery.due).filter(|due| *due > 1 && delivery.state == DeliveryState::Pending);
        Self {
            id: delivery.id,
            hook: delivery.hook.to_string(),
            state: delivery.state,
            attempts: delivery.attempts,
            reason: delivery.reason.clone(),
            due: due.map(time),
            told: told.map(|told| time(told.at)),
            event: event.map(|event| event.name.clone()),
            event_id: event.map(|event| event.id.clone()),
            source: event.map(|event| event.source.clone()),
            subject: event.and_then(|event| event.subject.clone()),
        }
    }
}

/// A page of deliveries.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "api", schema(as = Deliveries))]
#[non_exhaustive]
pub struct DeliveriesView {
    /// Those of the newest events first.
    pub deliveries: Vec<DeliveryView>,
    /// What to name as `before` to go on; nothing where there are no more.
    pub next: Option<i64>,
}

impl DeliveriesView {
    /// What is shown of a page.
    pub(crate) fn of(found: &Found<(Delivery, Option<Sent>)>) -> Self {
        let deliveries = found.items.iter();
        let deliveries = deliveries.map(|(delivery, told)| DeliveryView::of(delivery, told.as_ref()));
        Self { deliveries: deliveries.collect(), next: found.next }
    }
}

/// A delivery with its event and its attempts.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "api", schema(as = DeliveryDetails))]
#[non_exhaustive]
pub struct DeliveryDetails {
    /// The delivery.
    pub delivery: DeliveryView,
    /// The event as it was sent.
    pub sent: Option<SentView>,
    /// The attempts that the log has, the first one first.
    pub attempts: Vec<ExecutionView>,
}

impl DeliveryDetails {
    /// What is shown of all that.
    pub(crate) fn of(delivery: &Delivery, told: Option<Sent>, attempts: &[Line]) -> Self {
        Self {
            delivery: DeliveryView::of(delivery, told.as_ref()),
            attempts: attempts.iter().map(ExecutionView::of).collect(),
            sent: told.map(|told| SentView::of(told.event)),
        }
    }

    /// The same for those who may not see what events carry.
    #[cfg(feature = "api")]
    pub(crate) fn without_data(mut self) -> Self {
        self.sent.iter_mut().for_each(|sent| sent.data = None);
        self
    }
}

/// How many dead letters are due again.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "api", schema(as = Resent))]
#[non_exhaustive]
pub struct ResentView {
    /// Their number.
    pub resent: usize,
}

/// How many deliveries something was about.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "api", schema(as = Owed))]
#[non_exhaustive]
pub struct OwedView {
    /// Deliveries.
    pub deliveries: usize,
}

/// What is owed to a hook, as it was counted lately.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "api", schema(as = Backlog))]
#[non_exhaustive]
pub struct BacklogView {
    /// Deliveries that are due, now or later.
    pub pending: u64,
    /// Those that wait for the hook to be able to take them.
    pub waiting: u64,
    /// Those that wait for an earlier one of their subject.
    pub held: u64,
    /// Those that were given up.
    pub dead: u64,
    /// When the event was told that is owed for longest.
    pub since: Option<String>,
}

impl BacklogView {
    /// What is shown of a hook's backlog.
    pub(crate) fn of(backlog: &Backlog) -> Self {
        let Backlog { pending, waiting, held, dead, since } = *backlog;
        Self { pending, waiting, held, dead, since: since.map(time) }
    }
}

/// A time in RFC 3339.
fn time(micros: i64) -> String {
    format!("{:.6}", Timestamp::from_microsecond(micros).unwrap_or_default())
}
