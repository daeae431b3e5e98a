//! OTLP over HTTP, with protobuf or JSON bodies.

mod client;
#[cfg(feature = "otlp-json")]
mod json;
mod reply;

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderValue, USER_AGENT};
use http::{HeaderMap, Method, Request, Uri};
use http_body_util::Full;

use self::client::Client;
use super::Target;
use super::answer::{Refusal, Taken};
use crate::settings::{Compression, Protocol, Signal};

/// Requests to one address.
#[derive(Debug)]
pub(super) struct Transport {
    client: Client,
    url: Uri,
    headers: HeaderMap,
    compression: Option<Compression>,
    #[cfg_attr(not(feature = "otlp-json"), expect(dead_code, reason = "bodies are protobuf whatever it carries"))]
    signal: Signal,
    #[cfg(feature = "otlp-json")]
    is_json: bool,
}

impl Transport {
    pub(super) fn new(target: Target, signal: Signal) -> Result<Self, String> {
        let Target { url, settings, tls } = target;
        // Reading the system's roots takes time, and cryptography may be absent, so only where it is needed.
        let tls = if url.starts_with("https://") { Some(super::tls::client_config_of(tls)?) } else { None };
        let kind = match settings.protocol {
            Protocol::HttpJson => "application/json",
            _ => "application/x-protobuf",
        };
        let mut headers = HeaderMap::from_iter([
            (CONTENT_TYPE, HeaderValue::from_static(kind)),
            (USER_AGENT, HeaderValue::from_static(super::USER_AGENT)),
        ]);
        if let Some(compression) = settings.compression {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(compression.name()));
        }
        headers.extend(settings.headers);
        Ok(Self {
            client: Client::new(tls),
            url: url.parse().map_err(|error: http::uri::InvalidUri| error.to_string())?,
            headers,
            compression: settings.compression,
            signal,
            #[cfg(feature = "otlp-json")]
            is_json: settings.protocol == Protocol::HttpJson,
        })
    }

    /// The body as it goes over the wire.
    pub(super) fn prepare(&self, body: &Bytes) -> Result<Bytes, Refusal> {
        #[cfg(feature = "otlp-json")]
        let body = if self.is_json { &json::of(self.signal, body.clone()).map_err(Refusal::never)? } else { body };
        match self.compression {
            Some(compression) => {
                compression.compress(body).map_err(|error| Refusal::never(format!("compressing failed: {error}")))
            }
            None => Ok(body.clone()),
        }
    }

    pub(super) async fn send(&self, body: Bytes) -> Result<Taken, Refusal> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.url.clone();
        *request.headers_mut() = self.headers.clone();
        let (head, body) = self.client.exchange(request).await?.into_parts();
        reply::read(&head, &body)
    }
}
