//! How long operations of the store take, and how they fail.

use std::time::Instant;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::store::{ListError, StoreError, WriteError};

/// The upper bounds of the buckets: from an image that is read in memory to the time-out.
const BUCKETS: [f64; 13] = [
    0.00001, 0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.25, 1.0, 2.5, 10.0,
];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    operation: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ErrorLabels {
    operation: &'static str,
    kind: &'static str,
}

/// The metrics of all operations.
#[derive(Debug)]
pub(super) struct OperationMetrics {
    durations: Family<Labels, Histogram, fn() -> Histogram>,
    errors: Family<ErrorLabels, Counter>,
}

/// The handles of one operation.
#[derive(Debug)]
pub(super) struct Operation {
    duration: Histogram,
    unavailable: Counter,
    internal: Counter,
}

/// An error that may be one of the store itself.
pub(super) trait AsStoreError {
    /// The error of the store; `None` if the store has worked.
    fn as_store_error(&self) -> Option<&StoreError>;
}

impl OperationMetrics {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let durations: Family<_, _, fn() -> _> =
            Family::new_with_constructor(|| Histogram::new(BUCKETS));
        let errors = Family::default();
        registry.register_with_unit(
            "store_operation_duration",
            "How long operations of the store take, retries and waits included",
            Unit::Seconds,
            durations.clone(),
        );
        registry.register(
            "store_errors",
            "Operations of the store that failed: unavailable (503) or internal (500)",
            errors.clone(),
        );
        Self { durations, errors }
    }

    /// The handles of the operation with this name.
    pub(super) fn operation(&self, operation: &'static str) -> Operation {
        let errors = |kind| {
            self.errors
                .get_or_create_owned(&ErrorLabels { operation, kind })
        };
        Operation {
            duration: self.durations.get_or_create_owned(&Labels { operation }),
            unavailable: errors("unavailable"),
            internal: errors("internal"),
        }
    }
}

impl Operation {
    /// Measures a call. One that is cancelled is not counted.
    pub(super) async fn measure<T, E: AsStoreError>(
        &self,
        call: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let started = Instant::now();
        let outcome = call.await;
        self.duration.observe(started.elapsed().as_secs_f64());
        match outcome.as_ref().err().and_then(E::as_store_error) {
            Some(StoreError::Unavailable(_)) => drop(self.unavailable.inc()),
            Some(StoreError::Internal(_)) => drop(self.internal.inc()),
            None => {}
        }
        outcome
    }
}

impl AsStoreError for StoreError {
    fn as_store_error(&self) -> Option<&StoreError> {
        Some(self)
    }
}

impl AsStoreError for ListError {
    fn as_store_error(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            Self::NoSuchMarker => None,
        }
    }
}

impl AsStoreError for WriteError {
    fn as_store_error(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            Self::NoSuchImage | Self::Exists | Self::Refused(_) => None,
        }
    }
}
