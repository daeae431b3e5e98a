use std::{
    sync::Arc,
    task::{Context, Poll},
};

use http::{Request, Response};
use http_body::Body;
use tachograph_core::CallSite;
use tower_service::Service;

use super::{describe, exchange::HttpServerExchange, request_size, settings::Settings};
use crate::{body::ResponseBody, future::ResponseFuture, http::first_text::FirstText, request_call::RequestCall};

/// A service whose requests are tracked, from [`HttpServerLayer`](crate::HttpServerLayer).
#[derive(Clone, Debug)]
pub struct HttpServer<S> {
    inner: S,
    shared: Arc<Shared>,
}

/// What the clones of a service share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) settings: Arc<Settings>,
    pub(super) route: FirstText,
    pub(super) host: FirstText,
    pub(super) site: CallSite,
}

impl<S> HttpServer<S> {
    pub(super) fn new(inner: S, settings: Arc<Settings>) -> Self {
        let (route, host) = (FirstText::default(), FirstText::default());
        Self { inner, shared: Arc::new(Shared { settings, route, host, site: CallSite::new() }) }
    }
}

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for HttpServer<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
    ReqBody: 'static,
    ResBody: Body,
{
    type Response = Response<ResponseBody<ResBody, HttpServerExchange>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future, HttpServerExchange>;

    fn poll_ready(&mut self, task: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(task)
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        if !describe::is_wanted(&self.shared.settings) {
            return ResponseFuture::new(self.inner.call(request), RequestCall::untracked());
        }
        let (parts, body) = request.into_parts();
        let mut call = describe::start(&parts, &self.shared);
        let body = match call.call() {
            Some(call) => request_size::measured(&parts.headers, body, call),
            None => body,
        };
        let request = Request::from_parts(parts, body);
        let future = call.run(|| self.inner.call(request));
        ResponseFuture::new(future, call)
    }
}
