//! The numbers of the HTTP door.

use super::page::Page;
use crate::stats::{Buckets, Family};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use std::borrow::Cow;
use std::fmt::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// Upper bounds of the latency of requests, in microseconds.
const MICROS: [u64; 12] =
    [100, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 10_000_000];

/// Requests by the pattern of their route, never by their path: there are only so many of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::api) struct Route {
    pub(in crate::api) method: &'static str,
    pub(in crate::api) pattern: Cow<'static, str>,
}

/// What is counted of requests.
#[derive(Debug, Default, Clone)]
pub(super) struct Requests(Arc<Counted>);

#[derive(Debug, Default)]
struct Counted {
    answers: Family<(Route, u16), AtomicU64>,
    took: Family<Route, Buckets<{ MICROS.len() + 1 }>>,
}

impl Requests {
    pub(super) fn count(&self, route: Route, status: u16, took: Duration) {
        let micros = took.as_micros().try_into().unwrap_or(u64::MAX);
        self.0.took.count(&route, |buckets| buckets.add(&MICROS, micros));
        self.0.answers.count(&(route, status), |answers| _ = answers.fetch_add(1, Relaxed));
    }
}

impl Collector for Requests {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> Result<(), Error> {
        let mut page = Page(encoder);
        let answers: Vec<_> = self.0.answers.all();
        let answers: Vec<_> = answers
            .iter()
            .map(|((route, status), n)| (route, status.to_string(), n.sum(|n| n.load(Relaxed))))
            .collect();
        let rows = answers.iter().map(|(Route { method, pattern }, status, n)| {
            ([("method", *method), ("route", &**pattern), ("status", status.as_str())], *n)
        });
        page.counters("http_requests", "Requests by route and status", rows)?;
        let took = self.0.took.all();
        let took: Vec<_> = took
            .iter()
            .map(|(route, buckets)| (route, Buckets::read(buckets, &MICROS, |buckets| buckets)))
            .collect();
        let rows = took.iter().map(|(Route { method, pattern }, histogram)| {
            ([("method", *method), ("route", &**pattern)], histogram)
        });
        page.histograms("http_request_seconds", "Time until the answer began", 1e6, rows)
    }
}
