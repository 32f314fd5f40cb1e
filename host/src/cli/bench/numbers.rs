//! What was measured of one case and of one run, and the run that is kept for the next one.

use crate::cli::build::put;
use crate::outcome::{TrailLine, TrailVerdict};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

/// What calls on one event cost.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Numbers {
    pub(super) calls: u64,
    pub(super) failed: u64,
    pub(super) median_us: f64,
    pub(super) p99_us: f64,
    /// The most of any call, where calls differ.
    pub(super) fuel: u64,
    pub(super) memory_bytes: u64,
    /// Microseconds of each call, until they are settled.
    #[serde(skip)]
    times: Vec<f64>,
}

/// A run: the numbers of each case.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Run {
    pub(super) cases: BTreeMap<String, Numbers>,
}

impl Numbers {
    /// Adds a call.
    pub(super) fn add(&mut self, line: &TrailLine) {
        self.calls += 1;
        self.failed += u64::from(line.verdict == TrailVerdict::Failed);
        self.fuel = self.fuel.max(line.fuel);
        self.memory_bytes = self.memory_bytes.max(line.memory_bytes);
        self.times.push(line.time.as_secs_f64() * 1e6);
    }

    /// With what follows from all calls.
    pub(super) fn settled(mut self) -> Self {
        let mut times = std::mem::take(&mut self.times);
        times.sort_by(f64::total_cmp);
        let nearest = |part: f64| {
            let at = (part * times.len() as f64).ceil() as usize;
            times.get(at.saturating_sub(1)).copied().unwrap_or(0.0)
        };
        (self.median_us, self.p99_us) = (nearest(0.5), nearest(0.99));
        self
    }
}

impl Run {
    /// All cases together: what one of each takes, the slowest p99, the most memory.
    pub(super) fn all(&self) -> Numbers {
        let mut all = Numbers::default();
        for one in self.cases.values() {
            all.calls += one.calls;
            all.failed += one.failed;
            all.median_us += one.median_us;
            all.p99_us = all.p99_us.max(one.p99_us);
            all.fuel += one.fuel;
            all.memory_bytes = all.memory_bytes.max(one.memory_bytes);
        }
        all
    }

    /// A run that was kept, if it can be read.
    pub(super) fn read(file: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(file).ok()?).ok()
    }

    /// Keeps it.
    pub(super) fn keep(&self, file: &Path) -> io::Result<()> {
        file.parent().map_or(Ok(()), fs::create_dir_all)?;
        put(file, &serde_json::to_vec(self)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_and_the_99th_percentile_are_calls_that_were_made() {
        let times = (1..=200).rev().map(f64::from).collect();
        let numbers = Numbers { times, ..Numbers::default() }.settled();
        assert_eq!((numbers.median_us, numbers.p99_us), (100.0, 198.0));
        assert_eq!(Numbers::default().settled().median_us, 0.0);
    }
}
