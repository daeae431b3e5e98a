use std::{
    fmt,
    sync::Arc,
    task::{Context, Poll},
};

use http::{Request, Response, request::Parts};
use http_body::Body;
use opentelemetry::StringValue;
use tachograph_core::{RpcClientCall, Telemetry};
use tower_service::Service;

use super::{exchange::GrpcClientExchange, settings::Settings};
use crate::{
    body::ResponseBody,
    future::ResponseFuture,
    grpc::{GRPC, deadline, method},
    http::{attributes, client::Outgoing as _},
    propagation,
    request_call::RequestCall,
};

/// A channel whose calls are tracked, from [`GrpcClientLayer`](crate::GrpcClientLayer).
#[derive(Clone, Debug)]
pub struct GrpcClient<S> {
    inner: S,
    settings: Arc<Settings>,
}

impl<S> GrpcClient<S> {
    pub(super) fn new(inner: S, settings: Arc<Settings>) -> Self {
        Self { inner, settings }
    }
}

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for GrpcClient<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
    ResBody: Body,
    S::Error: fmt::Debug,
{
    type Response = Response<ResponseBody<ResBody, GrpcClientExchange>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future, GrpcClientExchange>;

    fn poll_ready(&mut self, task: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(task)
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        if self.settings.telemetry.is_none() && !Telemetry::is_in_force() {
            return ResponseFuture::new(self.inner.call(request), RequestCall::untracked());
        }
        let (mut parts, body) = request.into_parts();
        let mut call = start(&parts, &self.settings);
        if let Some(call) = call.call().filter(|_| self.settings.propagation) {
            propagation::inject(&call.context(), &mut parts.headers);
        }
        let request = Request::from_parts(parts, body);
        let future = call.run(|| self.inner.call(request));
        ResponseFuture::new(future, call)
    }
}

fn start(parts: &Parts, settings: &Settings) -> RequestCall<GrpcClientExchange> {
    let _telemetry = settings.telemetry.as_ref().map(Telemetry::enter);
    let method = method::of_path(parts.uri.path()).map_or_else(|| "".into(), attributes::cut);
    let mut operation = RpcClientCall::new(GRPC, method);
    if let Some((address, port)) = server(parts, settings) {
        operation = operation.server_address(address).server_port(port);
    }
    RequestCall::running(operation.start(), GrpcClientExchange::new(deadline::of(&parts.headers)))
}

/// Host and port of the server; no port is 0.
fn server(parts: &Parts, settings: &Settings) -> Option<(StringValue, u16)> {
    match &settings.server {
        Some(server) => Some(server.clone()),
        None => Some((parts.server_address()?, parts.port().unwrap_or_default())),
    }
}
