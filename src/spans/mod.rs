//! One span per request, exported by OTLP: the cargo feature `otlp`.
//!
//! The standard variables of OpenTelemetry configure it, and without an endpoint in them there are
//! no spans. Without the feature, nothing here does anything.

#[cfg(not(feature = "otlp"))]
mod disabled;
#[cfg(feature = "otlp")]
mod exporter;
#[cfg(feature = "otlp")]
mod request_span;

#[cfg(not(feature = "otlp"))]
pub(crate) use disabled::RequestSpan;
#[cfg(not(feature = "otlp"))]
pub use disabled::{SpanExportError, SpanGuard, start};
#[cfg(feature = "otlp")]
pub use exporter::{SpanExportError, SpanGuard, start};
#[cfg(feature = "otlp")]
pub(crate) use request_span::RequestSpan;
