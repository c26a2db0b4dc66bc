//! The log.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;

use super::samples::Samples;
use crate::telemetry::dropped_lines;

/// Reads what the log of the process counts.
#[derive(Debug)]
pub(in crate::metrics) struct LogCollector;

impl Collector for LogCollector {
    fn encode(&self, encoder: DescriptorEncoder) -> fmt::Result {
        Samples(encoder).counter(
            "log_dropped_lines",
            "Lines of the log that were dropped because standard error did not take them in time.",
            &dropped_lines(),
        )
    }
}
