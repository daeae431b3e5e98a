use std::borrow::Cow;

use opentelemetry::{KeyValue, StringValue, trace::SpanKind};

use super::{Kind, operation_methods, sealed::Describe, two_words};
use crate::{
    semconv::{attribute as attr, value},
    series::Identity,
};

/// Methods that the convention knows; any other is `_OTHER`.
const KNOWN_METHODS: [&str; 10] =
    ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY"];

/// The method as the convention has it, and the one as sent where that differs.
pub(super) fn known_method(method: StringValue) -> (StringValue, Option<KeyValue>) {
    match KNOWN_METHODS.iter().find(|known| **known == method.as_str()) {
        Some(known) => (StringValue::from(*known), None),
        None => (value::OTHER.into(), Some(KeyValue::new(attr::HTTP_REQUEST_METHOD_ORIGINAL, method))),
    }
}

/// `{method} {target}`, or the method alone; an unknown method is called `HTTP`.
pub(super) fn request_name(method: &StringValue, target: Option<&StringValue>) -> Cow<'static, str> {
    let method = if method.as_str() == value::OTHER { "HTTP" } else { method.as_str() };
    match target {
        Some(target) => two_words(method, target.as_str()),
        None => Cow::Owned(method.to_owned()),
    }
}

/// A request that an HTTP server answers: span `{method} {route}`, metrics `http.server.request.duration`,
/// `http.server.active_requests` and, where sizes are told, `http.server.{request,response}.body.size`.
///
/// A status of 429 counts in `tachograph.requests.rate_limited`. What is done below the request is tallied on it:
/// [`Call::work`](crate::Call::work).
#[derive(Clone, Debug)]
#[must_use = "an operation does nothing until it is started"]
pub struct HttpRequest {
    method: StringValue,
    scheme: StringValue,
    route: StringValue,
    protocol_version: Option<StringValue>,
    request_id: Option<StringValue>,
    /// What spans alone carry.
    details: Vec<KeyValue>,
    pub(super) attributes: Vec<KeyValue>,
}

impl HttpRequest {
    /// A request with `method` to the route template `route` (`/users/{id}`, never the path as sent); an empty route
    /// stands for none. A method that the convention does not know becomes `_OTHER`.
    pub fn new(method: impl Into<StringValue>, route: impl Into<StringValue>) -> Self {
        let (method, original) = known_method(method.into());
        Self {
            method,
            scheme: value::HTTP.into(),
            route: route.into(),
            protocol_version: None,
            request_id: None,
            details: original.into_iter().collect(),
            attributes: Vec::new(),
        }
    }

    /// `http` (the default) or `https`.
    pub fn scheme(mut self, scheme: impl Into<StringValue>) -> Self {
        self.scheme = scheme.into();
        self
    }

    /// Version of the protocol: `1.1`, `2`.
    pub fn protocol_version(mut self, version: impl Into<StringValue>) -> Self {
        self.protocol_version = Some(version.into());
        self
    }

    /// Attributes of the conventions that spans alone carry, all at once and instead of those told before: for layers, which know from
    /// [`context::span_wanted`](crate::context::span_wanted) whether there will be a span. Start from
    /// [`details_with_room`](Self::details_with_room).
    pub fn details(mut self, details: Vec<KeyValue>) -> Self {
        let original = std::mem::replace(&mut self.details, details);
        self.details.extend(original.into_iter().filter(|kv| kv.key.as_str() == attr::HTTP_REQUEST_METHOD_ORIGINAL));
        self
    }

    /// Nothing yet, with room for the attributes that a span usually has.
    #[must_use]
    pub fn details_with_room() -> Vec<KeyValue> {
        Vec::with_capacity(DETAILS)
    }

    /// Path of the URL, without the query. Spans alone carry it.
    pub fn path(self, path: impl Into<StringValue>) -> Self {
        self.detail(attr::URL_PATH, path)
    }

    /// Query of the URL, with nothing secret in it. Spans alone carry it.
    pub fn query(self, query: impl Into<StringValue>) -> Self {
        self.detail(attr::URL_QUERY, query)
    }

    /// The `User-Agent` header. Spans alone carry it.
    pub fn user_agent(self, user_agent: impl Into<StringValue>) -> Self {
        self.detail(attr::USER_AGENT_ORIGINAL, user_agent)
    }

    /// Address of the client, as far as trusted proxies tell it. Spans alone carry it.
    pub fn client_address(self, address: impl Into<StringValue>) -> Self {
        self.detail(attr::CLIENT_ADDRESS, address)
    }

    /// The host that the client asked for. Spans alone carry it: it is the client's to choose.
    pub fn server_address(self, address: impl Into<StringValue>) -> Self {
        self.detail(attr::SERVER_ADDRESS, address)
    }

    /// The port that the client asked for. Spans alone carry it.
    pub fn server_port(mut self, port: u16) -> Self {
        self.details.push(KeyValue::new(attr::SERVER_PORT, i64::from(port)));
        self
    }

    /// Identifier of the request, as it came in or as it was made. The span carries it, and
    /// [`context::request_id`](crate::context::request_id) tells it below the request. It is cloned for both: give a shared string.
    pub fn request_id(mut self, id: impl Into<StringValue>) -> Self {
        self.request_id = Some(id.into());
        self
    }

    fn detail(mut self, key: &'static str, value: impl Into<StringValue>) -> Self {
        if self.details.capacity() == 0 {
            self.details.reserve_exact(DETAILS);
        }
        self.details.push(KeyValue::new(key, value.into()));
        self
    }

    fn route(&self) -> Option<&StringValue> {
        (!self.route.as_str().is_empty()).then_some(&self.route)
    }
}

/// Room for the attributes that the span usually has: those of the metrics, path, user agent, client, server, port and request id, status
/// and size. The vector goes to the exporter as it is; growing it at the end would cost more than all of them.
const DETAILS: usize = 12;

operation_methods!(HttpRequest);

impl Describe for HttpRequest {
    const KIND: Kind = Kind::Http;

    fn span_name(&self) -> Cow<'static, str> {
        request_name(&self.method, self.route())
    }

    fn span_kind(&self) -> SpanKind {
        SpanKind::Server
    }

    fn identity<'a>(&'a self, _agent: Option<&'a StringValue>) -> Identity<'a> {
        Identity::of([Some(&self.method), Some(&self.scheme), self.route(), self.protocol_version.as_ref()])
    }

    fn details(&mut self) -> Vec<KeyValue> {
        std::mem::take(&mut self.details)
    }

    fn request_id(&mut self) -> Option<StringValue> {
        self.request_id.take()
    }

    fn span_attributes(self, out: &mut Vec<KeyValue>) -> Vec<KeyValue> {
        if !self.route.as_str().is_empty() {
            out.push(KeyValue::new(attr::HTTP_ROUTE, self.route));
        }
        out.push(KeyValue::new(attr::HTTP_REQUEST_METHOD, self.method));
        out.push(KeyValue::new(attr::URL_SCHEME, self.scheme));
        out.extend(self.protocol_version.map(|version| KeyValue::new(attr::NETWORK_PROTOCOL_VERSION, version)));
        self.attributes
    }
}
