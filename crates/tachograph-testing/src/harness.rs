//! The telemetry of one test.

use std::sync::Arc;

use opentelemetry::{Context, ContextGuard, metrics::MeterProvider as _, trace::TracerProvider as _};
use opentelemetry_sdk::{
    Resource,
    metrics::SdkMeterProvider,
    trace::{Sampler, SdkTracerProvider, ShouldSample, SpanData},
};
use tachograph_core::{Policy, Pricing, Telemetry, TelemetryBuilder, event::EventSink};

use crate::{metrics::Metrics, reader::OnDemandReader, spans::SpanLog, tree};

const SCOPE: &str = "tachograph";

/// A [`Telemetry`] whose spans and metrics stay in memory.
///
/// A span is visible as soon as it ended, metrics whenever they are asked for. Clones look at the same telemetry. It records
/// what is started inside [`enter`](Self::enter), [`scope`](Self::scope) or [`context`](Self::context), on any thread and
/// in any task that the context is carried to.
#[derive(Clone, Debug)]
pub struct TestTelemetry {
    telemetry: Telemetry,
    spans: SpanLog,
    reader: OnDemandReader,
    tracer_provider: SdkTracerProvider,
    // The reader does not keep the instruments alive.
    _meter_provider: SdkMeterProvider,
}

impl TestTelemetry {
    /// Telemetry with spans, all of them sampled, and metrics.
    #[must_use]
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Starts from the telemetry that [`new`](Self::new) gives.
    pub fn builder() -> TestTelemetryBuilder {
        TestTelemetryBuilder {
            sampler: Box::new(Sampler::AlwaysOn),
            telemetry: Telemetry::builder(),
            spans: true,
            metrics: true,
        }
    }

    /// The telemetry, for code that takes it as a value.
    #[must_use]
    pub fn telemetry(&self) -> &Telemetry {
        &self.telemetry
    }

    /// The provider of the spans: for what makes spans of its own, such as a `tracing` layer, to be seen in the same trees.
    #[must_use]
    pub fn tracer_provider(&self) -> &SdkTracerProvider {
        &self.tracer_provider
    }

    /// Puts the telemetry in force on this thread until the guard is dropped.
    #[must_use = "the scope ends when the guard is dropped"]
    pub fn enter(&self) -> ContextGuard {
        self.telemetry.enter()
    }

    /// The current context with the telemetry in force: for futures (`future.with_context(test.context())`) and threads.
    #[must_use]
    pub fn context(&self) -> Context {
        self.telemetry.scoped(&Context::current())
    }

    /// Runs `body` with the telemetry in force.
    pub fn scope<R>(&self, body: impl FnOnce() -> R) -> R {
        self.telemetry.scope(body)
    }

    /// The spans that have ended, in the order in which they did. Spans that were not sampled are not among them.
    #[must_use]
    pub fn spans(&self) -> Vec<SpanData> {
        self.spans.ended()
    }

    /// The one span of this name.
    ///
    /// # Panics
    ///
    /// When no span or more than one of this name has ended; the message lists all names.
    #[must_use]
    #[track_caller]
    pub fn span(&self, name: &str) -> SpanData {
        let spans = self.spans();
        let mut named = spans.iter().filter(|span| span.name == name);
        match (named.next(), named.count()) {
            (Some(span), 0) => span.clone(),
            (found, more) => {
                let found = usize::from(found.is_some()) + more;
                let names: Vec<&str> = spans.iter().map(|span| span.name.as_ref()).collect();
                panic!("{found} spans named {name:?} have ended, not one; ended are {names:?}")
            }
        }
    }

    /// The span trees as text, with the attributes of [`tree::DEFAULT_ATTRIBUTES`]. See [`tree::render`] for the form.
    #[must_use]
    pub fn tree(&self) -> String {
        self.tree_with(tree::DEFAULT_ATTRIBUTES)
    }

    /// The span trees as text, with the attributes that are named. See [`tree::render`] for the form.
    #[must_use]
    pub fn tree_with(&self, attributes: &[&str]) -> String {
        tree::render(&self.spans(), attributes)
    }

    /// The metrics as they are now.
    ///
    /// # Panics
    ///
    /// When the SDK cannot collect them, which happens after an observable instrument's callback has panicked.
    #[must_use]
    #[track_caller]
    pub fn metrics(&self) -> Metrics {
        match self.reader.read() {
            Ok(collected) => Metrics::of(&collected),
            Err(error) => panic!("the metrics cannot be collected: {error}"),
        }
    }
}

impl Default for TestTelemetry {
    fn default() -> Self {
        Self::new()
    }
}

/// Builds a [`TestTelemetry`].
#[derive(Debug)]
#[must_use]
pub struct TestTelemetryBuilder {
    sampler: Box<dyn ShouldSample>,
    telemetry: TelemetryBuilder,
    spans: bool,
    metrics: bool,
}

impl TestTelemetryBuilder {
    /// Which spans are sampled. The default is all of them.
    pub fn with_sampler(mut self, sampler: impl ShouldSample + 'static) -> Self {
        self.sampler = Box::new(sampler);
        self
    }

    /// What may be recorded, content included, and under which names. The default is [`Policy::default`].
    pub fn with_policy(mut self, policy: Policy) -> Self {
        self.telemetry = self.telemetry.with_policy(policy);
        self
    }

    /// Who knows what calls to models cost. The default is nobody: only amounts that calls are told are recorded.
    pub fn with_pricing(mut self, pricing: Arc<dyn Pricing>) -> Self {
        self.telemetry = self.telemetry.with_pricing(pricing);
        self
    }

    /// Who prints events. The default is nobody: there are none.
    pub fn with_event_sink(mut self, events: Arc<dyn EventSink>) -> Self {
        self.telemetry = self.telemetry.with_event_sink(events);
        self
    }

    /// Without a meter: calls have spans alone.
    pub fn with_spans_only(mut self) -> Self {
        self.metrics = false;
        self.spans = true;
        self
    }

    /// Without a tracer: calls have metrics alone.
    pub fn with_metrics_only(mut self) -> Self {
        self.spans = false;
        self.metrics = true;
        self
    }

    /// The telemetry. Nothing global is touched.
    #[must_use]
    pub fn build(self) -> TestTelemetry {
        let spans = SpanLog::default();
        let reader = OnDemandReader::default();
        let meter_provider = SdkMeterProvider::builder()
            .with_resource(Resource::builder_empty().build())
            .with_reader(reader.clone())
            .build();

        let tracer_provider = SdkTracerProvider::builder()
            .with_resource(Resource::builder_empty().build())
            .with_sampler(self.sampler)
            .with_span_processor(spans.clone())
            .build();

        let mut builder = self.telemetry;
        if self.spans {
            builder = builder.with_tracer(tracer_provider.tracer(SCOPE));
        }
        if self.metrics {
            builder = builder.with_meter(meter_provider.meter(SCOPE));
        }
        TestTelemetry { telemetry: builder.build(), spans, reader, tracer_provider, _meter_provider: meter_provider }
    }
}
