//! Spans that have ended, as an observer is shown them.

use std::borrow::Cow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use opentelemetry::trace::{
    Span as _, SpanContext, SpanId, SpanKind, Status, TraceContextExt as _, TraceFlags, TraceState, Tracer as _,
    TracerProvider as _,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use tachograph_core::source::{EndedSpan, ObserveSpans};
use tachograph_pipeline::{Pipeline, Sampler};

use crate::collector::{Collector, Speaks, hanging_endpoint};
use crate::{LONG, builder, end_spans};

const NONE: [(&str, &str); 2] = [("OTEL_TRACES_EXPORTER", "none"), ("OTEL_METRICS_EXPORTER", "none")];

/// Keeps the names that it was shown, and the threads that showed them.
#[derive(Default)]
struct Names(Mutex<Vec<(String, Option<String>)>>);

impl Names {
    fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().iter().map(|(name, _)| name.clone()).collect()
    }

    /// Waits until it has been shown this many.
    fn wait_for(&self, count: usize) {
        let start = Instant::now();
        while self.all().len() < count && start.elapsed() < LONG {
            thread::yield_now();
        }
        assert_eq!(self.all().len(), count);
    }
}

impl ObserveSpans for Names {
    fn spans_ended(&self, spans: &mut dyn Iterator<Item = EndedSpan<'_>>) {
        let thread = thread::current().name().map(str::to_owned);
        self.0.lock().unwrap().extend(spans.map(|span| (span.name.to_owned(), thread.clone())));
    }
}

fn observed(pipeline: &Pipeline) -> Arc<Names> {
    let names = Arc::new(Names::default());
    pipeline.observe_spans(Arc::clone(&names) as Arc<dyn ObserveSpans>).unwrap();
    names
}

/// An observer made of a closure.
struct Each<F>(F);

impl<F: Fn(&EndedSpan<'_>) + Send + Sync> ObserveSpans for Each<F> {
    fn spans_ended(&self, spans: &mut dyn Iterator<Item = EndedSpan<'_>>) {
        spans.for_each(|span| (self.0)(&span));
    }
}

#[test]
fn a_span_is_shown_whole() {
    let pipeline = builder(&NONE).build().unwrap();
    let (seen, saw) = channel();
    let seen = Mutex::new(seen);
    let observer = Each(move |span: &EndedSpan<'_>| {
        assert_eq!((span.name, span.kind.clone()), ("GET /", SpanKind::Server));
        assert_eq!(span.parent, SpanId::from(7));
        assert!(span.parent_is_remote && span.context.is_sampled() && span.context.trace_id() == 5.into());
        assert_eq!((span.start, span.end), (at(10), at(12)));
        assert!(span.attributes.contains(&KeyValue::new("http.route", "/")));
        assert_eq!(span.events.iter().map(|event| event.name.clone()).collect::<Vec<_>>(), [Cow::from("cached")]);
        assert_eq!(*span.status, Status::error("late"));
        seen.lock().unwrap().send(()).unwrap();
    });
    pipeline.observe_spans(Arc::new(observer)).unwrap();
    let remote = SpanContext::new(5.into(), 7.into(), TraceFlags::SAMPLED, true, TraceState::NONE);
    let tracer = pipeline.tracer_provider().unwrap().tracer("test");
    let mut span = tracer
        .span_builder("GET /")
        .with_kind(SpanKind::Server)
        .with_start_time(at(10))
        .start_with_context(&tracer, &Context::new().with_remote_span_context(remote));
    span.set_attribute(KeyValue::new("http.route", "/"));
    span.add_event("cached", Vec::new());
    span.set_status(Status::error("late"));
    span.end_with_timestamp(at(12));
    pipeline.shutdown_blocking(LONG).into_result().unwrap();
    assert!(saw.try_recv().is_ok(), "the observer panicked or saw nothing");
}

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_764_000_000 + seconds)
}

#[test]
fn without_an_exporter_spans_are_shown_soon_on_a_thread_of_the_pipeline() {
    let pipeline = builder(&NONE).build().unwrap();
    end_spans(&pipeline, 2);
    let names = observed(&pipeline);
    end_spans(&pipeline, 3);
    names.wait_for(3);
    assert_eq!(names.all(), ["span 0", "span 1", "span 2"], "in the order in which they ended, from the attachment on");
    let threads = names.0.lock().unwrap().iter().map(|(_, thread)| thread.clone()).collect::<Vec<_>>();
    assert_eq!(threads, vec![Some("tachograph-spans".to_owned()); 3]);
    // What is only observed is neither exported nor lost.
    let health = pipeline.health().traces;
    assert_eq!((health.created, health.exported, health.outstanding(), health.has_exporter), (5, 0, 0, false));
}

#[test]
fn a_flush_and_a_shutdown_show_all_that_is_queued_in_batches() {
    let variables = [NONE[0], NONE[1], ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "10")];
    let pipeline = builder(&variables).build().unwrap();
    let names = observed(&pipeline);
    end_spans(&pipeline, 105);
    pipeline.force_flush_blocking(LONG).into_result().unwrap();
    assert_eq!(names.all().len(), 105);
    end_spans(&pipeline, 3);
    pipeline.shutdown_blocking(LONG).into_result().unwrap();
    assert_eq!(names.all().len(), 108);
    end_spans(&pipeline, 1);
    assert_eq!(names.all().len(), 108);
}

#[test]
fn an_observer_that_comes_after_the_shutdown_sees_nothing_and_starts_nothing() {
    let pipeline = builder(&NONE).build().unwrap();
    pipeline.shutdown_blocking(LONG).into_result().unwrap();
    let names = observed(&pipeline);
    end_spans(&pipeline, 1);
    assert!(pipeline.force_flush_blocking(LONG).already_shut_down);
    assert_eq!(names.all(), Vec::<String>::new());
}

#[test]
fn the_second_observer_takes_the_place_of_the_first() {
    let pipeline = builder(&NONE).build().unwrap();
    let first = observed(&pipeline);
    end_spans(&pipeline, 1);
    pipeline.force_flush_blocking(LONG).into_result().unwrap();
    let second = observed(&pipeline);
    end_spans(&pipeline, 2);
    pipeline.shutdown_blocking(LONG).into_result().unwrap();
    assert_eq!((first.all().len(), second.all().len()), (1, 2));
    assert_eq!(Arc::strong_count(&first), 1, "it is let go");
}

#[test]
fn a_panicking_observer_is_called_once_and_harms_nothing() {
    let collector = Collector::start(Speaks::Http);
    let exporting = builder(&[]).with_otlp_endpoint(&collector.endpoint).build().unwrap();
    for pipeline in [exporting, builder(&NONE).build().unwrap()] {
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&calls);
        let observer = Each(move |_: &EndedSpan<'_>| {
            counted.fetch_add(1, Ordering::SeqCst);
            panic!("on purpose");
        });
        pipeline.observe_spans(Arc::new(observer)).unwrap();
        for _ in 0..3 {
            end_spans(&pipeline, 1);
            pipeline.force_flush_blocking(LONG).into_result().unwrap();
        }
        assert_eq!(calls.load(Ordering::SeqCst), 1);
        let names = observed(&pipeline);
        end_spans(&pipeline, 2);
        pipeline.shutdown_blocking(LONG).into_result().unwrap();
        assert_eq!(names.all().len(), 2, "the next one is shown spans");
    }
    assert_eq!(collector.spans().len(), 5);
}

#[test]
fn what_is_exported_is_shown_as_well_and_counted_once() {
    let collector = Collector::start(Speaks::Grpc);
    let variables = [("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")];
    let pipeline = builder(&variables).with_otlp_endpoint(&collector.endpoint).build().unwrap();
    let names = observed(&pipeline);
    end_spans(&pipeline, 1000);
    let report = pipeline.shutdown_blocking(LONG);
    assert_eq!((report.traces.created, report.traces.exported, report.traces.lost), (1000, 1000, 0));
    assert_eq!((names.all().len(), collector.spans().len()), (1000, 1000));
}

#[test]
fn a_receiver_that_hangs_does_not_hide_spans() {
    let (endpoint, _listener) = hanging_endpoint();
    let variables = [("OTEL_METRICS_EXPORTER", "none"), ("OTEL_BSP_SCHEDULE_DELAY", "1")];
    let pipeline = builder(&variables).with_otlp_endpoint(endpoint).build().unwrap();
    let names = observed(&pipeline);
    end_spans(&pipeline, 1);
    names.wait_for(1);
    assert_eq!((pipeline.health().traces.exported, pipeline.health().traces.failed.total()), (0, 0), "still under way");
    drop(pipeline.shutdown_blocking(Duration::from_millis(50)));
}

/// Says that a batch arrived, and what the observer had been shown by then.
#[derive(Debug)]
struct Asking {
    shown: Arc<AtomicUsize>,
    answers: Mutex<Sender<usize>>,
}

impl SpanExporter for Asking {
    async fn export(&self, _batch: Vec<SpanData>) -> OTelSdkResult {
        self.answers.lock().unwrap().send(self.shown.load(Ordering::SeqCst)).unwrap();
        Ok(())
    }
}

#[test]
fn a_batch_is_shown_before_it_is_exported() {
    let shown = Arc::new(AtomicUsize::new(0));
    let (answers, answered) = channel();
    let exporter = Asking { shown: Arc::clone(&shown), answers: Mutex::new(answers) };
    let pipeline = builder(&[("OTEL_METRICS_EXPORTER", "none")]).with_span_exporter(exporter).build().unwrap();
    let observer = Each(move |_: &EndedSpan<'_>| {
        shown.fetch_add(1, Ordering::SeqCst);
    });
    pipeline.observe_spans(Arc::new(observer)).unwrap();
    end_spans(&pipeline, 4);
    pipeline.shutdown_blocking(LONG).into_result().unwrap();
    assert_eq!(answered.try_iter().collect::<Vec<_>>(), [4]);
}

#[test]
fn spans_that_are_not_sampled_are_not_shown() {
    let pipeline = builder(&NONE).with_sampler(Sampler::AlwaysOff).build().unwrap();
    let names = observed(&pipeline);
    end_spans(&pipeline, 3);
    pipeline.shutdown_blocking(LONG).into_result().unwrap();
    assert_eq!(names.all(), Vec::<String>::new());
}

#[test]
fn an_observer_that_hangs_costs_spans_but_no_time_of_the_application() {
    let variables = [NONE[0], NONE[1], ("OTEL_BSP_MAX_QUEUE_SIZE", "5"), ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "5")];
    let pipeline = builder(&variables).build().unwrap();
    let ((start, started), (let_go, held)) = (channel(), channel::<()>());
    let (start, held, calls) = (Mutex::new(start), Mutex::new(held), Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&calls);
    let observer = Each(move |_: &EndedSpan<'_>| {
        counted.fetch_add(1, Ordering::SeqCst);
        let _ = start.lock().unwrap().send(());
        let _ = held.lock().unwrap().recv_timeout(LONG);
    });
    pipeline.observe_spans(Arc::new(observer)).unwrap();
    end_spans(&pipeline, 5);
    started.recv_timeout(LONG).unwrap();
    let since = Instant::now();
    end_spans(&pipeline, 100);
    assert!(since.elapsed() < LONG / 3, "{:?}", since.elapsed());
    drop(let_go);
    pipeline.shutdown_blocking(LONG).into_result().unwrap();
    // Five were being shown and five had room; the rest found the queue full.
    assert_eq!(calls.load(Ordering::SeqCst), 10);
    assert_eq!(pipeline.health().traces.outstanding(), 0);
}

#[test]
fn a_disabled_pipeline_takes_an_observer_and_does_nothing() {
    let pipeline = builder(&[("OTEL_SDK_DISABLED", "true")]).build().unwrap();
    let names = observed(&pipeline);
    assert_eq!(Arc::strong_count(&names), 1);
    assert!(pipeline.metrics_handle().is_none() && pipeline.export_handle().is_none());
}
