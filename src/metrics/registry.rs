//! All metrics of a process, and their text.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{prometheus_text, text};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
use tokio::sync::Semaphore;

use super::collectors::{
    BudgetCollector, ConnectionCollector, ConnectionMetrics, KeystoneCollector, LogCollector,
    ProcessCollector, StoreCollector,
};
use super::format::Format;
use super::requests::RequestMetrics;
use super::store::MeasuredStore;
use crate::auth::KeystoneAuthenticator;
use crate::budget::Budget;
use crate::store::ImageStore;

/// The prefix of all metric names except those of the process.
const PREFIX: &str = "image_tags";

/// The metrics of one process. Each part of the service is registered once.
#[derive(Debug)]
pub struct Metrics(Mutex<Registry>);

impl Metrics {
    /// The metrics of the process itself.
    #[must_use]
    pub fn new() -> Self {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(ProcessCollector::new()));
        let own = registry.sub_registry_with_prefix(PREFIX);
        let version = [("version", env!("CARGO_PKG_VERSION"))];
        own.register("build", "The version of the program", Info::new(version));
        own.register_collector(Box::new(LogCollector));
        Self(Mutex::new(registry))
    }

    /// Measures requests by `routes`, which are known by their position.
    pub fn requests(&self, routes: impl IntoIterator<Item = &'static str>) -> RequestMetrics {
        RequestMetrics::register(self.lock().sub_registry_with_prefix(PREFIX), routes)
    }

    /// The same store, with every operation measured.
    pub fn measured(&self, store: Arc<dyn ImageStore>) -> Arc<dyn ImageStore> {
        self.collect(StoreCollector(Arc::clone(&store)));
        let mut registry = self.lock();
        let own = registry.sub_registry_with_prefix(PREFIX);
        Arc::new(MeasuredStore::register(own, store))
    }

    /// Adds the memory budget.
    pub fn add_budget(&self, budget: Budget) {
        self.collect(BudgetCollector(budget));
    }

    /// Adds the validation of tokens at Keystone.
    pub fn add_keystone(&self, keystone: Arc<KeystoneAuthenticator>) {
        self.collect(KeystoneCollector(keystone));
    }

    /// Counts connections, of which there are at most `limit`: `free` has a permit for each one
    /// that may be opened yet.
    pub fn connections(&self, free: Arc<Semaphore>, limit: usize) -> ConnectionMetrics {
        let metrics = ConnectionMetrics::default();
        self.collect(ConnectionCollector {
            metrics: metrics.clone(),
            free,
            limit,
        });
        metrics
    }

    /// All metrics as they are now.
    ///
    /// # Errors
    ///
    /// Cannot fail in practice: writing to a `String` is infallible.
    pub fn encode(&self, format: Format) -> Result<String, fmt::Error> {
        let (registry, mut body) = (self.lock(), String::new());
        match format {
            Format::OpenMetrics => text::encode(&mut body, &registry)?,
            Format::Prometheus => prometheus_text::encode(&mut body, &registry)?,
        }
        Ok(body)
    }

    fn collect(&self, collector: impl Collector) {
        let mut registry = self.lock();
        let own = registry.sub_registry_with_prefix(PREFIX);
        own.register_collector(Box::new(collector));
    }

    fn lock(&self) -> MutexGuard<'_, Registry> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}
