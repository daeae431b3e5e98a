use std::borrow::Cow;

use opentelemetry::{KeyValue, StringValue, trace::SpanKind};

use super::{
    Kind,
    http::{known_method, request_name},
    operation_methods,
    sealed::Describe,
    server::{Server, server_methods},
};
use crate::{semconv::attribute as attr, series::Identity};

/// A request to an HTTP server: span `{method} {template}` or `{method}`, metrics `http.client.request.duration`,
/// `http.client.active_requests` and, where sizes are told, `http.client.{request,response}.body.size`.
///
/// A status from 400 on is an error. A request that its caller gave up is none: its span has `tachograph.cancelled` instead, and its
/// duration has neither a status nor an `error.type`.
#[derive(Clone, Debug)]
#[must_use = "an operation does nothing until it is started"]
pub struct HttpClientRequest {
    method: StringValue,
    server: Server,
    template: Option<StringValue>,
    /// What spans alone carry.
    details: Vec<KeyValue>,
    pub(super) attributes: Vec<KeyValue>,
}

impl HttpClientRequest {
    /// A request with `method` to the host `server_address`, which becomes a metric label: say so where the hosts are not the
    /// application's to choose. A method that the convention does not know becomes `_OTHER`.
    pub fn new(method: impl Into<StringValue>, server_address: impl Into<StringValue>) -> Self {
        let (method, original) = known_method(method.into());
        Self {
            method,
            server: Server { address: Some(server_address.into()), port: 0 },
            template: None,
            details: original.into_iter().collect(),
            attributes: Vec::new(),
        }
    }

    /// The URL, with nothing secret in it. Spans alone carry it.
    pub fn url(mut self, url: impl Into<StringValue>) -> Self {
        self.details.push(KeyValue::new(attr::URL_FULL, url.into()));
        self
    }

    /// Template of the path (`/users/{id}`, never the path as sent). It becomes part of the span's name and a metric label.
    pub fn url_template(mut self, template: impl Into<StringValue>) -> Self {
        self.template = Some(template.into());
        self
    }

    /// How often this request was sent before; 0 is the first time and is not recorded. Spans alone carry it.
    pub fn resend_count(mut self, count: u32) -> Self {
        if count > 0 {
            self.details.push(KeyValue::new(attr::HTTP_REQUEST_RESEND_COUNT, i64::from(count)));
        }
        self
    }
}

operation_methods!(HttpClientRequest);
server_methods!(HttpClientRequest, "that is asked");

impl Describe for HttpClientRequest {
    const KIND: Kind = Kind::HttpClient;

    fn span_name(&self) -> Cow<'static, str> {
        request_name(&self.method, self.template.as_ref())
    }

    fn span_kind(&self) -> SpanKind {
        SpanKind::Client
    }

    fn identity<'a>(&'a self, _agent: Option<&'a StringValue>) -> Identity<'a> {
        Identity::of([Some(&self.method), self.server.address.as_ref(), self.template.as_ref()])
            .at_port(self.server.port)
    }

    fn details(&mut self) -> Vec<KeyValue> {
        std::mem::take(&mut self.details)
    }

    fn span_attributes(self, out: &mut Vec<KeyValue>) -> Vec<KeyValue> {
        out.push(KeyValue::new(attr::HTTP_REQUEST_METHOD, self.method));
        out.extend(self.template.map(|template| KeyValue::new(attr::URL_TEMPLATE, template)));
        self.server.span_attributes(out);
        self.attributes
    }
}
