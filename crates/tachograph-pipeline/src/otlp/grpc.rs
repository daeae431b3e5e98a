//! OTLP over gRPC.
//!
//! tonic makes the connections. The call itself, one message there and one back, is made here, so that a request is compressed once and
//! not for each attempt, and by the settings instead of by features of another crate.

mod reply;

use std::future::poll_fn;
use std::time::Duration;

use bytes::{BufMut as _, Bytes, BytesMut};
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue, TE};
use http::{HeaderMap, Request};
use http_body_util::Full;
use tonic::body::Body;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use tower_service::Service as _;

use super::answer::{Refusal, Taken};
use super::target::method;
use super::tls::Material;
use super::{Target, tls};
use crate::settings::{Compression, Signal};

/// How often a connection is looked at while an export waits on it, so that a peer that vanished is noticed.
const KEEP_ALIVE: Duration = Duration::from_secs(10);
/// Before each message: whether it is compressed, and its length.
const PREFIX: usize = 5;

/// A connection to a receiver, made when it is first needed and again when it broke.
#[derive(Debug)]
pub(super) struct Transport {
    channel: Channel,
    path: &'static str,
    headers: HeaderMap,
    compression: Option<Compression>,
}

impl Transport {
    /// Must be built on the export runtime, where its connections live.
    pub(super) fn new(target: Target, signal: Signal) -> Result<Self, String> {
        let Target { url, settings, tls: material } = target;
        let secure = url.starts_with("https://");
        let mut endpoint = Endpoint::from_shared(url)
            .and_then(|endpoint| endpoint.user_agent(super::USER_AGENT))
            .map_err(|error| error.to_string())?
            .connect_timeout(settings.timeout)
            .http2_keep_alive_interval(KEEP_ALIVE)
            .keep_alive_timeout(KEEP_ALIVE);
        if secure {
            // tonic would panic without one.
            tls::provider()?;
            endpoint = endpoint.tls_config(tls_config(material)).map_err(|error| error.to_string())?;
        }
        let mut headers = HeaderMap::from_iter([
            (CONTENT_TYPE, HeaderValue::from_static("application/grpc")),
            (TE, HeaderValue::from_static("trailers")),
        ]);
        if let Some(compression) = settings.compression {
            headers.insert(HeaderName::from_static("grpc-encoding"), HeaderValue::from_static(compression.name()));
        }
        headers.extend(settings.headers);
        Ok(Self { channel: endpoint.connect_lazy(), path: method(signal), headers, compression: settings.compression })
    }

    /// The message as it goes over the wire.
    pub(super) fn prepare(&self, body: &Bytes) -> Result<Bytes, Refusal> {
        let compressed = self.compression.map(|it| it.compress(body)).transpose();
        let compressed = compressed.map_err(|error| Refusal::never(format!("compressing failed: {error}")))?;
        let message = compressed.as_ref().unwrap_or(body);
        let length = u32::try_from(message.len()).map_err(|_| Refusal::never("the request is too large for gRPC"))?;
        let mut framed = BytesMut::with_capacity(PREFIX + message.len());
        framed.put_u8(compressed.is_some().into());
        framed.put_u32(length);
        framed.put_slice(message);
        Ok(framed.freeze())
    }

    pub(super) async fn send(&self, message: Bytes) -> Result<Taken, Refusal> {
        let mut request = Request::post(self.path).body(Body::new(Full::new(message)));
        if let Ok(request) = &mut request {
            request.headers_mut().extend(self.headers.clone());
        }
        let request = request.map_err(|error| Refusal::never(error.to_string()))?;
        let mut channel = self.channel.clone();
        poll_fn(|context| channel.poll_ready(context)).await.map_err(|error| Refusal::of_connection(&error))?;
        let response = channel.call(request).await.map_err(|error| Refusal::of_connection(&error))?;
        reply::read(response).await
    }
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
