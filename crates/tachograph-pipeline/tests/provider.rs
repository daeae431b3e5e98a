//! Cryptography that the application chose for its process is used. Alone in its process, because the choice is made once.

#![allow(clippy::unwrap_used, clippy::panic, reason = "in tests an unwrap is the assertion")]

#[path = "pipeline/tls/server.rs"]
mod server;

use std::time::Duration;

use opentelemetry::trace::{Span as _, Tracer as _, TracerProvider as _};
use rustls::CipherSuite;
use rustls::crypto::ring::{self, cipher_suite};
use tachograph_pipeline::{Builder, Error, ExporterChoice, Protocol, Settings};

use self::server::self_made;

const LONG: Duration = Duration::from_secs(30);

/// The export fails, and is tried again until the time is over.
fn hasty(variable: &str) -> Option<String> {
    (variable == "OTEL_EXPORTER_OTLP_TIMEOUT").then(|| "1500".to_owned())
}

#[test]
#[expect(clippy::print_stdout, reason = "the test log must show what was not checked")]
fn the_provider_of_the_process_is_used_over_both_protocols() {
    let mut provider = ring::default_provider();
    provider.cipher_suites = vec![cipher_suite::TLS13_CHACHA20_POLY1305_SHA256];
    provider.install_default().unwrap();
    for protocol in [Protocol::HttpProtobuf, Protocol::Grpc] {
        let (address, shaken) = self_made();
        let built = Builder::new()
            .with_settings(Settings::from_lookup(hasty).unwrap())
            .with_metrics_exporter(ExporterChoice::None)
            .with_otlp_endpoint(format!("https://{address}"))
            .with_protocol(protocol)
            .build();
        let pipeline = match built {
            Ok(pipeline) => pipeline,
            Err(Error::Exporter { reason, .. }) if reason.contains("roots") => {
                println!("SKIPPED: no TLS roots on this system: {reason}");
                return;
            }
            Err(other) => panic!("{other}"),
        };
        pipeline.tracer_provider().unwrap().tracer("test").start("span").end();
        // The certificate is not trusted; what counts is what was offered before that came out.
        let _ = pipeline.force_flush_blocking(LONG);
        // Left to itself the server would take AES.
        let shaken = shaken.recv_timeout(LONG).unwrap();
        assert!(shaken.error.contains("UnknownCA"), "{protocol}: {shaken:?}");
        assert_eq!(shaken.suite, Some(CipherSuite::TLS13_CHACHA20_POLY1305_SHA256), "{protocol}: {shaken:?}");
    }
}
