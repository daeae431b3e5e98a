//! The HTTP/1.1 client, made of what tonic brings as well.
//!
//! A client crate of general use would do, but cargo merges features: whatever this crate switched on there, TLS above all, would
//! be switched on in the application's own client.

use std::time::Duration;

use async_trait::async_trait;
use http::HeaderMap;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response, ResponseBodyTooLarge};
use rustls::ClientConfig;

use super::cause::Cause;

/// The limit that [`ResponseBodyTooLarge`] names. A receiver's answer to an export is a few bytes.
const MAX_RESPONSE_BODY: usize = 4 * 1024 * 1024;
/// Short of what receivers usually grant an idle connection, so that an export rarely meets one that is being closed.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// Follows no redirect: that would carry the headers, credentials included, to a host that nobody configured.
///
/// It spawns its connections where it is called, which is the export runtime.
#[derive(Debug)]
pub(super) struct Client {
    transport: Transport,
    headers: HeaderMap,
    timeout: Duration,
}

#[derive(Debug)]
enum Transport {
    Plain(legacy::Client<HttpConnector, Full<Bytes>>),
    Tls(legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>),
}

impl Client {
    /// A client for `https` if there is a TLS configuration, otherwise for `http`. Sets `headers` on every request, has `timeout` for
    /// an exchange, and leaves with the [`Cause`] at hand why one failed.
    pub(super) fn new(tls: Option<ClientConfig>, headers: HeaderMap, timeout: Duration) -> Self {
        let mut builder = legacy::Client::builder(TokioExecutor::new());
        builder.pool_idle_timeout(POOL_IDLE_TIMEOUT);
        let transport = match tls {
            Some(tls) => {
                let connector = HttpsConnectorBuilder::new().with_tls_config(tls).https_only().enable_http1().build();
                Transport::Tls(builder.build(connector))
            }
            None => Transport::Plain(builder.build_http()),
        };
        Self { transport, headers, timeout }
    }

    async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<Response<Bytes>, HttpError> {
        let answer = match &self.transport {
            Transport::Plain(client) => client.request(request),
            Transport::Tls(client) => client.request(request),
        };
        let (head, body) = answer.await?.into_parts();
        let body = Limited::new(body, MAX_RESPONSE_BODY).collect().await?;
        Ok(Response::from_parts(head, body.to_bytes()))
    }
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let mut request = request.map(Full::new);
        // Last, because the exporter lets the environment win over code.
        for (name, value) in &self.headers {
            request.headers_mut().insert(name, value.clone());
        }
        match tokio::time::timeout(self.timeout, self.exchange(request)).await {
            Ok(Ok(response)) => return Ok(response),
            // An error that the exporter knows and does not retry.
            Ok(Err(error)) if error.is::<LengthLimitError>() => return Err(ResponseBodyTooLarge::new().into()),
            Ok(Err(error)) => Cause::keep(error.as_ref()),
            Err(_) => Cause::say(format!("no answer within {:?}", self.timeout)),
        }
        Err("network error".into())
    }
}

#[cfg(test)]
mod tests;
