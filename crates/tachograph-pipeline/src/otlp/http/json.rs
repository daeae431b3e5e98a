//! The same request in JSON.

use bytes::Bytes;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use serde::Serialize;

use crate::settings::Signal;

/// Reads the protobuf and writes it as the JSON of OTLP: ids in hexadecimal, names in lower camel case, 64-bit numbers in quotes.
///
/// Slower than protobuf by far; for receivers that take nothing else.
pub(super) fn of(signal: Signal, body: Bytes) -> Result<Bytes, String> {
    match signal {
        Signal::Traces => convert::<ExportTraceServiceRequest>(body),
        Signal::Metrics => convert::<ExportMetricsServiceRequest>(body),
        Signal::Logs => convert::<ExportLogsServiceRequest>(body),
    }
}

fn convert<T: Message + Default + Serialize>(body: Bytes) -> Result<Bytes, String> {
    let request = T::decode(body).map_err(|error| format!("the request cannot be made JSON: {error}"))?;
    let json = serde_json::to_vec(&request).map_err(|error| format!("the request cannot be made JSON: {error}"))?;
    Ok(json.into())
}
