use std::{
    sync::Arc,
    task::{Context, Poll},
};

use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

use crate::{body::ResponseBody, describe, future::ResponseFuture, request_call::RequestCall, settings::Settings};

/// A service whose requests are tracked, from [`HttpServerLayer`](crate::HttpServerLayer).
#[derive(Clone, Debug)]
pub struct HttpServer<S> {
    inner: S,
    settings: Arc<Settings>,
}

impl<S> HttpServer<S> {
    pub(crate) fn new(inner: S, settings: Arc<Settings>) -> Self {
        Self { inner, settings }
    }
}

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for HttpServer<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
    ResBody: Body,
{
    type Response = Response<ResponseBody<ResBody>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, task: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(task)
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        if !describe::is_wanted(&self.settings) {
            return ResponseFuture::new(self.inner.call(request), RequestCall::untracked());
        }
        let (parts, body) = request.into_parts();
        let call = describe::describe(&parts, &self.settings);
        ResponseFuture::new(self.inner.call(Request::from_parts(parts, body)), call)
    }
}
