//! https means TLS, over both protocols.

mod server;

use rustls::crypto::CryptoProvider;
use tachograph_pipeline::{Error, Protocol};

use self::server::self_made;
use crate::{LONG, builder, end_spans};

#[test]
#[expect(clippy::print_stdout, reason = "the test log must show what was not checked")]
fn a_certificate_that_the_system_does_not_trust_is_refused_and_said() {
    for protocol in [Protocol::HttpProtobuf, Protocol::Grpc] {
        let (address, shaken) = self_made();
        let variables = [("OTEL_METRICS_EXPORTER", "none"), ("OTEL_EXPORTER_OTLP_TIMEOUT", "1500")];
        let builder = builder(&variables).with_otlp_endpoint(format!("https://{address}")).with_protocol(protocol);
        let pipeline = match builder.build() {
            Ok(pipeline) => pipeline,
            Err(Error::Exporter { reason, .. }) if reason.contains("roots") => {
                println!("SKIPPED: no TLS roots on this system: {reason}");
                return;
            }
            Err(other) => panic!("{other}"),
        };
        end_spans(&pipeline, 1);
        let report = pipeline.force_flush_blocking(LONG);
        assert_eq!(report.traces.failed.total(), 1, "{report}");
        let error = pipeline.health().traces.last_error.unwrap();
        assert!(error.contains("UnknownIssuer"), "{protocol}: {error}");
        let shaken = shaken.recv_timeout(LONG).unwrap();
        assert!(shaken.suite.is_some() && shaken.error.contains("UnknownCA"), "{protocol}: {shaken:?}");
        assert!(CryptoProvider::get_default().is_none(), "{protocol} chose for the whole process");
    }
}
