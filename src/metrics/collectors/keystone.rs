//! The validation of tokens at Keystone.

use std::fmt;
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;

use super::samples::Samples;
use crate::auth::{
    KeystoneAuthenticator, KeystoneStatistics, LookupCounts, RequestCounts, RequestDurations,
};

/// Reads what the authenticator counts.
#[derive(Debug)]
pub(in crate::metrics) struct KeystoneCollector(pub(in crate::metrics) Arc<KeystoneAuthenticator>);

impl Collector for KeystoneCollector {
    fn encode(&self, encoder: DescriptorEncoder) -> fmt::Result {
        let statistics = self.0.statistics();
        let mut samples = Samples(encoder);
        write_cache(&mut samples, &statistics)?;
        write_requests(&mut samples, &statistics)?;
        samples.gauges(
            "keystone_validations",
            "Validations of tokens that are running or waiting for a slot.",
            "state",
            &[
                ("running", statistics.running),
                ("waiting", statistics.waiting),
            ],
        )?;
        samples.counter(
            "keystone_waits",
            "Validations of tokens that had to wait for a slot.",
            &statistics.waits,
        )?;
        samples.counter(
            "keystone_refusals",
            "Validations of tokens that failed without asking Keystone: no slot, or it hangs.",
            &statistics.refusals,
        )
    }
}

fn write_cache(samples: &mut Samples<'_>, statistics: &KeystoneStatistics) -> fmt::Result {
    let LookupCounts {
        valid,
        invalid,
        missing,
    } = statistics.lookups;
    samples.counters(
        "token_cache_lookups",
        "Look-ups of tokens in the cache: found as valid, found as invalid, or not found.",
        "outcome",
        &[("valid", valid), ("invalid", invalid), ("miss", missing)],
    )?;
    samples.gauge(
        "token_cache_entries",
        "Valid tokens in the cache, about.",
        &statistics.cached_tokens,
    )
}

fn write_requests(samples: &mut Samples<'_>, statistics: &KeystoneStatistics) -> fmt::Result {
    let RequestCounts {
        answered,
        refused,
        failed,
        timed_out,
        unreachable,
        cancelled,
    } = statistics.requests;
    samples.counters(
        "keystone_requests",
        "HTTP requests to Keystone, logins and retries included, by outcome.",
        "outcome",
        &[
            ("answered", answered),
            ("refused", refused),
            ("failed", failed),
            ("timeout", timed_out),
            ("unreachable", unreachable),
            ("cancelled", cancelled),
        ],
    )?;
    let RequestDurations { sum, counts } = statistics.durations;
    let bounds = RequestDurations::BOUNDS.map(|bound| bound.as_secs_f64());
    let bounds = bounds.into_iter().chain([f64::INFINITY]);
    let buckets: Vec<_> = bounds.zip(counts).collect();
    samples.durations(
        "keystone_request_duration",
        "How long HTTP requests to Keystone take, also without an answer.",
        sum,
        &buckets,
    )
}
