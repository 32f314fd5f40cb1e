//! The page of numbers as it is written.

use crate::stats::Histogram;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use std::fmt::Error;

/// What is written so far.
pub(super) struct Page<'a>(pub(super) DescriptorEncoder<'a>);

impl Page<'_> {
    pub(super) fn counters<'l, const N: usize>(
        &mut self,
        name: &str,
        help: &str,
        rows: impl IntoIterator<Item = ([(&'l str, &'l str); N], u64)>,
    ) -> Result<(), Error> {
        let rows = rows.into_iter().map(|(labels, n)| (labels, ConstCounter::new(n)));
        self.family(name, help, MetricType::Counter, rows)
    }

    pub(super) fn gauges<'l, const N: usize>(
        &mut self,
        name: &str,
        help: &str,
        rows: impl IntoIterator<Item = ([(&'l str, &'l str); N], usize)>,
    ) -> Result<(), Error> {
        let gauge = |n: usize| ConstGauge::new(i64::try_from(n).unwrap_or(i64::MAX));
        let rows = rows.into_iter().map(|(labels, n)| (labels, gauge(n)));
        self.family(name, help, MetricType::Gauge, rows)
    }

    fn family<'l, const N: usize>(
        &mut self,
        name: &str,
        help: &str,
        kind: MetricType,
        rows: impl Iterator<Item = ([(&'l str, &'l str); N], impl EncodeMetric)>,
    ) -> Result<(), Error> {
        let mut encoder = self.0.encode_descriptor(name, help, None, kind)?;
        for (labels, metric) in rows {
            metric.encode(encoder.encode_family(&labels.as_slice())?)?;
        }
        Ok(())
    }

    /// Values that were counted in `scale` parts of the unit they are shown in.
    pub(super) fn histograms<'l, const N: usize>(
        &mut self,
        name: &str,
        help: &str,
        scale: f64,
        rows: impl Iterator<Item = ([(&'l str, &'l str); N], &'l Histogram)>,
    ) -> Result<(), Error> {
        #[allow(
            clippy::cast_precision_loss,
            reason = "what is lost of a sum is less than what Prometheus loses"
        )]
        let shown = |value: u64| value as f64 / scale;
        let mut encoder = self.0.encode_descriptor(name, help, None, MetricType::Histogram)?;
        for (labels, Histogram { bounds, counts, sum, .. }) in rows {
            let bounds = bounds.iter().map(|bound| shown(*bound)).chain([f64::INFINITY]);
            let buckets: Vec<(f64, u64)> = bounds.zip(counts.iter().copied()).collect();
            let labels = labels.as_slice();
            let mut encoder = encoder.encode_family(&labels)?;
            let count = counts.iter().sum();
            encoder.encode_histogram::<NoLabelSet>(shown(*sum), count, &buckets, None)?;
        }
        Ok(())
    }
}
