use std::{
    fmt,
    sync::Arc,
    task::{Context, Poll},
};

use http::{Request, Response};
use http_body::Body;
use tachograph_core::Telemetry;
use tower_service::Service;

use super::{describe, exchange::GrpcServerExchange, settings::Settings};
use crate::{body::ResponseBody, future::ResponseFuture, request_call::RequestCall};

/// A service whose calls are tracked, from [`GrpcServerLayer`](crate::GrpcServerLayer).
#[derive(Clone, Debug)]
pub struct GrpcServer<S> {
    inner: S,
    settings: Arc<Settings>,
}

impl<S> GrpcServer<S> {
    pub(super) fn new(inner: S, settings: Arc<Settings>) -> Self {
        Self { inner, settings }
    }
}

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for GrpcServer<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
    ResBody: Body,
    S::Error: fmt::Debug,
{
    type Response = Response<ResponseBody<ResBody, GrpcServerExchange>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future, GrpcServerExchange>;

    fn poll_ready(&mut self, task: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(task)
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        if self.settings.telemetry.is_none() && !Telemetry::is_in_force() {
            return ResponseFuture::new(self.inner.call(request), RequestCall::untracked());
        }
        let (parts, body) = request.into_parts();
        let mut call = describe::start(&parts, &self.settings);
        let request = Request::from_parts(parts, body);
        let future = call.run(|| self.inner.call(request));
        ResponseFuture::new(future, call)
    }
}
