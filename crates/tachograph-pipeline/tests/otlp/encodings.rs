//! Compressed bodies and JSON: what the receiver understands is what was recorded.

use tachograph_pipeline::Protocol;
use tachograph_testing::otlp::{self, Answer, OtlpServer, Received, Signal, proto::metrics::v1::metric::Data};

use crate::balance::watched;
use crate::rig::{PROTOCOLS, Rig};

/// Sends some items twice over, because the first answer is no, and looks at what arrived.
fn arrives(protocol: Protocol, compression: &str) -> Vec<Received> {
    let rig = Rig::new(OtlpServer::start(), protocol, &[("OTEL_EXPORTER_OTLP_COMPRESSION", compression)]);
    rig.script(|on| on.next(1, Answer::unavailable()));
    for item in 0..20 {
        rig.record_with(item, "a text that many have");
    }
    watched(&rig, || rig.flush()).into_result().unwrap();
    let names = |names: Vec<String>| assert_eq!(names, (0..20).map(|item| format!("item {item}")).collect::<Vec<_>>());
    names(rig.server.spans().into_iter().map(|span| span.name).collect());
    let bodies = rig.server.log_records().into_iter().map(|record| record.body.unwrap().value.unwrap());
    names(
        bodies
            .map(|body| {
                if let otlp::proto::common::v1::any_value::Value::StringValue(text) = body {
                    text
                } else {
                    panic!("{body:?}")
                }
            })
            .collect(),
    );
    let calls = rig.server.last_metrics().into_iter().find(|metric| metric.name == "calls").unwrap();
    assert!(matches!(calls.data, Some(Data::Sum(sum)) if sum.data_points.len() == 20));
    for signal in Signal::ALL {
        let counts = *rig.server.counts().of(signal);
        assert_eq!((counts.requests, counts.attempts), (1, 2), "{protocol}, {signal}");
    }
    rig.end();
    rig.server.requests()
}

#[test]
fn what_is_compressed_is_understood_and_smaller() {
    let compressions: &[&str] = if cfg!(feature = "zstd") { &["gzip", "zstd"] } else { &["gzip"] };
    for protocol in PROTOCOLS {
        for compression in compressions {
            for request in arrives(protocol, compression) {
                let name = if protocol == Protocol::Grpc { "grpc-encoding" } else { "content-encoding" };
                assert_eq!(request.headers.get(name).unwrap(), compression, "{protocol}");
                assert!(request.bytes_on_the_wire < request.bytes, "{protocol}, {compression}: {}", request.bytes);
            }
        }
        for request in arrives(protocol, "none") {
            assert_eq!(request.bytes_on_the_wire, request.bytes, "{protocol}");
        }
    }
}

#[cfg(feature = "otlp-json")]
#[test]
fn json_is_understood_compressed_or_not() {
    for compression in ["none", "gzip"] {
        for request in arrives(Protocol::HttpJson, compression) {
            assert_eq!(request.protocol, otlp::Protocol::HttpJson);
            assert_eq!(request.headers.get("content-type").unwrap(), "application/json");
        }
    }
}
