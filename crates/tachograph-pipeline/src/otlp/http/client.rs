//! The HTTP/1.1 client, made of what tonic brings as well.
//!
//! A client crate of general use would do, but cargo merges features: whatever this crate switched on there, TLS above all, would
//! be switched on in the application's own client.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::ClientConfig;

use crate::otlp::MAX_ANSWER;
use crate::otlp::answer::Refusal;

/// Short of what receivers usually grant an idle connection, so that an export rarely meets one that is being closed.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// Follows no redirect: that would carry the headers, credentials included, to a host that nobody configured.
///
/// It spawns its connections where it is called, which is the export runtime. It has no time-out of its own.
#[derive(Debug)]
pub(super) enum Client {
    Plain(legacy::Client<HttpConnector, Full<Bytes>>),
    Tls(legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>),
}

impl Client {
    /// A client for `https` if there is a TLS configuration, otherwise for `http`.
    pub(super) fn new(tls: Option<ClientConfig>) -> Self {
        let mut builder = legacy::Client::builder(TokioExecutor::new());
        builder.pool_idle_timeout(POOL_IDLE_TIMEOUT);
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        match tls {
            Some(tls) => {
                connector.enforce_http(false);
                let secure = HttpsConnectorBuilder::new().with_tls_config(tls).https_only().enable_http1();
                Self::Tls(builder.build(secure.wrap_connector(connector)))
            }
            None => Self::Plain(builder.build(connector)),
        }
    }

    pub(super) async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<Response<Bytes>, Refusal> {
        let answer = match self {
            Self::Plain(client) => client.request(request),
            Self::Tls(client) => client.request(request),
        };
        let (head, body) = answer.await.map_err(|error| Refusal::of_connection(&error))?.into_parts();
        let body = Limited::new(body, MAX_ANSWER).collect().await;
        let body = body.map_err(|error| match error.is::<LengthLimitError>() {
            true => Refusal::never("the answer is longer than any that is read"),
            false => Refusal::of_connection(error.as_ref()),
        })?;
        Ok(Response::from_parts(head, body.to_bytes()))
    }
}

#[cfg(test)]
mod tests;
