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

/// A request that an HTTP server answers: span `{method} {route}`, metrics `http.server.request.duration`,
/// `http.server.active_requests` and, where sizes are told, `http.server.{request,response}.body.size`.
#[derive(Clone, Debug)]
#[must_use = "an operation does nothing until it is started"]
pub struct HttpRequest {
    method: StringValue,
    scheme: StringValue,
    route: StringValue,
    protocol_version: Option<StringValue>,
    path: Option<StringValue>,
    user_agent: Option<StringValue>,
    pub(super) attributes: Vec<KeyValue>,
}

impl HttpRequest {
    /// A request with `method` to the route template `route` (`/users/{id}`, never the path as sent); an empty route
    /// stands for none. A method that the convention does not know becomes `_OTHER`.
    pub fn new(method: impl Into<StringValue>, route: impl Into<StringValue>) -> Self {
        let method = method.into();
        let mut attributes = Vec::new();
        let method = match KNOWN_METHODS.iter().find(|known| **known == method.as_str()) {
            Some(known) => StringValue::from(*known),
            None => {
                attributes.push(KeyValue::new(attr::HTTP_REQUEST_METHOD_ORIGINAL, method));
                value::OTHER.into()
            }
        };
        Self {
            method,
            scheme: value::HTTP.into(),
            route: route.into(),
            protocol_version: None,
            path: None,
            user_agent: None,
            attributes,
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

    /// Path of the URL, without the query. Spans alone carry it.
    pub fn path(mut self, path: impl Into<StringValue>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// The `User-Agent` header. Spans alone carry it.
    pub fn user_agent(mut self, user_agent: impl Into<StringValue>) -> Self {
        self.user_agent = Some(user_agent.into());
        self
    }

    fn route(&self) -> Option<&StringValue> {
        (!self.route.as_str().is_empty()).then_some(&self.route)
    }
}

operation_methods!(HttpRequest);

impl Describe for HttpRequest {
    const KIND: Kind = Kind::Http;

    fn span_name(&self) -> Cow<'static, str> {
        let method = if self.method.as_str() == value::OTHER { "HTTP" } else { self.method.as_str() };
        match self.route() {
            Some(route) => two_words(method, route.as_str()),
            None => Cow::Owned(method.to_owned()),
        }
    }

    fn span_kind(&self) -> SpanKind {
        SpanKind::Server
    }

    fn identity<'a>(&'a self, _agent: Option<&'a StringValue>) -> Identity<'a> {
        Identity {
            parts: [Some(&self.method), Some(&self.scheme), self.route(), self.protocol_version.as_ref()],
            port: 0,
        }
    }

    fn span_attributes(self, out: &mut Vec<KeyValue>) -> Vec<KeyValue> {
        if !self.route.as_str().is_empty() {
            out.push(KeyValue::new(attr::HTTP_ROUTE, self.route));
        }
        out.push(KeyValue::new(attr::HTTP_REQUEST_METHOD, self.method));
        out.push(KeyValue::new(attr::URL_SCHEME, self.scheme));
        let told = [
            (attr::NETWORK_PROTOCOL_VERSION, self.protocol_version),
            (attr::URL_PATH, self.path),
            (attr::USER_AGENT_ORIGINAL, self.user_agent),
        ];
        out.extend(told.into_iter().filter_map(|(key, value)| Some(KeyValue::new(key, value?))));
        self.attributes
    }
}
