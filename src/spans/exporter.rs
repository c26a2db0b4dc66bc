//! The exporter: collects spans and sends them in batches, in a thread of its own.

use std::env;
use std::sync::OnceLock;
use std::time::Duration;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{ExporterBuildError, SpanExporter};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};

/// Why spans cannot be exported.
pub type SpanExportError = ExporterBuildError;

/// The variables that ask for an export.
const ENDPOINTS: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
];

/// How long the last batch may take at the end of the process.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(2);

static TRACER: OnceLock<SdkTracer> = OnceLock::new();

/// Stops the export when dropped, after the last batch.
#[must_use = "the last spans are lost without it"]
#[derive(Debug)]
pub struct SpanGuard(SdkTracerProvider);

/// Starts the export, if a variable of the environment names an endpoint. The SDK reads the other
/// variables: the headers, the sampler, the name of the service.
///
/// # Errors
///
/// [`SpanExportError`] if a variable cannot be understood.
pub fn start() -> Result<Option<SpanGuard>, SpanExportError> {
    let is_disabled =
        variable("OTEL_SDK_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    if is_disabled || ENDPOINTS.iter().all(|name| variable(name).is_none()) {
        return Ok(None);
    }
    // Fails only if a provider is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let exporter = SpanExporter::builder().with_http().build()?;
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_resource(resource())
        .build();
    let _ = TRACER.set(provider.tracer(env!("CARGO_PKG_NAME")));
    Ok(Some(SpanGuard(provider)))
}

/// What tells where the spans come from.
fn resource() -> Resource {
    let of_variables = variable("OTEL_RESOURCE_ATTRIBUTES").unwrap_or_default();
    let has_name =
        variable("OTEL_SERVICE_NAME").is_some() || of_variables.contains("service.name=");
    let resource = Resource::builder();
    if has_name {
        resource.build()
    } else {
        resource.with_service_name(env!("CARGO_PKG_NAME")).build()
    }
}

/// The value of a variable that is not empty.
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// What makes spans, once the export has started.
pub(super) fn tracer() -> Option<&'static SdkTracer> {
    TRACER.get()
}

impl Drop for SpanGuard {
    fn drop(&mut self) {
        // There is no time left to report an error.
        let _ = self.0.shutdown_with_timeout(SHUTDOWN_TIMEOUT);
    }
}
