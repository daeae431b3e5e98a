//! What is known of a call before it runs.

use std::sync::Arc;

use http::request::Parts;
use tachograph_core::{RpcServerCall, context};

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
    let context = propagation::parent(
        &parts.headers,
        settings.telemetry.as_ref(),
        settings.remote_context,
        &settings.baggage_keys,
    );
    if context::span_wanted(&context).is_none() {
        return RequestCall::untracked();
    }

    let known = name.and_then(|name| settings.known.get(name));
    let naming = match (&known, name) {
        (None, Some(name)) => Naming::AtTheEnd(name.to_owned()),
        _ => Naming::Done,
    };
    let mut operation = RpcServerCall::new(GRPC, known.unwrap_or_else(|| "".into()));
    let id = settings.request_id.as_ref().and_then(|header| request_id::of(&parts.headers, header));
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
