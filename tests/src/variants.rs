//! One call to a model, told in several ways: the same work under a parent span, measured against each other.
//!
//! One call is an `async fn` that returns `Ok` at once. It gives a span with four string attributes, a duration in a histogram
//! with three attributes and fourteen boundaries, a request count by status, and one in flight while it runs. (Tachograph reads
//! the request count off the histogram when it is scraped.)

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use opentelemetry::{
    Context, ContextGuard, KeyValue,
    metrics::{Counter, Histogram, MeterProvider as _, UpDownCounter},
    trace::{
        FutureExt as _, SpanContext, SpanId, SpanKind, Status, TraceContextExt as _, TraceFlags, TraceId, TraceState,
        Tracer as _, TracerProvider as _,
    },
};
use opentelemetry_sdk::{
    error::OTelSdkResult,
    metrics::{
        InstrumentKind, ManualReader, Pipeline, SdkMeterProvider, Temporality, data::ResourceMetrics,
        reader::MetricReader,
    },
    trace::{
        BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracer, SdkTracerProvider, Span, SpanData, SpanExporter,
        SpanProcessor,
    },
};
use tachograph::{
    CallEvents, Policy, Telemetry,
    event::{Event, EventSink, Severity, Topic},
    semconv::bucket,
    track_llm_request,
};
use tracing::Instrument as _;
use tracing_subscriber::layer::SubscriberExt as _;

/// What the parent of the measured call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parent {
    /// A remote span that is sampled.
    Sampled,
    /// A remote span that is not.
    Unsampled,
}

impl Parent {
    /// Makes the parent current.
    #[must_use]
    pub fn enter(self) -> ContextGuard {
        let flags = if self == Self::Sampled { TraceFlags::SAMPLED } else { TraceFlags::default() };
        let span = SpanContext::new(TraceId::from(7), SpanId::from(7), flags, true, TraceState::default());
        Context::current().with_remote_span_context(span).attach()
    }
}

/// A provider that ends in a batch processor and an exporter that throws away.
#[must_use]
pub fn tracer_provider() -> SdkTracerProvider {
    #[derive(Debug)]
    struct Nowhere;
    impl SpanExporter for Nowhere {
        async fn export(&self, _batch: Vec<SpanData>) -> OTelSdkResult {
            Ok(())
        }
    }
    let config = BatchConfigBuilder::default().with_max_queue_size(65_536).with_max_export_batch_size(4_096).build();
    let processor = BatchSpanProcessor::builder(Nowhere).with_batch_config(config).build();
    SdkTracerProvider::builder()
        .with_sampler(Sampler::ParentBased(Box::new(Sampler::AlwaysOn)))
        .with_span_processor(processor)
        .build()
}

/// A provider whose spans are dropped where they end: without the hand-over to a thread that exports.
#[must_use]
pub fn dropping_tracer_provider() -> SdkTracerProvider {
    #[derive(Debug)]
    struct Drops;
    impl SpanProcessor for Drops {
        fn on_start(&self, _span: &mut Span, _context: &Context) {}
        fn on_end(&self, _span: SpanData) {}
        fn force_flush(&self) -> OTelSdkResult {
            Ok(())
        }
        fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
            Ok(())
        }
    }
    SdkTracerProvider::builder()
        .with_sampler(Sampler::ParentBased(Box::new(Sampler::AlwaysOn)))
        .with_span_processor(Drops)
        .build()
}

/// A provider with one cumulative reader.
#[must_use]
pub fn meter_provider() -> SdkMeterProvider {
    #[derive(Clone, Debug)]
    struct Shared(Arc<ManualReader>);
    impl MetricReader for Shared {
        fn register_pipeline(&self, pipeline: std::sync::Weak<Pipeline>) {
            self.0.register_pipeline(pipeline);
        }
        fn collect(&self, metrics: &mut ResourceMetrics) -> OTelSdkResult {
            self.0.collect(metrics)
        }
        fn force_flush(&self) -> OTelSdkResult {
            self.0.force_flush()
        }
        fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
            self.0.shutdown_with_timeout(timeout)
        }
        fn temporality(&self, kind: InstrumentKind) -> Temporality {
            self.0.temporality(kind)
        }
    }
    SdkMeterProvider::builder().with_reader(Shared(Arc::new(ManualReader::builder().build()))).build()
}

/// The error that the call does not have.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// Never made.
    #[error("never")]
    Never,
}

/// Tachograph, by attribute.
///
/// # Errors
///
/// None.
#[track_llm_request("openai", "gpt-4o", attributes("app.tier" = "gold"))]
pub async fn tachograph(prompt: &str) -> Result<usize, CallError> {
    Ok(prompt.len())
}

/// The bare function.
///
/// # Errors
///
/// None.
pub async fn bare(prompt: &str) -> Result<usize, CallError> {
    Ok(prompt.len())
}

/// Tachograph's telemetry over fresh providers.
#[must_use]
pub fn telemetry(spans: bool) -> (Telemetry, SdkTracerProvider, SdkMeterProvider) {
    let traces = tracer_provider();
    let (telemetry, metrics) = telemetry_of(spans.then_some(&traces));
    (telemetry, traces, metrics)
}

/// Tachograph's telemetry over a provider of spans and fresh metrics.
#[must_use]
pub fn telemetry_of(traces: Option<&SdkTracerProvider>) -> (Telemetry, SdkMeterProvider) {
    let metrics = meter_provider();
    let mut builder = Telemetry::builder()
        .with_meter(metrics.meter("bench"))
        .with_policy(Policy::default().with_drop_unsampled_children(true));
    if let Some(traces) = traces {
        builder = builder.with_tracer(traces.tracer("bench"));
    }
    (builder.build(), metrics)
}

/// What becomes of the events of calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Events {
    /// None are made, as it is by default; somebody would print them.
    Off,
    /// They are switched on, and the filter of the log leaves them out.
    Filtered,
    /// They are made, and thrown away where they would be printed.
    Told,
}

impl EventSink for Events {
    fn wants(&self, _topic: Topic, _severity: Severity) -> bool {
        *self != Self::Filtered
    }

    fn emit(&self, event: Event<'_>) {
        std::hint::black_box(event);
    }
}

/// Tachograph's telemetry over fresh providers, with a sink for events.
#[must_use]
pub fn telemetry_with_events(events: Events) -> (Telemetry, SdkTracerProvider, SdkMeterProvider) {
    let (traces, metrics) = (tracer_provider(), meter_provider());
    let of_calls = if events == Events::Off { CallEvents::none() } else { CallEvents::all() };
    let telemetry = Telemetry::builder()
        .with_tracer(traces.tracer("bench"))
        .with_meter(metrics.meter("bench"))
        .with_policy(Policy::default().with_drop_unsampled_children(true).with_call_events(of_calls))
        .with_event_sink(Arc::new(events));
    (telemetry.build(), traces, metrics)
}

/// The instruments of the calls that are written by hand.
pub struct ByHand {
    tracer: SdkTracer,
    duration: Histogram<f64>,
    requests: Counter<u64>,
    active: UpDownCounter<i64>,
    _providers: (SdkTracerProvider, SdkMeterProvider),
}

impl Default for ByHand {
    fn default() -> Self {
        let (traces, metrics) = (tracer_provider(), meter_provider());
        let meter = metrics.meter("bench");
        Self {
            tracer: traces.tracer("bench"),
            duration: meter
                .f64_histogram("duration")
                .with_unit("s")
                .with_boundaries(bucket::GEN_AI_CALL.to_vec())
                .build(),
            requests: meter.u64_counter("requests").build(),
            active: meter.i64_up_down_counter("active").build(),
            _providers: (traces, metrics),
        }
    }
}

impl ByHand {
    fn measured(&self, started: Instant, failed: bool) {
        let attributes = [
            KeyValue::new("gen_ai.operation.name", "chat"),
            KeyValue::new("gen_ai.provider.name", "openai"),
            KeyValue::new("gen_ai.request.model", "gpt-4o"),
            KeyValue::new("status", if failed { "error" } else { "success" }),
        ];
        self.duration.record(started.elapsed().as_secs_f64(), &attributes[..3]);
        self.requests.add(1, &attributes);
        self.active.add(-1, &[KeyValue::new("kind", "llm")]);
    }

    /// Metrics alone.
    ///
    /// # Errors
    ///
    /// None.
    pub async fn metrics_only(&self, prompt: &str) -> Result<usize, CallError> {
        let started = Instant::now();
        self.active.add(1, &[KeyValue::new("kind", "llm")]);
        let result = bare(prompt).await;
        self.measured(started, result.is_err());
        result
    }

    /// A span of the OpenTelemetry API and metrics.
    ///
    /// # Errors
    ///
    /// None.
    pub async fn span_and_metrics(&self, prompt: &str) -> Result<usize, CallError> {
        let started = Instant::now();
        self.active.add(1, &[KeyValue::new("kind", "llm")]);
        let span = self
            .tracer
            .span_builder("chat gpt-4o")
            .with_kind(SpanKind::Client)
            .with_attributes([
                KeyValue::new("gen_ai.operation.name", "chat"),
                KeyValue::new("gen_ai.provider.name", "openai"),
                KeyValue::new("gen_ai.request.model", "gpt-4o"),
                KeyValue::new("app.tier", "gold"),
            ])
            .start(&self.tracer);
        let context = Context::current_with_span(span);
        let result = bare(prompt).with_context(context.clone()).await;
        if result.is_err() {
            context.span().set_status(Status::error("failed"));
        }
        context.span().end();
        self.measured(started, result.is_err());
        result
    }

    /// A span of `tracing` and metrics.
    ///
    /// # Errors
    ///
    /// None.
    pub async fn tracing_and_metrics(&self, prompt: &str) -> Result<usize, CallError> {
        let started = Instant::now();
        self.active.add(1, &[KeyValue::new("kind", "llm")]);
        let span = tracing::info_span!(
            "chat",
            otel.name = "chat gpt-4o",
            otel.kind = "client",
            gen_ai.operation.name = "chat",
            gen_ai.provider.name = "openai",
            gen_ai.request.model = "gpt-4o",
            app.tier = "gold",
        );
        let result = bare(prompt).instrument(span).await;
        self.measured(started, result.is_err());
        result
    }

    /// A subscriber that gives `tracing` spans to the same provider, without the extras of its default.
    #[must_use]
    pub fn subscriber(&self) -> tracing::Dispatch {
        let layer = tracing_opentelemetry::layer()
            .with_tracer(self.tracer.clone())
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false);
        tracing::Dispatch::new(tracing_subscriber::registry().with(layer))
    }
}
