//! Clients that tell a service numbered events over HTTP and keep every receipt, whatever becomes of the service.

use crate::{History, Ledger, Life, Seen};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A numbered event, and which hooks match it.
#[derive(Debug, Clone)]
pub struct Numbered {
    /// Its id.
    pub id: String,
    /// Its subject.
    pub subject: String,
    /// Its option.
    pub option: &'static str,
    /// Its data.
    pub data: Value,
    /// The hooks that match it.
    pub owed: Vec<&'static str>,
}

/// What all clients know together.
pub struct Teller {
    numbered: fn(u64) -> Numbered,
    known: Mutex<Known>,
    /// A tell set out or is over.
    changed: Condvar,
    over: AtomicBool,
}

struct Known {
    history: History,
    next: u64,
    /// Told without an answer.
    unanswered: BTreeSet<u64>,
    /// On their way.
    sending: BTreeSet<u64>,
    /// Tells that set out so far.
    sent: u64,
    /// Receipts of this life.
    receipts: usize,
}

/// What became of one tell.
pub enum Told {
    /// It has a receipt.
    Receipt,
    /// It was refused with this status.
    Refused(u16),
    /// Nobody answered.
    Nobody,
}

impl Teller {
    /// Tells these events, and keeps a history.
    pub fn new(history: History, numbered: fn(u64) -> Numbered) -> Self {
        let (unanswered, sending) = (BTreeSet::new(), BTreeSet::new());
        let known = Known { history, next: 0, unanswered, sending, sent: 0, receipts: 0 };
        Self { numbered, known: Mutex::new(known), changed: Condvar::new(), over: AtomicBool::new(false) }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells one event after the other to the service at this address, those first that nobody answered, until nobody
    /// answers or it is [`over`](Self::end).
    pub fn tell_on(&self, address: &str) {
        let agent = agent();
        while !self.over.load(Relaxed) {
            if matches!(self.tell(&agent, address), Told::Nobody) {
                return;
            }
        }
    }

    /// Tells the next event that has no receipt.
    pub fn tell(&self, agent: &ureq::Agent, address: &str) -> Told {
        let (number, event) = self.set_out();
        let answer = agent.post(format!("{address}/v1/events")).send_json(document(&event));
        let told = match answer {
            Err(_) => Told::Nobody,
            Ok(mut answer) => match (answer.status().as_u16(), answer.body_mut().read_json::<Value>()) {
                (202, Ok(outcome)) => {
                    let receipt = &outcome["receipt"];
                    let sequence = receipt["sequence"].as_i64().expect("a receipt names the place");
                    let owed = receipt["owed"].as_u64().expect("a receipt has a number of hooks");
                    self.known().history.receipt(&event.id, sequence, usize::try_from(owed).unwrap_or(0));
                    Told::Receipt
                }
                (202, Err(_)) => Told::Nobody,
                (status, _) => Told::Refused(status),
            },
        };
        let mut known = self.known();
        known.sending.remove(&number);
        match told {
            Told::Receipt => known.receipts += 1,
            _ => drop(known.unanswered.insert(number)),
        }
        self.changed.notify_all();
        told
    }

    fn set_out(&self) -> (u64, Numbered) {
        let mut known = self.known();
        let number = known.unanswered.pop_first().unwrap_or_else(|| {
            known.next += 1;
            known.next
        });
        let event = (self.numbered)(number);
        known.history.tells(&event.id, &event.subject, &event.owed);
        known.sending.insert(number);
        known.sent += 1;
        self.changed.notify_all();
        (number, event)
    }

    /// Waits until there are so many receipts in this life.
    #[track_caller]
    pub fn until_receipts(&self, wanted: usize) {
        self.until(|known| known.receipts >= wanted);
    }

    /// Waits until another event sets out.
    #[track_caller]
    pub fn until_sent(&self) {
        let sent = self.known().sent;
        self.until(|known| known.sent > sent);
    }

    #[track_caller]
    fn until(&self, reached: impl Fn(&Known) -> bool) {
        let waits = |known: &mut Known| !reached(known);
        let waited = self.changed.wait_timeout_while(self.known(), Duration::from_secs(60), waits);
        let (known, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        assert!(!timeout.timed_out(), "{} sent, {} receipts in this life", known.sent, known.receipts);
    }

    /// The ids of the events that are on their way right now.
    pub fn sending(&self) -> Vec<String> {
        self.known().sending.iter().map(|number| (self.numbered)(*number).id).collect()
    }

    /// Every event so far.
    pub fn events(&self) -> Vec<Numbered> {
        (1..=self.known().next).map(self.numbered).collect()
    }

    /// Events that nobody answered.
    pub fn unanswered(&self) -> usize {
        self.known().unanswered.len()
    }

    /// Whoever tells on stops.
    pub fn end(&self) {
        self.over.store(true, Relaxed);
    }

    /// A life has ended: what the service said in it, and the journal as it left it. Panics with what is wrong.
    #[track_caller]
    pub fn life(&self, said: &str, after: Ledger) -> Life {
        assert!(!said.contains("panicked"), "{said}");
        let mut known = self.known();
        known.receipts = 0;
        let life = known.history.life(&seen(said), after);
        let faults: Vec<_> = known.history.faults().iter().map(ToString::to_string).collect();
        assert!(faults.is_empty(), "{}\nit said\n{said}", faults.join("\n"));
        life
    }
}

/// A client of its own, on a connection that it keeps.
pub fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder().http_status_as_error(false);
    config.timeout_global(Some(Duration::from_secs(60))).build().into()
}

/// The event as it is sent.
fn document(event: &Numbered) -> Value {
    let Numbered { id, subject, option, data, .. } = event;
    json!({
        "specversion": "1.0", "id": id, "type": "cloud.post_create", "source": "shop",
        "subject": subject, "option": option, "data": data,
    })
}

/// What the guest `falter` said in a JSON log. A line that a kill cut off is none.
pub fn seen(said: &str) -> Vec<Seen> {
    let line = |line: &str| {
        let line: Value = serde_json::from_str(line).ok()?;
        let (event, attempt) = line["message"].as_str()?.strip_prefix("given ")?.split_once(' ')?;
        Some(Seen {
            hook: line["hook"].as_str()?.into(),
            event: event.into(),
            attempt: attempt.parse().ok()?,
        })
    };
    said.lines().filter_map(line).collect()
}
