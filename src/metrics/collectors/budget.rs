//! The memory budget.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;

use super::samples::Samples;
use crate::budget::{Budget, BudgetStatistics};

/// Reads the memory budget.
#[derive(Debug)]
pub(in crate::metrics) struct BudgetCollector(pub(in crate::metrics) Budget);

impl Collector for BudgetCollector {
    fn encode(&self, encoder: DescriptorEncoder) -> fmt::Result {
        let BudgetStatistics {
            used,
            limit,
            waits,
            refusals,
        } = self.0.statistics();
        let mut samples = Samples(encoder);
        samples.gauge(
            "memory_budget_used_bytes",
            "Bytes of bodies, responses and images that requests have reserved.",
            &used,
        )?;
        samples.gauge(
            "memory_budget_limit_bytes",
            "Bytes that requests can reserve: limits.memory_bytes.",
            &limit,
        )?;
        samples.counter(
            "memory_budget_waits",
            "Reservations that had to wait for others to be released.",
            &waits,
        )?;
        samples.counter(
            "memory_budget_refusals",
            "Reservations that failed. The response to their requests is a 503.",
            &refusals,
        )
    }
}
