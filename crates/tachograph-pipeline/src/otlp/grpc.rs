//! OTLP over gRPC.

use http::HeaderMap;
use opentelemetry_otlp::{LogExporter, MetricExporter, SpanExporter, WithExportConfig, WithTonicConfig};
use opentelemetry_sdk::metrics::Temporality;
use tonic::metadata::MetadataMap;
use tonic::transport::{Certificate, ClientTlsConfig, Identity};
use tonic::{Request, Status};

use super::tls::Material;
use super::{Target, tls};
use crate::settings::Compression;

pub(super) fn span_exporter(target: Target) -> Result<SpanExporter, String> {
    configure(SpanExporter::builder().with_tonic(), target)?.build().map_err(|error| error.to_string())
}

pub(super) fn metric_exporter(target: Target) -> Result<MetricExporter, String> {
    let builder = MetricExporter::builder().with_temporality(Temporality::Cumulative).with_tonic();
    configure(builder, target)?.build().map_err(|error| error.to_string())
}

pub(super) fn log_exporter(target: Target) -> Result<LogExporter, String> {
    configure(LogExporter::builder().with_tonic(), target)?.build().map_err(|error| error.to_string())
}

fn configure<B: WithExportConfig + WithTonicConfig>(builder: B, target: Target) -> Result<B, String> {
    let Target { url, settings, tls: material } = target;
    let secure = url.starts_with("https://");
    let mut builder =
        builder.with_endpoint(url).with_timeout(settings.timeout).with_interceptor(SetHeaders(settings.headers));
    if secure {
        // tonic would panic without one.
        tls::provider()?;
        builder = builder.with_tls_config(tls_config(material));
    }
    Ok(match settings.compression {
        Some(Compression::Gzip) => builder.with_compression(opentelemetry_otlp::Compression::Gzip),
        None => builder,
    })
}

fn tls_config(material: Material) -> ClientTlsConfig {
    let config = match material.roots {
        Some(roots) => ClientTlsConfig::new().ca_certificate(Certificate::from_pem(roots.pem)),
        None => ClientTlsConfig::new().with_enabled_roots(),
    };
    match material.client {
        Some(client) => config.identity(Identity::from_pem(client.certificate_pem, client.key_pem)),
        None => config,
    }
}

/// Sets the headers last, because the exporter lets the environment win over code.
#[derive(Clone)]
struct SetHeaders(HeaderMap);

impl tonic::service::Interceptor for SetHeaders {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        let mut headers = std::mem::take(request.metadata_mut()).into_headers();
        for (name, value) in &self.0 {
            headers.insert(name, value.clone());
        }
        *request.metadata_mut() = MetadataMap::from_headers(headers);
        Ok(request)
    }
}
