//! How long operations of the store take, and how they fail.

use std::thread;
use std::time::Instant;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use strum::{IntoStaticStr, VariantArray};

use crate::store::{ListError, StoreError, WriteError};

/// The upper bounds of the buckets, in seconds: from an image that is read in memory to more than
/// `store.timeout_seconds`, which is 10 by default.
const BUCKETS: [f64; 17] = [
    0.00001, 0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5,
    5.0, 10.0, 30.0,
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

/// How an operation failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub(super) enum ErrorKind {
    /// The store did not answer, or not in time.
    Unavailable,
    /// The memory budget was exhausted.
    Overloaded,
    /// Any other error.
    Internal,
    /// Nobody waited for the outcome any more.
    Cancelled,
}

/// The handles of one operation.
#[derive(Debug)]
pub(super) struct Operation {
    duration: Histogram,
    /// By the kind.
    errors: [Counter; ErrorKind::VARIANTS.len()],
    /// What a call that is dropped counts as.
    if_dropped: ErrorKind,
}

/// A call in progress. It is measured when this is dropped.
struct Call<'a> {
    operation: &'a Operation,
    started: Instant,
    error: Option<ErrorKind>,
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
            "Operations of the store that failed, by what failed, and those that were cancelled",
            errors.clone(),
        );
        Self { durations, errors }
    }

    /// The handles of the operation with this name.
    pub(super) fn operation(&self, operation: &'static str) -> Operation {
        let errors = std::array::from_fn(|index| {
            let kind = ErrorKind::VARIANTS[index].into();
            let labels = ErrorLabels { operation, kind };
            self.errors.get_or_create_owned(&labels)
        });
        Operation {
            duration: self.durations.get_or_create_owned(&Labels { operation }),
            errors,
            if_dropped: ErrorKind::Cancelled,
        }
    }
}

impl Operation {
    /// The same operation, if only the end of its time cancels it.
    pub(super) fn cancelled_by_timeout(self) -> Self {
        Self {
            if_dropped: ErrorKind::Unavailable,
            ..self
        }
    }

    /// Measures a call, also one that is cancelled.
    pub(super) async fn measure<T, E: AsStoreError>(
        &self,
        call: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let mut measured = Call {
            operation: self,
            started: Instant::now(),
            error: Some(self.if_dropped),
        };
        let outcome = call.await;
        let error = outcome.as_ref().err().and_then(E::as_store_error);
        measured.error = error.map(ErrorKind::of);
        outcome
    }
}

impl ErrorKind {
    fn of(error: &StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) => Self::Unavailable,
            StoreError::Overloaded(_) => Self::Overloaded,
            StoreError::Internal(_) => Self::Internal,
        }
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        let Operation {
            duration, errors, ..
        } = self.operation;
        duration.observe(self.started.elapsed().as_secs_f64());
        // Who waits for a call that panics gets a 500.
        let panicked = thread::panicking().then_some(ErrorKind::Internal);
        if let Some(kind) = panicked.or(self.error) {
            errors[kind as usize].inc();
        }
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
