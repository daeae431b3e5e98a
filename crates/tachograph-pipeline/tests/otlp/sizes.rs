//! Requests fit into what receivers take: 4 MiB, over both protocols.

use std::collections::BTreeSet;

use opentelemetry::{Array, KeyValue, Value};
use tachograph_pipeline::{Protocol, ShutdownReport};
use tachograph_testing::otlp::{OtlpServer, Signal, proto::common::v1::any_value};

use crate::balance::{health_of, report_of, watched};
use crate::rig::{PROTOCOLS, Rig};

const MIB: usize = 1024 * 1024;
/// So much in one export, as far as it goes by the settings.
const LARGE_BATCHES: &[(&str, &str)] = &[
    ("TACHOGRAPH_BSP_MAX_QUEUE_BYTES", "268435456"),
    ("TACHOGRAPH_BLRP_MAX_QUEUE_BYTES", "268435456"),
    ("TACHOGRAPH_BSP_MAX_EXPORT_BATCH_BYTES", "268435456"),
    ("TACHOGRAPH_BLRP_MAX_EXPORT_BATCH_BYTES", "268435456"),
];

fn rig(protocol: Protocol) -> Rig {
    Rig::new(OtlpServer::builder().with_http_limit(4 * MIB).start(), protocol, LARGE_BATCHES)
}

fn assert_within_the_limit(rig: &Rig) {
    assert_eq!(rig.server.counts().refused, 0);
    let largest = rig.server.requests().iter().map(|request| request.bytes).max();
    assert!(largest.is_some_and(|bytes| bytes <= 4 * MIB), "{largest:?}");
}

fn flushed(rig: &Rig) -> ShutdownReport {
    let report = watched(rig, || rig.flush());
    assert_within_the_limit(rig);
    report
}

#[test]
fn batches_far_above_the_limit_are_split_and_lose_nothing() {
    for protocol in PROTOCOLS {
        let (rig, text) = (rig(protocol), "x".repeat(MIB / 16));
        for item in 0..160 {
            rig.record_with(item, &text);
        }
        flushed(&rig).into_result().unwrap();
        let (health, counts) = (rig.pipeline.health(), rig.server.counts());
        for signal in Signal::ALL {
            let it = health_of(&health, signal);
            assert_eq!((it.exported, it.truncated), (it.created, 0), "{protocol}, {signal}: {it:?}");
            assert!((3..=6).contains(&counts.of(signal).requests), "{protocol}, {signal}: {counts:?}");
        }
        let names: BTreeSet<String> = rig.server.spans().into_iter().map(|span| span.name).collect();
        assert_eq!(names.len(), 160, "{protocol}");
        rig.end();
    }
}

#[test]
fn an_item_of_5_mb_arrives_cut_and_is_counted_and_a_data_point_is_left_out_and_counted() {
    for protocol in PROTOCOLS {
        let (rig, text) = (rig(protocol), "x".repeat(5_000_000));
        rig.record(0, 2);
        rig.record_with(2, &text);
        let report = flushed(&rig);
        let health = rig.pipeline.health();
        for signal in [Signal::Traces, Signal::Logs] {
            let it = health_of(&health, signal);
            assert_eq!((it.created, it.exported, it.truncated), (3, 3, 1), "{protocol}: {it:?}");
        }
        // Two series must not become one.
        let points = &health.metrics;
        assert_eq!((points.failed.too_large, points.failed.total(), points.truncated), (1, 1, 0), "{points:?}");
        assert!(report.metrics.errors[0].contains("larger than a request may be"), "{report}");
        let spans = rig.server.spans();
        let cut = spans.iter().find(|span| span.name == "item 2").unwrap();
        let value = cut.attributes[0].value.as_ref().unwrap().value.as_ref().unwrap();
        let any_value::Value::StringValue(arrived) = value else { panic!("{value:?}") };
        assert!(arrived.len() < 4 * MIB && arrived.starts_with("xxxx"), "{}", arrived.len());
        assert_ne!(arrived.as_str(), &text[..arrived.len()], "the cut is marked");
        // The series is still there with the next push.
        rig.end();
    }
}

#[test]
fn an_item_that_cannot_be_cut_is_left_out_and_counted_and_its_neighbours_arrive() {
    for protocol in PROTOCOLS {
        let rig = rig(protocol);
        let numbers = (0..500_000).map(|number| number << 40).collect();
        rig.record(0, 2);
        rig.record_attribute(2, KeyValue::new("numbers", Value::Array(Array::I64(numbers))));
        let report = flushed(&rig);
        for signal in Signal::ALL {
            let report = report_of(&report, signal);
            assert_eq!((report.failed.too_large, report.failed.total()), (1, 1), "{protocol}, {signal}: {report}");
            assert_eq!(report.exported + 1, report.created, "{protocol}, {signal}: {report}");
            assert!(!report.timed_out, "{protocol}, {signal}: {report}");
        }
        let names: Vec<String> = rig.server.spans().into_iter().map(|span| span.name).collect();
        assert_eq!(names, ["item 0", "item 1"], "{protocol}");
        rig.end();
    }
}
