use std::sync::Arc;

use http::{Uri, request::Parts};
use tower_layer::Layer;

use super::{
    service::HttpClient,
    settings::{Propagation, Settings, client_settings},
};

/// Tracks every request that is sent through the client that it is laid around: any `Service<http::Request<_>>`.
///
/// ```no_run
/// use hyper_util::{client::legacy::Client, rt::TokioExecutor};
/// use http_body_util::Empty;
/// use tachograph_tower::HttpClientLayer;
/// use tower::{ServiceBuilder, ServiceExt as _};
///
/// # async fn ask() -> Result<(), Box<dyn std::error::Error>> {
/// let client = Client::builder(TokioExecutor::new()).build_http::<Empty<bytes::Bytes>>();
/// let client = ServiceBuilder::new().layer(HttpClientLayer::new()).service(client);
/// let response = client.oneshot(http::Request::get("http://localhost:8080/users/7").body(Empty::new())?).await?;
/// # Ok(())
/// # }
/// ```
///
/// # What is recorded
///
/// A client span `{method} {url.template}`, or `{method}` where there is no template, and the metrics
/// `http.client.request.duration`, `http.client.active_requests` and `http.client.{request,response}.body.size`. All of
/// them end together:
///
/// | what happens | `error.type` |
/// |---|---|
/// | the last byte of the response was read | none; the status from 400 on |
/// | the response is dropped before its head, or its body is before its end | none, or the status from 400 on; the span has `tachograph.cancelled` |
/// | a time-out | `timeout` |
/// | no connection: no such name, nobody there, no agreement on TLS | `connect` |
/// | the connection ends early | `connection_closed` |
/// | any other failure of the client, of the response's body | `request_error`, `body_error` |
/// | a panic | `panic` |
///
/// `server.address` and `server.port` are metric labels, as the conventions have it: where the hosts are not the
/// application's to choose (a crawler, web hooks), drop `server.address` in a view or in the collector.
///
/// `url.full` has neither user, password, query nor fragment. The size of a request's body is what its length is known to
/// be. One of unknown length is counted as it passes where it is axum's `Body` (feature `axum`), and has no size otherwise.
///
/// # What is sent
///
/// Trace context and baggage, written by the propagator of the process (`opentelemetry::global`) from the request's own
/// span. Headers of the same names that the request had are overwritten: they belong to another span. Without a span to write
/// (telemetry without traces) they stay. Baggage goes to every
/// host that is asked, strangers included, unless [`with_propagation_to`](Self::with_propagation_to) says otherwise.
///
/// Lay it below a retry to see every attempt ([`ResendCount`](crate::ResendCount)), above one to see the whole. Where no
/// telemetry is installed, requests and responses pass through and nothing is looked at or sent.
#[derive(Clone, Debug, Default)]
pub struct HttpClientLayer {
    settings: Settings<Parts>,
}

impl HttpClientLayer {
    /// A layer that records to the telemetry in force and sends the trace context along with every request.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Where the template of a request's path comes from. [`UrlTemplate`](crate::UrlTemplate) in the request's extensions
    /// counts before it. The default is none: the path is never taken instead.
    ///
    /// Give the template (`/users/{id}`), never the path: it becomes a metric label and part of the span's name.
    ///
    /// ```
    /// # use tachograph_tower::HttpClientLayer;
    /// let layer = HttpClientLayer::new()
    ///     .with_url_template(|request| request.uri.path().starts_with("/users/").then(|| "/users/{id}".to_owned()));
    /// ```
    #[must_use]
    pub fn with_url_template(mut self, template: impl Fn(&Parts) -> Option<String> + Send + Sync + 'static) -> Self {
        self.settings.template = Some(Arc::new(template));
        self
    }

    /// Sends trace context and baggage to those URIs alone: baggage may say more than strangers should know.
    ///
    /// ```
    /// # use tachograph_tower::HttpClientLayer;
    /// let layer = HttpClientLayer::new()
    ///     .with_propagation_to(|uri| uri.host().is_some_and(|host| host.ends_with(".internal")));
    /// ```
    #[must_use]
    pub fn with_propagation_to(mut self, may_go: impl Fn(&Uri) -> bool + Send + Sync + 'static) -> Self {
        self.settings.propagation = Propagation::To(Arc::new(may_go));
        self
    }
}

client_settings!(HttpClientLayer);

impl<S> Layer<S> for HttpClientLayer {
    type Service = HttpClient<S>;

    fn layer(&self, inner: S) -> HttpClient<S> {
        HttpClient::new(inner, Arc::new(self.settings.clone()))
    }
}
