use std::{
    fmt,
    sync::Arc,
    task::{Context, Poll},
};

use http::{HeaderMap, Request, Response, request::Parts};
use http_body::Body;
use tachograph_core::{Call, HttpClientRequest, Telemetry};
use tower_service::Service;

use super::{describe, exchange::HttpClientExchange, settings::Settings};
use crate::{
    body::{ResponseBody, content_length},
    future::ResponseFuture,
    propagation, request_body,
    request_call::RequestCall,
};

/// A client whose requests are tracked, from [`HttpClientLayer`](crate::HttpClientLayer).
#[derive(Clone, Debug)]
pub struct HttpClient<S> {
    inner: S,
    settings: Arc<Settings<Parts>>,
}

impl<S> HttpClient<S> {
    pub(crate) fn new(inner: S, settings: Arc<Settings<Parts>>) -> Self {
        Self { inner, settings }
    }
}

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for HttpClient<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
    ReqBody: Body + 'static,
    ResBody: Body,
    S::Error: fmt::Debug,
{
    type Response = Response<ResponseBody<ResBody, HttpClientExchange>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future, HttpClientExchange>;

    fn poll_ready(&mut self, task: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(task)
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        if self.settings.telemetry.is_none() && !Telemetry::is_in_force() {
            return ResponseFuture::new(self.inner.call(request), RequestCall::untracked());
        }
        let (mut parts, mut body) = request.into_parts();
        let mut call = describe::start(&parts, &parts.extensions, &self.settings);
        if let Some(call) = call.call() {
            body = measured(&parts.headers, body, call);
            if self.settings.propagates(&parts) {
                propagation::inject(&call.context(), &mut parts.headers);
            }
        }
        let request = Request::from_parts(parts, body);
        let future = call.run(|| self.inner.call(request));
        ResponseFuture::new(future, call)
    }
}

/// Tells the call the size of the request's body: what its length is known to be, else what will pass of a body whose type
/// can stay. A request without a body has no size, rather than that of zero.
fn measured<B: Body + 'static>(headers: &HeaderMap, body: B, call: &Call<HttpClientRequest>) -> B {
    if body.is_end_stream() {
        return body;
    }
    match body.size_hint().exact().or_else(|| content_length(headers)) {
        Some(bytes) => {
            call.request_body_size(bytes);
            body
        }
        None => request_body::counted::<_, HttpClientExchange>(body, call),
    }
}
