//! Installing, which a process does once: these tests have a process of their own and are one story.

use std::collections::HashMap;

use opentelemetry::trace::{TraceContextExt as _, Tracer as _};
use opentelemetry::{Context, global};
use opentelemetry_sdk::trace::InMemorySpanExporter;
use tachograph_core::Telemetry;
use tachograph_pipeline::{Builder, Error, ExporterChoice, Settings};

fn builder() -> Builder {
    Builder::new()
        .with_settings(Settings::default())
        .with_metrics_exporter(ExporterChoice::None)
        .with_logs_exporter(ExporterChoice::None)
}

#[test]
fn the_first_pipeline_becomes_that_of_the_process_and_the_second_is_refused() {
    let exporter = InMemorySpanExporter::default();
    let pipeline = builder().with_span_exporter(exporter.clone()).build().unwrap();
    assert!(!Telemetry::is_in_force(), "building touches nothing global");
    pipeline.install().unwrap();
    assert!(Telemetry::is_in_force());

    let second = builder().with_traces_exporter(ExporterChoice::None).with_propagators([]).build().unwrap();
    assert!(matches!(second.install(), Err(Error::AlreadyInstalled)));

    global::meter("app").u64_counter("calls").build().add(2, &[]);
    assert!(pipeline.prometheus_text().unwrap().contains("calls_total{otel_scope_name=\"app\"} 2"));

    // A span of `tracing`, one of OpenTelemetry inside, and one of `tracing` inside that: one trace.
    let traceparent = {
        let _outer = tracing::info_span!("outer").entered();
        let span = global::tracer("app").start("middle");
        let _middle = Context::current_with_span(span).attach();
        let _inner = tracing::info_span!("inner").entered();
        tracing::debug_span!("too fine").in_scope(|| tracing::error!("an event, which belongs to the log"));
        let mut carrier = HashMap::new();
        global::get_text_map_propagator(|propagator| propagator.inject(&mut carrier));
        carrier.remove("traceparent").unwrap()
    };
    pipeline.force_flush_blocking(std::time::Duration::from_secs(30)).into_result().unwrap();
    let spans = exporter.get_finished_spans().unwrap();
    let find = |name: &str| spans.iter().find(|span| span.name == name).unwrap_or_else(|| panic!("{name}: {spans:?}"));
    let (outer, middle, inner) = (find("outer"), find("middle"), find("inner"));
    assert_eq!(spans.len(), 3);
    assert_eq!(middle.parent_span_id, outer.span_context.span_id());
    assert_eq!(inner.parent_span_id, middle.span_context.span_id());
    assert_eq!(inner.span_context.trace_id(), outer.span_context.trace_id());
    assert!(traceparent.contains(&outer.span_context.trace_id().to_string()));
    assert!(inner.events.events.is_empty());
}

#[test]
fn a_bad_log_filter_is_an_error_unless_no_subscriber_is_wanted() {
    let settings = || Settings::from_lookup(|name| (name == "RUST_LOG").then(|| "info,=,=".to_owned())).unwrap();
    let builder = || builder().with_settings(settings()).with_disabled(true);
    assert!(builder().build().unwrap_err().to_string().contains("RUST_LOG"));
    assert!(builder().with_tracing_subscriber(false).build().is_ok());
}
