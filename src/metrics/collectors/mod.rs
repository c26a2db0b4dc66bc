//! What is read when the metrics are asked for.

mod budget;
mod connections;
mod keystone;
mod log;
mod process;
mod samples;
mod store;

pub(super) use budget::BudgetCollector;
pub(super) use connections::ConnectionCollector;
pub use connections::ConnectionMetrics;
pub(super) use keystone::KeystoneCollector;
pub(super) use log::LogCollector;
pub(super) use process::ProcessCollector;
pub(super) use store::StoreCollector;
