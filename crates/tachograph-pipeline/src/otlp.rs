//! OTLP: requests made of the SDK's data, and their way to a receiver.
//!
//! Everything that decides what becomes of an item is done here and not by the stock exporters, which say of a batch at most whether all of
//! it failed, send what no receiver takes, and choose a client by whichever cargo features some crate of the application enabled.
//!
//! | module | holds |
//! |---|---|
//! | `exporter` | the three signals |
//! | `encode` | the SDK's data as requests, split by size |
//! | `client`, `backoff` | a request on its way: attempts, and what is told of its items |
//! | `transport`, `grpc`, `http` | one attempt |
//! | `answer`, `http_status` | what the receiver says, and whether to try again |
//! | `compression`, `tls` | what is done to the bytes |
//! | `target` | where requests go |
//! | `self_test` | what is wrong with an endpoint, at the start |

#[cfg(not(any(feature = "otlp-grpc", feature = "otlp-http")))]
mod absent;
#[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
mod answer;
#[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
mod backoff;
#[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
mod client;
#[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
mod compression;
#[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
mod encode;
#[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
mod exporter;
#[cfg(feature = "otlp-grpc")]
mod grpc;
#[cfg(feature = "otlp-http")]
mod http;
#[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
mod http_status;
#[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
pub(crate) mod self_test;
#[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
mod target;
#[cfg(any(feature = "otlp-grpc", feature = "otlp-http", feature = "sentry"))]
pub(crate) mod tls;
#[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
mod transport;

#[cfg(not(any(feature = "otlp-grpc", feature = "otlp-http")))]
pub(crate) use self::absent::exporter;
#[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
pub(crate) use self::{exporter::exporter, target::Target};
use crate::error::Error;
use crate::settings::{OtlpSettings, Protocol};

/// What a receiver says to an export is a few bytes; more than this is not read.
#[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
const MAX_ANSWER: usize = 4 * 1024 * 1024;
#[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
const USER_AGENT: &str = concat!("Tachograph-OTLP-Exporter-Rust/", env!("CARGO_PKG_VERSION"));

/// The protocol was left out of this build.
fn not_built(settings: &OtlpSettings) -> Error {
    Error::ProtocolNotBuilt {
        source_name: settings.protocol_source.clone(),
        protocol: settings.protocol,
        feature: match settings.protocol {
            Protocol::Grpc => "otlp-grpc",
            Protocol::HttpProtobuf => "otlp-http",
            Protocol::HttpJson => "otlp-json",
        },
    }
}

#[cfg(all(test, not(all(feature = "otlp-grpc", feature = "otlp-http"))))]
mod tests {
    use std::sync::Arc;

    use opentelemetry_sdk::Resource;

    use super::*;
    use crate::exporter::Deadline;
    use crate::runtime::ExportRuntime;
    use crate::settings::Signal;

    #[test]
    fn a_protocol_that_was_left_out_is_an_error_that_names_its_feature() {
        let protocol = if cfg!(feature = "otlp-grpc") { Protocol::HttpProtobuf } else { Protocol::Grpc };
        let settings = OtlpSettings { protocol, ..OtlpSettings::default() };
        let (runtime, resource) = (ExportRuntime::start().unwrap(), Resource::builder_empty().build());
        let built = exporter(&runtime, &settings, Signal::Traces, &resource, Arc::<Deadline>::default());
        let Err(error) = built else { panic!("it was built") };
        let feature = if protocol == Protocol::Grpc { "otlp-grpc" } else { "otlp-http" };
        assert!(matches!(error, Error::ProtocolNotBuilt { .. }));
        assert!(error.to_string().contains(feature), "{error}");
    }
}
