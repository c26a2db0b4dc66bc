//! The connections of clients.

use std::fmt;
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::metrics::counter::Counter;
use tokio::sync::Semaphore;

use super::samples::Samples;

/// Counts the connections that are accepted. Those of a service without metrics are counted for
/// nobody.
#[derive(Clone, Debug, Default)]
pub struct ConnectionMetrics {
    /// Connections within the limit.
    pub admitted: Counter,
    /// Connections past the limit whose requests get a 503.
    pub rejected: Counter,
    /// Connections past the limit that are closed without a response.
    pub closed: Counter,
    /// Connections that ended with a request that is no HTTP.
    pub malformed: Counter,
    /// Connections that ended with a head that is too long.
    pub too_large: Counter,
}

/// Reads the connections.
#[derive(Debug)]
pub(in crate::metrics) struct ConnectionCollector {
    pub(in crate::metrics) metrics: ConnectionMetrics,
    /// One permit for each connection that may be opened yet.
    pub(in crate::metrics) free: Arc<Semaphore>,
    pub(in crate::metrics) limit: usize,
}

impl Collector for ConnectionCollector {
    fn encode(&self, encoder: DescriptorEncoder) -> fmt::Result {
        let Self {
            metrics,
            free,
            limit,
        } = self;
        let mut samples = Samples(encoder);
        samples.gauge(
            "connections_open",
            "Open connections of clients within the limit.",
            &limit.saturating_sub(free.available_permits()),
        )?;
        samples.gauge(
            "connections_limit",
            "The maximum number of connections: limits.connections.",
            limit,
        )?;
        samples.counter(
            "connections_accepted",
            "Connections that were accepted within the limit.",
            &metrics.admitted.get(),
        )?;
        samples.counters(
            "connections_refused",
            "Connections past the limit, by what they got: a 503 (answered) or nothing (closed).",
            "outcome",
            &[
                ("answered", metrics.rejected.get()),
                ("closed", metrics.closed.get()),
            ],
        )?;
        samples.counters(
            "connections_failed",
            "Connections that ended with a request that is not understood, by what is wrong.",
            "reason",
            &[
                ("malformed", metrics.malformed.get()),
                ("too_large", metrics.too_large.get()),
            ],
        )
    }
}
