//! What encoding costs beside the messages of `opentelemetry-proto` and prost, as printed by
//! `cargo test --release -p tachograph-pipeline --all-features --lib otlp::encode::tests::cost -- --ignored --nocapture`.

#![allow(clippy::print_stdout, reason = "prints what it measures")]

use std::hint::black_box;
use std::time::{Duration, Instant, SystemTime};

use opentelemetry::logs::{LogRecord as _, Severity};
use opentelemetry::trace::{SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState};
use opentelemetry::{InstrumentationScope as Scope, KeyValue as Attribute};
use opentelemetry_sdk::metrics::Temporality;

use super::recorded::{Recorded, record};
use super::*;

const BATCH: u64 = 512;
const LIMIT: usize = 3_500_000;

fn scopes(count: usize) -> Vec<Scope> {
    let names = ["tachograph", "agent::tools", "sqlx"];
    names[..count].iter().map(|name| Scope::builder(*name).with_version("0.1.0").build()).collect()
}

fn resource() -> Resource {
    let attributes = [("service.name", "agent"), ("service.version", "1.2.3"), ("host.name", "worker-17")];
    Resource::builder().with_attributes(attributes.map(|(key, value)| Attribute::new(key, value))).build()
}

fn span_batch(scopes: &[Scope], attributes: usize) -> Vec<SpanData> {
    let all = [
        Attribute::new("gen_ai.operation.name", "chat"),
        Attribute::new("gen_ai.provider.name", "openai"),
        Attribute::new("gen_ai.request.model", "gpt-4o"),
        Attribute::new("gen_ai.usage.input_tokens", 1234),
        Attribute::new("server.address", "api.openai.com"),
        Attribute::new("gen_ai.usage.output_tokens", 250),
        Attribute::new("gen_ai.request.temperature", 0.7),
        Attribute::new("server.port", 443),
    ];
    (0..BATCH)
        .map(|place| {
            let mut span = hostile::span();
            let trace = TraceId::from(0x1234_5678_9abc_def0_u128 << 64 | u128::from(place + 1));
            span.span_context =
                SpanContext::new(trace, SpanId::from(place + 1), TraceFlags::SAMPLED, false, TraceState::NONE);
            span.parent_span_id = SpanId::from(place);
            span.span_kind = SpanKind::Client;
            span.name = "chat gpt-4o".into();
            span.start_time = SystemTime::now();
            span.end_time = SystemTime::now();
            span.attributes = all[..attributes].to_vec();
            span.status = Status::Ok;
            span.instrumentation_scope = scopes[place as usize % scopes.len()].clone();
            span
        })
        .collect()
}

fn log_batch(scopes: &[Scope]) -> Vec<OwnedLog> {
    (0..BATCH)
        .map(|place| {
            let (mut record, _) = hostile::log();
            record.set_timestamp(SystemTime::now());
            record.set_observed_timestamp(SystemTime::now());
            record.set_severity_number(Severity::Info);
            record.set_severity_text("INFO");
            record.set_target("agent::tools");
            record.set_body(format!("tool call {place} answered").into());
            record.add_attribute("code.file.path", "src/agent/tools.rs");
            record.add_attribute("code.line.number", 120);
            record.add_attribute("tool", "search");
            record.add_attribute("elapsed_ms", 31.5);
            record.set_trace_context(
                TraceId::from(u128::from(place) + 1),
                SpanId::from(place + 1),
                Some(TraceFlags::SAMPLED),
            );
            (record, scopes[place as usize % scopes.len()].clone())
        })
        .collect()
}

/// The best of many rounds.
fn measure<T>(name: &str, items: u64, bytes: usize, mut prepare: impl FnMut() -> T, mut run: impl FnMut(T)) {
    let mut best = Duration::MAX;
    for _ in 0..400 {
        let input = prepare();
        let start = Instant::now();
        run(input);
        best = best.min(start.elapsed());
    }
    let input = prepare();
    let counts = allocation_counter::measure(|| run(input));
    let per_item = |value: f64| value / items as f64;
    println!(
        "  {name:<46} {:>7.1} ns, {:>6.2} allocations, {:>5.0} B at most per item of {:>4.0} B",
        per_item(best.as_nanos() as f64),
        per_item(counts.count_total as f64),
        per_item(counts.bytes_max as f64),
        per_item(bytes as f64),
    );
}

#[test]
#[ignore = "prints what it measures"]
fn per_span() {
    let resource = resource();
    let ready = EncodedResource::from(&resource);
    let attributes = (&resource).into();
    for (scope_count, count) in [(1, 4), (1, 8), (3, 4)] {
        println!("{BATCH} spans with {count} attributes, {scope_count} scopes");
        let batch = span_batch(&scopes(scope_count), count);
        let bytes = spans(&batch, &ready, LIMIT).requests[0].body.len();
        let stock = |batch| {
            let resource_spans = group_spans_by_resource_and_scope(batch, &attributes);
            black_box(ExportTraceServiceRequest { resource_spans }.encode_to_vec());
        };
        for _ in 0..2 {
            measure("ours", BATCH, bytes, || (), |()| drop(black_box(spans(&batch, &ready, LIMIT))));
            measure(
                "ours, requests of 32 KiB",
                BATCH,
                bytes,
                || (),
                |()| drop(black_box(spans(&batch, &ready, 32768))),
            );
            measure("opentelemetry-proto and prost", BATCH, bytes, || batch.clone(), stock);
            measure("opentelemetry-proto and prost, of a clone", BATCH, bytes, || (), |()| stock(batch.clone()));
        }
    }
}

#[test]
#[ignore = "prints what it measures"]
fn per_log_record() {
    let resource = resource();
    let ready = EncodedResource::from(&resource);
    let batch = log_batch(&scopes(1));
    let bytes = logs(&batch, &ready, LIMIT).requests[0].body.len();
    println!("{BATCH} log records with 4 attributes");
    for _ in 0..2 {
        measure("ours", BATCH, bytes, || (), |()| drop(black_box(logs(&batch, &ready, LIMIT))));
        let stock = |()| drop(black_box(their_logs(&batch, &resource).encode_to_vec()));
        measure("opentelemetry-proto and prost", BATCH, bytes, || (), stock);
    }
}

#[test]
#[ignore = "prints what it measures"]
fn per_data_point() {
    for (kind, what) in [(0, "counter"), (8, "histogram"), (11, "exponential histogram")] {
        let recorded = Recorded::new(resource(), Temporality::Cumulative);
        let meter = recorded.meter(Scope::builder("tachograph").build());
        for place in 0..1000u64 {
            let labels = [Attribute::new("model", "gpt-4o"), Attribute::new("tenant", place as i64)];
            (1..20u64).for_each(|value| record(&meter, kind, (value as f64 / 7.0).to_bits(), &labels));
        }
        let data = recorded.collect();
        let bytes = metrics(&data, LIMIT).requests[0].body.len();
        println!("1000 data points of a {what}");
        for _ in 0..2 {
            measure("ours", 1000, bytes, || (), |()| drop(black_box(metrics(&data, LIMIT))));
            let stock = |()| drop(black_box(their_metrics(&data).encode_to_vec()));
            measure("opentelemetry-proto and prost", 1000, bytes, || (), stock);
        }
    }
}
