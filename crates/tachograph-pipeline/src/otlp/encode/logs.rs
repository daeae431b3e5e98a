//! Log records: `ExportLogsServiceRequest`.

use opentelemetry_sdk::logs::SdkLogRecord;

use super::requests::Requests;
use super::values::{any, key_any};
use super::wire::{Writer, nanos};
use super::{EncodedResource, Encoding};
use crate::exporter::OwnedLog;

/// What a usual log record takes.
const EXPECTED: usize = 320;

/// Requests of at most `limit` bytes with the log records of a batch. A record with a target has that as the name of its scope.
pub(crate) fn logs(batch: &[OwnedLog], resource: &EncodedResource, limit: usize) -> Encoding {
    let mut requests = Requests::new(resource, limit, batch.len().saturating_mul(EXPECTED));
    for (record, scope) in batch {
        let group = requests.group(record.target().map_or(scope.name(), AsRef::as_ref), scope);
        requests.add(group, |writer| write(writer, record));
    }
    requests.finish()
}

fn write(writer: &mut Writer, record: &SdkLogRecord) {
    if let Some(time) = record.timestamp() {
        writer.number64(0x09, nanos(time));
    }
    if let Some(time) = record.observed_timestamp() {
        writer.number64(0x59, nanos(time));
    }
    if let Some(severity) = record.severity_number() {
        writer.raw([0x10, severity as u8]);
    }
    writer.field(0x1a, record.severity_text().unwrap_or_default().as_bytes());
    writer.field(0x62, record.event_name().unwrap_or_default().as_bytes());
    if let Some(body) = record.body() {
        any(writer, 0x2a, body, 0);
    }
    for (key, value) in record.attributes_iter() {
        key_any(writer, 0x32, key.as_str(), value, 0);
    }
    if let Some(context) = record.trace_context() {
        writer.field(0x4a, &context.trace_id.to_bytes());
        writer.field(0x52, &context.span_id.to_bytes());
        let flags = context.trace_flags.unwrap_or_default().to_u8();
        if flags != 0 {
            writer.raw([0x45, flags, 0, 0, 0]);
        }
    }
}
