//! Where requests of a signal go.

use super::tls::Material;
use super::transport::Transport;
use crate::error::Error;
use crate::settings::{OtlpSettings, Protocol, Signal};

/// The address of a receiver, and how it is spoken to.
#[derive(Clone)]
pub(crate) struct Target {
    pub(super) url: String,
    pub(super) settings: OtlpSettings,
    pub(super) tls: Material,
}

impl Target {
    /// Reads certificates where they are needed.
    pub(super) fn new(url: String, settings: OtlpSettings) -> Result<Self, Error> {
        let tls = match url.starts_with("https://") {
            true => Material::load(&settings.tls)?,
            false => Material::default(),
        };
        Ok(Self { url, settings, tls })
    }

    /// `None` where this build lacks the protocol.
    pub(super) fn transport(self, signal: Signal) -> Option<Result<Transport, String>> {
        match self.settings.protocol {
            #[cfg(feature = "otlp-grpc")]
            Protocol::Grpc => Some(super::grpc::Transport::new(self, signal).map(Transport::Grpc)),
            #[cfg(feature = "otlp-http")]
            Protocol::HttpProtobuf => Some(http(self, signal)),
            #[cfg(feature = "otlp-json")]
            Protocol::HttpJson => Some(http(self, signal)),
            #[cfg(not(all(feature = "otlp-grpc", feature = "otlp-http", feature = "otlp-json")))]
            _ => {
                let _ = signal;
                None
            }
        }
    }
}

#[cfg(feature = "otlp-http")]
fn http(target: Target, signal: Signal) -> Result<Transport, String> {
    super::http::Transport::new(target, signal).map(|transport| Transport::Http(Box::new(transport)))
}

/// The call that takes exports of a signal over gRPC.
pub(super) fn method(signal: Signal) -> &'static str {
    match signal {
        Signal::Traces => "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
        Signal::Metrics => "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
        Signal::Logs => "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
    }
}
