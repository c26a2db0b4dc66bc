//! Writes metrics whose values are known at this instant.

use std::fmt;
use std::time::Duration;

use prometheus_client::encoding::{
    DescriptorEncoder, EncodeCounterValue, EncodeGaugeValue, NoLabelSet,
};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Unit;

/// The samples of a collector. Counters get the suffix `_total`.
#[derive(Debug)]
pub(super) struct Samples<'a>(pub(super) DescriptorEncoder<'a>);

impl Samples<'_> {
    pub(super) fn gauge(
        &mut self,
        name: &str,
        help: &str,
        value: &impl EncodeGaugeValue,
    ) -> fmt::Result {
        let metric = self
            .0
            .encode_descriptor(name, help, None, MetricType::Gauge);
        metric?.encode_gauge(value)
    }

    pub(super) fn counter(
        &mut self,
        name: &str,
        help: &str,
        value: &impl EncodeCounterValue,
    ) -> fmt::Result {
        let metric = self
            .0
            .encode_descriptor(name, help, None, MetricType::Counter);
        metric?.encode_counter::<NoLabelSet, _, f64>(value, None)
    }

    /// A histogram of seconds: their sum, and how many are in each bucket up to its bound.
    pub(super) fn durations(
        &mut self,
        name: &str,
        help: &str,
        sum: Duration,
        buckets: &[(f64, u64)],
    ) -> fmt::Result {
        let unit = Some(&Unit::Seconds);
        let metric = self
            .0
            .encode_descriptor(name, help, unit, MetricType::Histogram);
        let count = buckets.iter().map(|(_, count)| count).sum();
        metric?.encode_histogram::<NoLabelSet>(sum.as_secs_f64(), count, buckets, None)
    }

    /// One gauge for each value of `label`.
    pub(super) fn gauges<V: EncodeGaugeValue>(
        &mut self,
        name: &str,
        help: &str,
        label: &str,
        values: &[(&str, V)],
    ) -> fmt::Result {
        let metric = self
            .0
            .encode_descriptor(name, help, None, MetricType::Gauge);
        let mut metric = metric?;
        for (label_value, value) in values {
            let labels = [(label, *label_value)];
            metric.encode_family(&labels)?.encode_gauge(value)?;
        }
        Ok(())
    }

    /// One counter for each value of `label`.
    pub(super) fn counters(
        &mut self,
        name: &str,
        help: &str,
        label: &str,
        values: &[(&str, u64)],
    ) -> fmt::Result {
        let metric = self
            .0
            .encode_descriptor(name, help, None, MetricType::Counter);
        let mut metric = metric?;
        for (label_value, value) in values {
            let labels = [(label, *label_value)];
            let mut metric = metric.encode_family(&labels)?;
            metric.encode_counter::<NoLabelSet, _, f64>(value, None)?;
        }
        Ok(())
    }
}
