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
//! | `opened`, `spooling` | requests on disk while the receiver is away |
//! | `transport`, `grpc`, `http` | one attempt |
//! | `answer`, `http_status` | what the receiver says, and whether to try again |
//! | `compression`, `tls` | what is done to the bytes |
//! | `target` | where requests go |
//! | `self_test` | what is wrong with an endpoint, at the start |

#[cfg(not(feature = "_otlp"))]
mod absent;
#[cfg(feature = "_otlp")]
mod answer;
#[cfg(feature = "_otlp")]
mod backoff;
#[cfg(feature = "_otlp")]
mod client;
#[cfg(feature = "_otlp")]
mod compression;
#[cfg(feature = "_otlp")]
mod encode;
#[cfg(feature = "_otlp")]
mod exporter;
#[cfg(feature = "otlp-grpc")]
mod grpc;
#[cfg(feature = "otlp-http")]
mod http;
#[cfg(feature = "_otlp")]
mod http_status;
#[cfg(all(feature = "_otlp", not(feature = "spool")))]
mod no_spool;
#[cfg(all(feature = "_otlp", feature = "spool"))]
mod opened;
#[cfg(feature = "_otlp")]
pub(crate) mod self_test;
#[cfg(all(feature = "_otlp", feature = "spool"))]
mod spooling;
#[cfg(feature = "_otlp")]
mod target;
#[cfg(any(feature = "_otlp", feature = "sentry"))]
pub(crate) mod tls;
#[cfg(feature = "_otlp")]
mod transport;

#[cfg(not(feature = "_otlp"))]
pub(crate) use self::absent::{OpenSpool, exporter};
#[cfg(all(feature = "_otlp", not(feature = "spool")))]
pub(crate) use self::no_spool::{OpenSpool, Spooling};
#[cfg(feature = "_otlp")]
pub(crate) use self::{exporter::exporter, target::Target};
#[cfg(all(feature = "_otlp", feature = "spool"))]
pub(crate) use self::{opened::OpenSpool, spooling::Spooling};
use crate::error::Error;
use crate::settings::{OtlpSettings, Protocol};

/// What a receiver says to an export is a few bytes; more than this is not read.
#[cfg(feature = "_otlp")]
const MAX_ANSWER: usize = 4 * 1024 * 1024;
#[cfg(feature = "_otlp")]
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
    use opentelemetry_sdk::Resource;

    use super::*;
    use crate::exporter::Guard;
    use crate::settings::Signal;

    #[test]
    fn a_protocol_that_was_left_out_is_an_error_that_names_its_feature() {
        let protocol = if cfg!(feature = "otlp-grpc") { Protocol::HttpProtobuf } else { Protocol::Grpc };
        let settings = OtlpSettings { protocol, ..OtlpSettings::default() };
        let built = exporter(&Guard::of_test(Signal::Traces), &settings, &Resource::builder_empty().build(), None);
        let Err(error) = built else { panic!("it was built") };
        let feature = if protocol == Protocol::Grpc { "otlp-grpc" } else { "otlp-http" };
        assert!(matches!(error, Error::ProtocolNotBuilt { .. }));
        assert!(error.to_string().contains(feature), "{error}");
    }
}
