//! The tracer of the process.

use std::sync::OnceLock;

use opentelemetry::global::BoxedTracer;

/// The name of the part of the program that makes the spans, as OpenTelemetry calls it: the instrumentation scope.
pub const SCOPE: &str = "heddle";

static TRACER: OnceLock<BoxedTracer> = OnceLock::new();

/// The process has a tracer already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlreadyInstalled;

/// Makes spans with this tracer from now on, in the whole process.
///
/// # Errors
/// Fails if the process has a tracer already.
pub fn install(tracer: BoxedTracer) -> Result<(), AlreadyInstalled> {
    TRACER.set(tracer).map_err(|_| AlreadyInstalled)
}

/// Returns the tracer; `None` if there are no traces.
pub(crate) fn tracer() -> Option<&'static BoxedTracer> {
    TRACER.get()
}
