//! The connections and retries of the store, and whether tags can be changed.

use std::fmt;
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;

use super::samples::Samples;
use crate::store::{ImageStore, PoolStatistics, StoreStatistics};

/// Reads what the store counts. A store in memory has no connections.
#[derive(Debug)]
pub(in crate::metrics) struct StoreCollector(pub(in crate::metrics) Arc<dyn ImageStore>);

impl Collector for StoreCollector {
    fn encode(&self, encoder: DescriptorEncoder) -> fmt::Result {
        let mut samples = Samples(encoder);
        samples.gauge(
            "store_accepts_changes",
            "1 if tags can be changed; 0 beside a Glance without a check that has passed.",
            &u32::from(self.0.accepts_changes().is_ok()),
        )?;
        let StoreStatistics { pool, retries } = self.0.statistics().unwrap_or_default();
        samples.counters(
            "store_retries",
            "Attempts at operations of the store that were made again, by the reason.",
            "reason",
            &[
                ("conflict", retries.conflicts),
                ("connection", retries.connections),
            ],
        )?;
        let PoolStatistics {
            in_use,
            idle,
            limit,
            waits,
        } = pool;
        samples.gauges(
            "store_pool_connections",
            "Connections to the database, in use or idle.",
            "state",
            &[("in_use", in_use), ("idle", idle)],
        )?;
        samples.gauge(
            "store_pool_limit",
            "The maximum number of connections to the database.",
            &limit,
        )?;
        samples.counter(
            "store_pool_waits",
            "Operations of the store that had to wait for a connection.",
            &waits,
        )
    }
}
