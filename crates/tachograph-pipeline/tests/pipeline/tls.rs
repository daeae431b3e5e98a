//! https means TLS, over both protocols.

use std::io::Read as _;
use std::net::TcpListener;
use std::thread;

use tachograph_pipeline::{Error, Protocol};

use crate::{LONG, builder, end_spans};

/// The first byte of every TLS handshake record.
const HANDSHAKE: u8 = 0x16;

#[test]
#[expect(clippy::print_stdout, reason = "the test log must show what was not checked")]
fn an_https_endpoint_is_greeted_with_a_tls_handshake() {
    for protocol in [Protocol::HttpProtobuf, Protocol::Grpc] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("https://{}", listener.local_addr().unwrap());
        let first_byte = thread::spawn(move || {
            let (mut connection, _) = listener.accept().unwrap();
            let mut byte = [0];
            connection.read_exact(&mut byte).unwrap();
            byte[0]
        });
        let variables = [("OTEL_METRICS_EXPORTER", "none"), ("OTEL_EXPORTER_OTLP_TIMEOUT", "2000")];
        let pipeline = match builder(&variables).with_otlp_endpoint(endpoint).with_protocol(protocol).build() {
            Ok(pipeline) => pipeline,
            Err(Error::Exporter { reason, .. }) => {
                println!("SKIPPED: no TLS roots on this system: {reason}");
                return;
            }
            Err(other) => panic!("{other}"),
        };
        end_spans(&pipeline, 1);
        let report = pipeline.force_flush_blocking(LONG);
        assert_eq!(first_byte.join().unwrap(), HANDSHAKE, "{protocol}");
        assert_eq!(report.traces.failed.total(), 1, "{report}");
    }
}
