//! Looking for lines of the log and for deliveries, the newest first, page by page.

use super::Reader;
use super::log::{self, LINE, Line};
use super::row::{DELIVERY, Delivery, DeliveryState, sequence_of};
use crate::data::Data;
use crate::event::Event;
use crate::outcome::TrailVerdict;
use rusqlite::{OptionalExtension, named_params, params};

/// Lines that are read for one page. Where few of them fit, the page is shorter and the next one goes on.
const READ: usize = 100_000;
/// Lines after an event in which its first attempt is looked for.
const NEAR: i64 = 50_000;
/// Lines stand in the order in which turns ended, and have the time at which they began: by so much these may differ.
const SLACK: i64 = 3600 * 1_000_000;

/// Which lines of the log are looked for: all that is named must fit.
#[derive(Debug, Clone, Default)]
pub(crate) struct LineSearch {
    pub(crate) event: Option<String>,
    pub(crate) hook: Option<String>,
    pub(crate) verdict: Option<TrailVerdict>,
    pub(crate) subject: Option<String>,
    pub(crate) event_id: Option<String>,
    /// A part of the message or of the failure's name, in lower case.
    pub(crate) text: Option<String>,
    pub(crate) from: Option<i64>,
    pub(crate) to: Option<i64>,
    /// Those before this line.
    pub(crate) before: Option<i64>,
    pub(crate) at_most: usize,
}

/// Which deliveries are looked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct DeliverySearch {
    /// Everything that is not delivered, where it is not said.
    pub(crate) state: Option<DeliveryState>,
    pub(crate) hook: Option<String>,
    pub(crate) before: Option<i64>,
    pub(crate) at_most: usize,
}

/// What was found, and before what to look for more.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found<T> {
    pub(crate) items: Vec<T>,
    pub(crate) next: Option<i64>,
}

impl LineSearch {
    fn fits(&self, line: &Line) -> bool {
        let turn = &line.turn;
        let is = |wanted: &Option<String>, text: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| text == Some(wanted))
        };
        let says = |text: &String| {
            let failure = turn.failure.map(|failure| failure.to_string());
            let message = turn.message.as_deref().unwrap_or_default().to_lowercase();
            message.contains(text.as_str()) || failure.is_some_and(|failure| failure.contains(text.as_str()))
        };
        self.verdict.is_none_or(|verdict| verdict == turn.verdict)
            && is(&self.hook, Some(&line.hook))
            && is(&self.event, Some(&turn.event))
            && is(&self.event_id, Some(&turn.event_id))
            && is(&self.subject, turn.subject.as_deref())
            && self.from.is_none_or(|from| turn.at >= from)
            && self.to.is_none_or(|to| turn.at < to)
            && self.text.as_ref().is_none_or(says)
    }

    /// Whether only what an index knows can fit.
    fn is_for_trouble(&self) -> bool {
        matches!(self.verdict, Some(TrailVerdict::Failed | TrailVerdict::Veto))
    }
}

impl Reader {
    /// A page of the log; a line that is damaged is left out, said and counted.
    pub(crate) fn lines(&self, search: &LineSearch) -> rusqlite::Result<Found<Line>> {
        let mut before = search.before.unwrap_or(i64::MAX);
        if let Some(to) = search.to {
            before = before.min(self.line_after(to.saturating_add(SLACK))?);
        }
        let trouble = if search.is_for_trouble() { "verdict IN ('failed', 'veto') AND" } else { "" };
        let sql = format!("SELECT {LINE} FROM log WHERE {trouble} id < ? ORDER BY id DESC");
        let mut rows = self.connection().prepare_cached(&sql)?;
        let mut rows = rows.query([before])?;
        let (mut items, mut read, mut last) = (Vec::new(), 0, None);
        while let Some(row) = rows.next()? {
            if items.len() == search.at_most || read == READ {
                return Ok(Found { items, next: last });
            }
            (read, last) = (read + 1, Some(row.get(0)?));
            let line = match Line::of(row) {
                Ok(line) => line,
                Err(error) => {
                    self.damaged(&error);
                    continue;
                }
            };
            if search.from.is_some_and(|from| line.turn.at < from.saturating_sub(SLACK)) {
                break;
            }
            if search.fits(&line) {
                items.push(line);
            }
        }
        Ok(Found { items, next: None })
    }

    /// The first line that is later than this, or where it would stand: found by halving, since times grow with ids.
    fn line_after(&self, time: i64) -> rusqlite::Result<i64> {
        let ends = self.connection().query_row("SELECT min(id), max(id) FROM log", [], |row| {
            Ok((row.get::<_, Option<i64>>(0)?, row.get::<_, Option<i64>>(1)?))
        })?;
        let (Some(mut low), Some(max)) = ends else { return Ok(0) };
        let mut high = max + 1;
        let sql = "SELECT id, at FROM log WHERE id >= ? ORDER BY id LIMIT 1";
        let mut at = self.connection().prepare_cached(sql)?;
        while low < high {
            let middle = low + (high - low) / 2;
            let (id, at): (i64, i64) = at.query_row([middle], |row| Ok((row.get(0)?, row.get(1)?)))?;
            if at > time {
                high = middle;
            } else {
                low = id + 1;
            }
        }
        Ok(low)
    }

    /// One line of the log.
    pub(crate) fn line(&self, id: i64) -> rusqlite::Result<Option<Line>> {
        let sql = format!("SELECT {LINE} FROM log WHERE id = ?");
        self.connection().prepare_cached(&sql)?.query_row([id], Line::of).optional()
    }

    /// The event of a line as it was sent, as long as it is kept, and its data as hooks changed it.
    pub(crate) fn sent(&self, line: &Line) -> rusqlite::Result<Option<(Event, Option<Data>)>> {
        match (line.ask, line.delivery) {
            (Some(ask), _) => log::ask(self.connection(), ask),
            (None, Some(delivery)) => {
                Ok(self.event(sequence_of(delivery)).optional()?.map(|told| (told.event, None)))
            }
            (None, None) => Ok(None),
        }
    }

    /// The attempts at a delivery that the log has, in their order. One that was accepted at once is found only near
    /// the event.
    fn attempts(&self, delivery: &Delivery, told: i64) -> rusqlite::Result<Vec<Line>> {
        let sql = format!(
            "SELECT {LINE} FROM log WHERE delivery = ? AND verdict IN ('failed', 'veto') ORDER BY id"
        );
        let mut rows = self.connection().prepare_cached(&sql)?;
        let mut lines: Vec<Line> =
            rows.query_map([delivery.id], Line::of)?.collect::<rusqlite::Result<_>>()?;
        if delivery.state == DeliveryState::Delivered {
            let after = match lines.last() {
                Some(last) => last.id + 1,
                None => self.line_after(told.saturating_sub(1))?,
            };
            let sql = format!(
                "SELECT {LINE} FROM (SELECT * FROM log WHERE id >= ? ORDER BY id LIMIT {NEAR}) WHERE delivery = ? LIMIT 1"
            );
            let mut rows = self.connection().prepare_cached(&sql)?;
            lines.extend(rows.query_row(params![after, delivery.id], Line::of).optional()?);
        }
        Ok(lines)
    }

    /// A delivery, its event if that can be read, and the attempts that the log has.
    pub(crate) fn details(&self, id: i64) -> rusqlite::Result<Option<Details>> {
        let Some(delivery) = self.delivery(id)? else { return Ok(None) };
        let told = self.told(sequence_of(id)).inspect_err(|error| self.damaged(error)).ok();
        let attempts = self.attempts(&delivery, told.as_ref().map_or(0, |told| told.at))?;
        Ok(Some((delivery, told, attempts)))
    }

    /// A page of deliveries that are not delivered, each with its event if that can be read.
    pub(crate) fn deliveries(
        &self,
        search: &DeliverySearch,
    ) -> rusqlite::Result<Found<(Delivery, Option<Sent>)>> {
        let hook = if search.hook.is_some() { "AND hook = :hook" } else { "AND :hook IS NULL" };
        let part =
            |condition: &str| format!("SELECT id FROM deliveries WHERE {condition} {hook} AND id < :before");
        let parts: Vec<String> = conditions(search.state).iter().map(|condition| part(condition)).collect();
        let sql = format!(
            "SELECT {DELIVERY} FROM deliveries WHERE id IN (SELECT id FROM ({}) ORDER BY id DESC LIMIT :at_most) \
             ORDER BY id DESC",
            parts.join(" UNION ALL ")
        );
        let mut rows = self.connection().prepare_cached(&sql)?;
        let before = search.before.unwrap_or(i64::MAX);
        // One more says whether there are more.
        let at_most = i64::try_from(search.at_most + 1).unwrap_or(i64::MAX);
        let found = named_params! { ":hook": search.hook, ":before": before, ":at_most": at_most };
        let (mut deliveries, _) = self.sound(rows.query(found)?, 0, &DeliveryState::ALL)?;
        let more = deliveries.len() > search.at_most;
        deliveries.truncate(search.at_most);
        let next = deliveries.last().filter(|_| more).map(|last| last.id);
        let with_event = deliveries.into_iter().map(|delivery| {
            let told = self.told(sequence_of(delivery.id));
            let told = told.inspect_err(|error| self.damaged(error)).ok();
            (delivery, told)
        });
        Ok(Found { items: with_event.collect(), next })
    }

    /// An event that was told, and when.
    pub(crate) fn told(&self, sequence: i64) -> rusqlite::Result<Sent> {
        let mut at = self.connection().prepare_cached("SELECT at FROM events WHERE seq = ?")?;
        Ok(Sent { at: at.query_row([sequence], |row| row.get(0))?, event: self.event(sequence)?.event })
    }
}

/// An event that was told, and when, in microseconds of the journal's clock.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sent {
    pub(crate) at: i64,
    pub(crate) event: Event,
}

/// A delivery, its event if that can be read, and its attempts.
pub(crate) type Details = (Delivery, Option<Sent>, Vec<Line>);

/// What the indexes of deliveries are about, each by itself.
fn conditions(state: Option<DeliveryState>) -> &'static [&'static str] {
    const ALL: [&str; 5] = [
        "state = 0 AND due = 0",
        "state = 0 AND due > 0",
        "state = 3 AND state > 2",
        "state = 4 AND state > 2",
        "state = 2",
    ];
    match state {
        None => &ALL,
        Some(DeliveryState::Pending) => &ALL[..2],
        Some(DeliveryState::Waiting) => &ALL[2..3],
        Some(DeliveryState::Held) => &ALL[3..4],
        Some(DeliveryState::Dead) => &ALL[4..],
        // Nobody looks for these one by one, and no index knows them: the log has them.
        Some(DeliveryState::Delivered) => &["0"],
    }
}

/// What is owed to a hook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Owed {
    pub(crate) hook: String,
    pub(crate) state: DeliveryState,
    pub(crate) count: u64,
    /// When the event of the oldest was told.
    pub(crate) since: i64,
}

impl Reader {
    /// How many deliveries each hook has in each state but delivered, and since when. Reads what is in the indexes.
    pub(crate) fn owed(&self) -> rusqlite::Result<Vec<Owed>> {
        let part = |condition: &&str| {
            format!(
                "SELECT hook, state, count(*) AS n, min(id) AS first FROM deliveries WHERE {condition} \
                 GROUP BY hook, state"
            )
        };
        let parts: Vec<String> = conditions(None).iter().map(part).collect();
        let sql = format!(
            "SELECT hook, state, n, ifnull((SELECT at FROM events WHERE seq = first >> 16), 0) FROM \
             (SELECT hook, state, sum(n) AS n, min(first) AS first FROM ({}) GROUP BY hook, state)",
            parts.join(" UNION ALL ")
        );
        let mut rows = self.connection().prepare_cached(&sql)?;
        let owed = rows.query_map([], |row| {
            Ok(Owed {
                hook: row.get(0)?,
                state: row.get(1)?,
                count: row.get::<_, i64>(2)?.unsigned_abs(),
                since: row.get(3)?,
            })
        })?;
        owed.collect()
    }
}
