//! Metrics in OpenMetrics text, which the [`server`](crate::server) has on a listener of their own.
//!
//! Every label has a fixed set of values: none is an id, a tag, a token or anything else that a
//! client can choose. So the number of time series is bounded whatever clients send.
//!
//! What happens often is counted through handles that are looked up once: `requests` counts
//! requests, and `store` wraps the store to measure its operations. Everything else is counted by
//! the part of the service that it is about, and `collectors` reads it when the metrics are asked
//! for. `docs/operations.md` has a table of all metrics.
//!
//! Start reading at `registry.rs`.

mod collectors;
mod format;
mod operation;
mod registry;
mod requests;
mod store;
mod tags;

pub use collectors::ConnectionMetrics;
pub use format::Format;
pub use registry::Metrics;
pub use requests::{RequestMetrics, RequestTimer};
