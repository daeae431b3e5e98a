use std::sync::{Arc, Weak};

use async_trait::async_trait;
use http::Extensions;
use http_body::Body as _;
use reqwest::{Body, Request, Response, Url};
use reqwest_middleware::{Middleware, Next, Result};
use tachograph_core::{Call, HttpClientRequest, Telemetry};

use super::convert::{into_http, into_reqwest};
use crate::{
    ResendCount,
    body::content_length,
    future::ResponseFuture,
    http::client::{self, HttpClientExchange, Propagation, Settings, client_settings},
    propagation,
    request_body::RequestBody,
};

/// Tracks every request that is sent through the client that it is added to. What is recorded and sent is what
/// [`HttpClientLayer`](crate::HttpClientLayer) says, and further:
///
/// - Added after a retry it sees every attempt, and tells them apart: `http.request.resend_count`. Added before one it sees
///   the request as a whole. Where it was added twice, the outer one records.
/// - The size of a streamed request body is counted as it passes.
/// - Redirects that `reqwest` follows by itself are part of the request.
/// - The response keeps its URL, its extensions, its length and the address of the peer. An error of its body has one more
///   `reqwest::Error` around its cause; `is_timeout` and its siblings see through that.
#[derive(Clone, Debug, Default)]
pub struct HttpClientMiddleware {
    settings: Settings<Request>,
}

impl HttpClientMiddleware {
    /// A middleware that records to the telemetry in force and sends the trace context along with every request.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Where the template of a request's path comes from. [`UrlTemplate`](crate::UrlTemplate) in the request's extensions
    /// counts before it. The default is none: the path is never taken instead.
    ///
    /// Give the template (`/users/{id}`), never the path: it becomes a metric label and part of the span's name.
    #[must_use]
    pub fn with_url_template(mut self, template: impl Fn(&Request) -> Option<String> + Send + Sync + 'static) -> Self {
        self.settings.template = Some(Arc::new(template));
        self
    }

    /// Sends trace context and baggage to those URLs alone: baggage may say more than strangers should know. A redirect
    /// that `reqwest` follows by itself takes them along.
    #[must_use]
    pub fn with_propagation_to(mut self, may_go: impl Fn(&Url) -> bool + Send + Sync + 'static) -> Self {
        self.settings.propagation = Propagation::To(Arc::new(may_go));
        self
    }
}

client_settings!(HttpClientMiddleware);

/// A request that is being tracked further out, for as long as that lives.
#[derive(Clone)]
struct Tracked(Weak<()>);

impl Tracked {
    fn is_under_way(extensions: &Extensions) -> bool {
        extensions.get::<Self>().is_some_and(|tracked| tracked.0.strong_count() > 0)
    }
}

#[async_trait]
impl Middleware for HttpClientMiddleware {
    async fn handle(&self, mut request: Request, extensions: &mut Extensions, next: Next<'_>) -> Result<Response> {
        let wanted = self.settings.telemetry.is_some() || Telemetry::is_in_force();
        if !wanted || Tracked::is_under_way(extensions) {
            return next.run(request, extensions).await;
        }
        extensions.get_or_insert_with(ResendCount::new);
        let running = client::start(&request, extensions, &self.settings);
        let Some(call) = running.call() else { return next.run(request, extensions).await };
        measure(&mut request, call);
        if self.settings.propagates(&request) {
            propagation::inject(&call.context(), request.headers_mut());
        }
        let alive = Arc::new(());
        extensions.insert(Tracked(Arc::downgrade(&alive)));
        let answered = async { next.run(request, extensions).await.map(into_http) };
        let response = ResponseFuture::new(answered, running).await;
        drop(alive);
        response.map(into_reqwest)
    }
}

/// Tells the call the size of the request's body: what its length is known to be, else what will pass.
fn measure(request: &mut Request, call: &Call<HttpClientRequest>) {
    let told = content_length(request.headers());
    let Some(body) = request.body_mut().as_mut().filter(|body| !body.is_end_stream()) else { return };
    match body.size_hint().exact().or(told) {
        Some(bytes) => call.request_body_size(bytes),
        None => {
            let inner = std::mem::take(body);
            *body = Body::wrap(RequestBody::<_, HttpClientExchange>::new(inner, call.clone()));
        }
    }
}
