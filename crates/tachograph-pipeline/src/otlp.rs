//! OTLP exporters, built on the export runtime, with every setting given explicitly.
//!
//! Explicitly, because the exporters of `opentelemetry-otlp` otherwise choose a client by whichever cargo features some crate of
//! the application enabled, and use a TLS configuration without any roots.

#[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
#[cfg_attr(not(test), allow(dead_code, unused_imports, reason = "the client that sends them comes next"))]
pub(crate) mod encode;
#[cfg(feature = "otlp-grpc")]
mod grpc;
#[cfg(feature = "otlp-http")]
mod http;
#[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
pub(crate) mod self_test;
#[cfg(any(feature = "otlp-grpc", feature = "otlp-http", feature = "sentry"))]
pub(crate) mod tls;

use std::sync::Arc;
use std::time::Duration;

use crate::error::Error;
use crate::exporter::{AnyLogExporter, AnyMetricExporter, AnySpanExporter};
use crate::runtime::{ExportRuntime, RunError};
use crate::settings::{OtlpSettings, Protocol, Signal};

/// Reading the system's roots takes milliseconds; this is for a file system that hangs.
const BUILD_TIMEOUT: Duration = Duration::from_secs(10);

/// What an exporter is built from.
#[derive(Clone)]
#[cfg_attr(not(any(feature = "otlp-grpc", feature = "otlp-http")), expect(dead_code, reason = "nothing to build"))]
struct Target {
    url: String,
    settings: OtlpSettings,
    #[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
    tls: tls::Material,
}

impl Target {
    /// Reads certificates where they are needed.
    fn new(url: String, settings: OtlpSettings) -> Result<Self, Error> {
        #[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
        let tls = match url.starts_with("https://") {
            true => tls::Material::load(&settings.tls)?,
            false => tls::Material::default(),
        };
        Ok(Self {
            url,
            settings,
            #[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
            tls,
        })
    }
}

/// The exporter for spans.
pub(crate) fn span_exporter(
    runtime: &ExportRuntime,
    settings: &OtlpSettings,
) -> Result<Arc<dyn AnySpanExporter>, Error> {
    build(runtime, settings, Signal::Traces, |protocol, _target| match protocol {
        #[cfg(feature = "otlp-grpc")]
        Protocol::Grpc => Some(grpc::span_exporter(_target).map(|built| Arc::new(built) as Arc<dyn AnySpanExporter>)),
        #[cfg(feature = "otlp-http")]
        Protocol::HttpProtobuf => {
            Some(http::span_exporter(_target).map(|built| Arc::new(built) as Arc<dyn AnySpanExporter>))
        }
        #[cfg(not(all(feature = "otlp-grpc", feature = "otlp-http")))]
        _ => None,
    })
}

/// The exporter for metrics; cumulative, because it shares its reader with scrapes.
pub(crate) fn metric_exporter(
    runtime: &ExportRuntime,
    settings: &OtlpSettings,
) -> Result<Arc<dyn AnyMetricExporter>, Error> {
    build(runtime, settings, Signal::Metrics, |protocol, _target| match protocol {
        #[cfg(feature = "otlp-grpc")]
        Protocol::Grpc => {
            Some(grpc::metric_exporter(_target).map(|built| Arc::new(built) as Arc<dyn AnyMetricExporter>))
        }
        #[cfg(feature = "otlp-http")]
        Protocol::HttpProtobuf => {
            Some(http::metric_exporter(_target).map(|built| Arc::new(built) as Arc<dyn AnyMetricExporter>))
        }
        #[cfg(not(all(feature = "otlp-grpc", feature = "otlp-http")))]
        _ => None,
    })
}

/// The exporter for log records.
pub(crate) fn log_exporter(runtime: &ExportRuntime, settings: &OtlpSettings) -> Result<Arc<dyn AnyLogExporter>, Error> {
    build(runtime, settings, Signal::Logs, |protocol, _target| match protocol {
        #[cfg(feature = "otlp-grpc")]
        Protocol::Grpc => Some(grpc::log_exporter(_target).map(|built| Arc::new(built) as Arc<dyn AnyLogExporter>)),
        #[cfg(feature = "otlp-http")]
        Protocol::HttpProtobuf => {
            Some(http::log_exporter(_target).map(|built| Arc::new(built) as Arc<dyn AnyLogExporter>))
        }
        #[cfg(not(all(feature = "otlp-grpc", feature = "otlp-http")))]
        _ => None,
    })
}

/// Runs `build` on the export runtime; `None` from it means that this build lacks the protocol.
fn build<T: Send + 'static>(
    runtime: &ExportRuntime,
    settings: &OtlpSettings,
    signal: Signal,
    build: fn(Protocol, Target) -> Option<Result<T, String>>,
) -> Result<T, Error> {
    let protocol = settings.protocol;
    let (url, copy) = (settings.url(signal)?, settings.clone());
    let failed = |reason| Error::Exporter { signal: signal.name(), reason };
    match runtime.run(BUILD_TIMEOUT, async move { Target::new(url, copy).map(|target| build(protocol, target)) }) {
        Ok(Err(error)) => Err(error),
        Ok(Ok(Some(built))) => built.map_err(failed),
        Ok(Ok(None)) => Err(Error::ProtocolNotBuilt {
            source_name: settings.protocol_source.clone(),
            protocol,
            feature: match protocol {
                Protocol::Grpc => "otlp-grpc",
                Protocol::HttpProtobuf => "otlp-http",
            },
        }),
        Err(RunError::TimedOut) => Err(failed(format!("building it took longer than {BUILD_TIMEOUT:?}"))),
        Err(RunError::Panicked(message)) => Err(failed(message)),
        Err(RunError::Gone) => Err(failed("the export thread has ended".to_owned())),
    }
}

#[cfg(all(test, not(all(feature = "otlp-grpc", feature = "otlp-http"))))]
mod tests {
    use super::*;

    #[test]
    fn a_protocol_that_was_left_out_is_an_error_that_names_its_feature() {
        let protocol = if cfg!(feature = "otlp-grpc") { Protocol::HttpProtobuf } else { Protocol::Grpc };
        let settings = OtlpSettings { protocol, ..OtlpSettings::default() };
        let runtime = ExportRuntime::start().unwrap();
        let Err(error) = span_exporter(&runtime, &settings) else { panic!("it was built") };
        let feature = if protocol == Protocol::Grpc { "otlp-grpc" } else { "otlp-http" };
        assert!(error.to_string().contains(feature), "{error}");
        assert!(matches!(metric_exporter(&runtime, &settings), Err(Error::ProtocolNotBuilt { .. })));
        assert!(matches!(log_exporter(&runtime, &settings), Err(Error::ProtocolNotBuilt { .. })));
    }
}
