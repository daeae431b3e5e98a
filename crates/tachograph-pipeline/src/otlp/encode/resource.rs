//! The resource, which every request carries and which never changes.

use opentelemetry_sdk::Resource;

use super::values::key_value;
use super::wire::Writer;

/// The fields of `Resource{Spans,Metrics,Logs}` beside the items, encoded once.
#[derive(Debug, Clone)]
pub(crate) struct EncodedResource {
    pub(super) head: Vec<u8>,
    pub(super) schema_url: Vec<u8>,
}

impl From<&Resource> for EncodedResource {
    fn from(resource: &Resource) -> Self {
        let mut head = Writer::with_capacity(512);
        head.message::<2>(0x0a, |writer| {
            for (key, value) in resource.iter() {
                key_value(writer, 0x0a, key.as_str(), value);
            }
        });
        let mut schema_url = Writer::with_capacity(0);
        schema_url.field(0x1a, resource.schema_url().unwrap_or_default().as_bytes());
        Self { head: head.into_inner(), schema_url: schema_url.into_inner() }
    }
}
