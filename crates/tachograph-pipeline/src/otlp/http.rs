//! OTLP over HTTP with protobuf bodies.

mod cause;

use std::sync::Arc;

use async_trait::async_trait;
use http::HeaderMap;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{MetricExporter, Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::metrics::Temporality;
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};

use self::cause::{Cause, Explained};
use super::Target;
use crate::settings::{Compression, OtlpSettings};

pub(super) fn span_exporter(target: Target) -> Result<Explained<SpanExporter>, String> {
    let cause = Cause::default();
    let builder = configure(SpanExporter::builder().with_http(), target, &cause)?;
    Ok(Explained { exporter: builder.build().map_err(|error| error.to_string())?, cause })
}

pub(super) fn metric_exporter(target: Target) -> Result<Explained<MetricExporter>, String> {
    let cause = Cause::default();
    let builder = MetricExporter::builder().with_temporality(Temporality::Cumulative).with_http();
    let builder = configure(builder, target, &cause)?;
    Ok(Explained { exporter: builder.build().map_err(|error| error.to_string())?, cause })
}

fn configure<B: WithExportConfig + WithHttpConfig>(builder: B, target: Target, cause: &Cause) -> Result<B, String> {
    let Target { url, settings } = target;
    let client = Client { inner: client(&url, &settings)?, headers: settings.headers, cause: cause.clone() };
    let builder = builder
        .with_endpoint(url)
        .with_protocol(Protocol::HttpBinary)
        .with_timeout(settings.timeout)
        .with_http_client(client);
    Ok(match settings.compression {
        Some(Compression::Gzip) => builder.with_compression(opentelemetry_otlp::Compression::Gzip),
        None => builder,
    })
}

fn client(url: &str, settings: &OtlpSettings) -> Result<reqwest::Client, String> {
    let builder = reqwest::Client::builder()
        .timeout(settings.timeout)
        // A redirect would carry the headers, credentials included, to a host that nobody configured.
        .redirect(reqwest::redirect::Policy::none())
        .tls_backend_preconfigured(tls(url.starts_with("https://"))?);
    builder.build().map_err(|error| error.to_string())
}

/// TLS with the roots of the system; without any when it is not needed, because reading them takes time.
fn tls(needed: bool) -> Result<ClientConfig, String> {
    let mut roots = RootCertStore::empty();
    if needed {
        let found = rustls_native_certs::load_native_certs();
        let (added, _) = roots.add_parsable_certificates(found.certs);
        if added == 0 {
            return Err(format!("no TLS roots were found on this system: {:?}", found.errors));
        }
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

/// Sets the headers last, because the exporter lets the environment win over code.
#[derive(Debug)]
struct Client {
    inner: reqwest::Client,
    headers: HeaderMap,
    cause: Cause,
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, mut request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        for (name, value) in &self.headers {
            request.headers_mut().insert(name, value.clone());
        }
        self.inner.send_bytes(request).await.map_err(|error| match error.downcast::<reqwest::Error>() {
            Ok(error) => {
                self.cause.keep(*error);
                "network error".into()
            }
            Err(other) => other,
        })
    }
}
