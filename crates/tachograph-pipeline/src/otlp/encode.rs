//! The SDK's data as OTLP requests in protobuf, written straight into bytes and split by their exact size.
//!
//! | module | what it holds |
//! |---|---|
//! | `wire` | the wire format: one buffer, lengths, texts and their cut |
//! | `values` | attributes and the nested values of log records |
//! | `resource` | the resource, encoded once |
//! | `scopes` | which items share an instrumentation scope |
//! | `requests` | items gathered into requests, none above the limit |
//! | `spans`, `logs` | one item each |
//! | `metrics`, `points` | metrics, which are split between their data points |

mod logs;
mod metrics;
mod points;
mod requests;
mod resource;
mod scopes;
mod spans;
#[cfg(test)]
mod tests;
mod values;
mod wire;

use bytes::Bytes;

pub(crate) use logs::logs;
pub(crate) use metrics::metrics;
pub(crate) use resource::EncodedResource;
pub(crate) use spans::spans;

/// One request as it goes over the wire: `Export{Trace,Metrics,Logs}ServiceRequest` in protobuf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Encoded {
    pub(crate) body: Bytes,
    /// Spans, log records or data points.
    pub(crate) items: u64,
}

/// What became of a batch. Every item is in one request or in `too_large`.
#[derive(Debug, Default)]
pub(crate) struct Encoding {
    pub(crate) requests: Vec<Encoded>,
    /// Items that are above the limit alone, even with every text cut. They are left out.
    pub(crate) too_large: u64,
    /// Items that are in a request with less than they held: texts that end in `…`, or a `…` in place of bytes, or of what was
    /// nested too deeply.
    pub(crate) truncated: u64,
}
