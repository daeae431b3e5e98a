use std::borrow::Cow;

use opentelemetry::{KeyValue, StringValue};

use super::{Kind, operation_methods, sealed::Describe};
use crate::{semconv::attribute as attr, series::Identity};

/// An operation on a cache: span `cache {operation} {name}`, metrics `tachograph.cache.operations` and
/// `tachograph.cache.operation.duration`.
///
/// Whether a look-up hit is said on the running call: [`CallGuard::hit`](crate::Call::hit).
#[derive(Clone, Debug)]
#[must_use = "an operation does nothing until it is started"]
pub struct CacheOperation {
    name: StringValue,
    operation: StringValue,
    pub(super) attributes: Vec<KeyValue>,
}

impl CacheOperation {
    /// An `operation` (`get`, `set`, `remove`) on the cache `name`. Both become metric labels.
    pub fn new(name: impl Into<StringValue>, operation: impl Into<StringValue>) -> Self {
        Self { name: name.into(), operation: operation.into(), attributes: Vec::new() }
    }
}

operation_methods!(CacheOperation);

impl Describe for CacheOperation {
    const KIND: Kind = Kind::Cache;

    fn span_name(&self) -> Cow<'static, str> {
        Cow::Owned(format!("cache {} {}", self.operation.as_str(), self.name.as_str()))
    }

    fn identity<'a>(&'a self, _agent: Option<&'a StringValue>) -> Identity<'a> {
        Identity::of([Some(&self.name), Some(&self.operation)])
    }

    fn span_attributes(self, out: &mut Vec<KeyValue>) -> Vec<KeyValue> {
        out.push(KeyValue::new(attr::CACHE_NAME, self.name));
        out.push(KeyValue::new(attr::CACHE_OPERATION, self.operation));
        self.attributes
    }
}
