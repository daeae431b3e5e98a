use std::borrow::Cow;

use opentelemetry::{KeyValue, StringValue, trace::SpanKind};

use super::{
    Kind, operation_methods,
    sealed::Describe,
    server::{Server, server_methods},
};
use crate::{semconv::attribute as attr, series::Identity};

/// The method, or the system where there is none: the name of the span.
fn call_name(system: &StringValue, method: &StringValue) -> Cow<'static, str> {
    Cow::Owned(told(method).unwrap_or(system).as_str().to_owned())
}

fn told(method: &StringValue) -> Option<&StringValue> {
    (!method.as_str().is_empty()).then_some(method)
}

/// A remote procedure call that a server answers: span `{method}`, metric `rpc.server.call.duration`.
///
/// A status of `RESOURCE_EXHAUSTED` counts in `tachograph.requests.rate_limited`. What is done below the call is tallied on it:
/// [`Call::work`](crate::Call::work).
#[derive(Clone, Debug)]
#[must_use = "an operation does nothing until it is started"]
pub struct RpcServerCall {
    system: StringValue,
    method: StringValue,
    request_id: Option<StringValue>,
    pub(super) attributes: Vec<KeyValue>,
}

impl RpcServerCall {
    /// A call of `method` (`pkg.Service/Method`, without a leading slash) by `system` (`grpc`). An empty method stands for none:
    /// whoever calls may make names up, and a name that no service has must not become a label. It can be told later, by
    /// [`Call::method`](crate::Call::method).
    pub fn new(system: impl Into<StringValue>, method: impl Into<StringValue>) -> Self {
        Self { system: system.into(), method: method.into(), request_id: None, attributes: Vec::new() }
    }

    /// Identifier of the request, as it came in or as it was made. The span carries it, and
    /// [`context::request_id`](crate::context::request_id) tells it below the call. It is cloned for both: give a shared string.
    pub fn request_id(mut self, id: impl Into<StringValue>) -> Self {
        self.request_id = Some(id.into());
        self
    }
}

operation_methods!(RpcServerCall);

impl Describe for RpcServerCall {
    const KIND: Kind = Kind::Rpc;

    fn span_name(&self) -> Cow<'static, str> {
        call_name(&self.system, &self.method)
    }

    fn span_kind(&self) -> SpanKind {
        SpanKind::Server
    }

    fn identity<'a>(&'a self, _agent: Option<&'a StringValue>) -> Identity<'a> {
        Identity::of([Some(&self.system), told(&self.method)])
    }

    fn request_id(&mut self) -> Option<StringValue> {
        self.request_id.take()
    }

    fn span_attributes(self, out: &mut Vec<KeyValue>) -> Vec<KeyValue> {
        out.push(KeyValue::new(attr::RPC_SYSTEM_NAME, self.system));
        if told(&self.method).is_some() {
            out.push(KeyValue::new(attr::RPC_METHOD, self.method));
        }
        self.attributes
    }
}

/// A call of a remote procedure: span `{method}`, metric `rpc.client.call.duration`.
///
/// One that its caller gave up has the status `CANCELLED`, which by the convention is an error like every other than `OK`.
#[derive(Clone, Debug)]
#[must_use = "an operation does nothing until it is started"]
pub struct RpcClientCall {
    system: StringValue,
    method: StringValue,
    server: Server,
    pub(super) attributes: Vec<KeyValue>,
}

impl RpcClientCall {
    /// A call of `method` (`pkg.Service/Method`, without a leading slash) by `system` (`grpc`); an empty method stands for none.
    pub fn new(system: impl Into<StringValue>, method: impl Into<StringValue>) -> Self {
        Self { system: system.into(), method: method.into(), server: Server::default(), attributes: Vec::new() }
    }
}

operation_methods!(RpcClientCall);
server_methods!(RpcClientCall, "that is called");

impl Describe for RpcClientCall {
    const KIND: Kind = Kind::RpcClient;

    fn span_name(&self) -> Cow<'static, str> {
        call_name(&self.system, &self.method)
    }

    fn span_kind(&self) -> SpanKind {
        SpanKind::Client
    }

    fn identity<'a>(&'a self, _agent: Option<&'a StringValue>) -> Identity<'a> {
        Identity::of([Some(&self.system), told(&self.method), self.server.address.as_ref()]).at_port(self.server.port)
    }

    fn span_attributes(self, out: &mut Vec<KeyValue>) -> Vec<KeyValue> {
        out.push(KeyValue::new(attr::RPC_SYSTEM_NAME, self.system));
        if told(&self.method).is_some() {
            out.push(KeyValue::new(attr::RPC_METHOD, self.method));
        }
        self.server.span_attributes(out);
        self.attributes
    }
}
