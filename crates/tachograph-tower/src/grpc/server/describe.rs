//! What is known of a call before it runs.

use std::sync::Arc;

use http::{HeaderValue, request::Parts};
use opentelemetry::Context;
use tachograph_core::{Ids, RpcServerCall, Telemetry, context};

use super::{
    exchange::{GrpcServerExchange, Naming},
    settings::Settings,
};
use crate::{
    grpc::{GRPC, deadline, method},
    propagation,
    request_call::RequestCall,
    request_id,
};

/// Starts a call; none for an excluded service.
pub(super) fn start(parts: &Parts, settings: &Arc<Settings>) -> RequestCall<GrpcServerExchange> {
    let name = method::of_path(parts.uri.path());
    if name.is_some_and(|name| settings.excludes(method::service(name))) {
        return RequestCall::untracked();
    }
    let context = parent(parts, settings);
    if context::span_wanted(&context).is_none() {
        return RequestCall::untracked();
    }

    let known = name.and_then(|name| settings.known.get(name));
    let naming = match (&known, name) {
        (None, Some(name)) => Naming::AtTheEnd(name.to_owned()),
        _ => Naming::Done,
    };
    let mut operation = RpcServerCall::new(GRPC, known.unwrap_or_else(|| "".into()));
    let id = request_id(parts, settings);
    if let Some(text) = id.as_ref().and_then(|id| id.to_str().ok()) {
        operation = operation.request_id(Arc::<str>::from(text));
    }
    let guard = {
        let _parent = context.attach();
        operation.start()
    };
    let exchange = GrpcServerExchange::new(Arc::clone(settings), naming, deadline::of(&parts.headers), id);
    RequestCall::running(guard, exchange)
}

/// The context that the call is started in.
fn parent(parts: &Parts, settings: &Settings) -> Context {
    let _telemetry = settings.telemetry.as_ref().map(Telemetry::enter);
    let context = if settings.remote_context { propagation::extract(&parts.headers) } else { Context::current() };
    if settings.baggage_keys.is_empty() {
        return context;
    }
    Ids::from_baggage(&context, &settings.baggage_keys).on(&context)
}

/// The id that the caller sent, if it is sane, else a new one.
fn request_id(parts: &Parts, settings: &Settings) -> Option<HeaderValue> {
    let header = settings.request_id.as_ref()?;
    match parts.headers.get(header) {
        Some(id) if request_id::is_sane(id) => Some(id.clone()),
        _ => request_id::make(),
    }
}
