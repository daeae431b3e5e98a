//! Whole traces, bounded.

use std::sync::{Arc, Mutex};

use opentelemetry::{
    Context,
    trace::{SpanContext, TraceContextExt as _, TraceFlags, Tracer as _, TracerProvider as _},
};
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use tachograph_testing::{TraceCollector, collector::TraceCollectorBuilder, tree};

fn tracer(collector: &TraceCollector) -> SdkTracer {
    SdkTracerProvider::builder().with_span_processor(collector.clone()).build().tracer("t")
}

fn build(builder: TraceCollectorBuilder) -> (TraceCollector, SdkTracer) {
    let collector = builder.build();
    let tracer = tracer(&collector);
    (collector, tracer)
}

fn start(tracer: &SdkTracer, name: &'static str, parent: &Context) -> Context {
    parent.with_span(tracer.start_with_context(name, parent))
}

#[test]
fn a_trace_is_given_when_its_local_root_ends_and_only_once() {
    let (collector, tracer) = build(TraceCollector::builder());
    let root = start(&tracer, "root", &Context::new());
    let trace = root.span().span_context().trace_id();
    start(&tracer, "child", &root).span().end();
    assert!(collector.take(trace).is_none());
    root.span().end();
    let spans = collector.take(trace).unwrap();
    assert_eq!(tree::render(&spans, &[]), "root\n  child\n");
    assert!(collector.take(trace).is_none());
}

#[test]
fn a_span_below_another_process_is_a_local_root() {
    let (collector, tracer) = build(TraceCollector::builder());
    let remote = SpanContext::new(5u128.into(), 6u64.into(), TraceFlags::SAMPLED, true, Default::default());
    let remote = Context::new().with_remote_span_context(remote);
    let (one, two) = (start(&tracer, "one", &remote), start(&tracer, "two", &remote));
    one.span().end();
    assert!(collector.take(5u128.into()).is_none(), "the second local root still runs");
    two.span().end();
    assert_eq!(collector.take(5u128.into()).map(|spans| spans.len()), Some(2));
}

#[test]
fn spans_that_end_after_their_root_are_counted_as_dropped() {
    let (collector, tracer) = build(TraceCollector::builder());
    let root = start(&tracer, "root", &Context::new());
    let late = start(&tracer, "late", &root);
    root.span().end();
    late.span().end();
    assert_eq!(collector.dropped_spans(), 1);
    assert_eq!(collector.take_next().map(|spans| spans.len()), Some(1));
}

#[test]
fn traces_and_spans_are_bounded_and_the_root_is_kept() {
    let (collector, tracer) = build(TraceCollector::builder().with_max_traces(2).with_max_spans_per_trace(2));
    let never_ended = start(&tracer, "never", &Context::new());
    start(&tracer, "below", &never_ended).span().end();
    for _ in 0..3 {
        let root = start(&tracer, "root", &Context::new());
        for _ in 0..4 {
            start(&tracer, "child", &root).span().end();
        }
        root.span().end();
    }
    let traces: Vec<_> = std::iter::from_fn(|| collector.take_next()).collect();
    assert_eq!(traces.len(), 2);
    for spans in &traces {
        assert_eq!(tree::render(spans, &[]), "root\n  child\n  child\n");
    }
    // Two children too many in each of three traces, and the three spans of the trace that was pushed out.
    assert_eq!(collector.dropped_spans(), 9);

    let running: Vec<_> = (0..2).map(|_| start(&tracer, "running", &Context::new())).collect();
    never_ended.span().end();
    assert_eq!(collector.dropped_spans(), 11, "pushed out while it ran: the span below it and its own");
    assert_eq!(running.len(), 2);
}

#[test]
fn a_callback_gets_the_trace_and_may_start_spans() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let own = Arc::new(Mutex::new(None::<SdkTracer>));
    let (log, inner) = (Arc::clone(&seen), Arc::clone(&own));
    let (collector, tracer) = build(TraceCollector::builder().with_callback(move |spans| {
        log.lock().unwrap().push(tree::render(spans, &[]));
        let tracer = inner.lock().unwrap().take();
        if let Some(tracer) = tracer {
            tracer.in_span("from the callback", |_| ());
        }
    }));
    *own.lock().unwrap() = Some(tracer.clone());
    tracer.in_span("root", |_| tracer.in_span("child", |_| ()));
    assert_eq!(*seen.lock().unwrap(), ["root\n  child\n", "from the callback\n"]);
    assert!(collector.take_next().is_none());
}
