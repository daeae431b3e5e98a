//! OTLP over HTTP with protobuf bodies.

mod cause;
mod client;

use opentelemetry_otlp::{LogExporter, MetricExporter, Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::metrics::Temporality;

use self::cause::Explained;
use self::client::Client;
use super::Target;
use crate::settings::Compression;

pub(super) fn span_exporter(target: Target) -> Result<Explained<SpanExporter>, String> {
    let builder = configure(SpanExporter::builder().with_http(), target)?;
    builder.build().map(Explained).map_err(|error| error.to_string())
}

pub(super) fn metric_exporter(target: Target) -> Result<Explained<MetricExporter>, String> {
    let builder = MetricExporter::builder().with_temporality(Temporality::Cumulative).with_http();
    let builder = configure(builder, target)?;
    builder.build().map(Explained).map_err(|error| error.to_string())
}

pub(super) fn log_exporter(target: Target) -> Result<Explained<LogExporter>, String> {
    let builder = configure(LogExporter::builder().with_http(), target)?;
    builder.build().map(Explained).map_err(|error| error.to_string())
}

fn configure<B: WithExportConfig + WithHttpConfig>(builder: B, target: Target) -> Result<B, String> {
    let Target { url, settings, tls } = target;
    // Reading the system's roots takes time, and cryptography may be absent, so only where it is needed.
    let tls = if url.starts_with("https://") { Some(super::tls::client_config_of(tls)?) } else { None };
    let builder = builder
        .with_endpoint(url)
        .with_protocol(Protocol::HttpBinary)
        .with_timeout(settings.timeout)
        .with_http_client(Client::new(tls, settings.headers, settings.timeout));
    Ok(match settings.compression {
        Some(Compression::Gzip) => builder.with_compression(opentelemetry_otlp::Compression::Gzip),
        None => builder,
    })
}
