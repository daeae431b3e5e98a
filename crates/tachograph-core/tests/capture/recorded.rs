//! A telemetry whose events, spans and counts of errors can be read.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use opentelemetry::{KeyValue, Value, metrics::MeterProvider as _, trace::TracerProvider as _};
use opentelemetry_sdk::{
    metrics::{
        InMemoryMetricExporter, PeriodicReader, SdkMeterProvider,
        data::{AggregatedMetrics, MetricData},
    },
    trace::{InMemorySpanExporter, SdkTracerProvider, SpanData},
};
use tachograph_core::{
    Breadcrumb, Policy, Telemetry, current,
    event::{Event, EventSink, Severity, Topic},
};

/// An event as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) topic: Topic,
    pub(crate) severity: Severity,
    pub(crate) name: &'static str,
    pub(crate) message: String,
    pub(crate) attributes: Vec<(String, Value)>,
    pub(crate) error: Option<String>,
    pub(crate) crumbs: Vec<Breadcrumb>,
    pub(crate) trace: Option<String>,
}

impl Told {
    /// The only value of a key.
    pub(crate) fn get(&self, key: &str) -> Option<String> {
        let mut found = self.attributes.iter().filter(|(known, _)| known == key);
        let value = found.next().map(|(_, value)| value.to_string());
        assert!(found.next().is_none(), "{key} is there twice");
        value
    }

    pub(crate) fn crumbs(&self) -> Vec<&str> {
        self.crumbs.iter().map(Breadcrumb::message).collect()
    }
}

#[derive(Default)]
pub(crate) struct Sink {
    told: Mutex<Vec<Told>>,
    deaf: bool,
}

impl EventSink for Sink {
    fn wants(&self, _: Topic, _: Severity) -> bool {
        !self.deaf
    }

    fn emit(&self, event: Event<'_>) {
        let attributes = event.attributes.into_iter().map(|KeyValue { key, value, .. }| (key.to_string(), value));
        self.told.lock().unwrap().push(Told {
            topic: event.topic,
            severity: event.severity,
            name: event.name,
            message: event.message.into_owned(),
            attributes: attributes.collect(),
            error: event.error.map(ToString::to_string),
            crumbs: event.breadcrumbs,
            trace: current::trace_id().map(|id| id.to_string()),
        });
    }
}

pub(crate) struct Recorded {
    pub(crate) telemetry: Telemetry,
    sink: Arc<Sink>,
    spans: InMemorySpanExporter,
    metrics: InMemoryMetricExporter,
    meters: SdkMeterProvider,
}

impl Recorded {
    pub(crate) fn new() -> Self {
        Self::with(Policy::default())
    }

    pub(crate) fn with(policy: Policy) -> Self {
        Self::of(policy, Sink::default())
    }

    /// Nobody wants events.
    pub(crate) fn deaf() -> Self {
        Self::of(Policy::default(), Sink { deaf: true, ..Sink::default() })
    }

    fn of(policy: Policy, sink: Sink) -> Self {
        let (spans, metrics, sink) =
            (InMemorySpanExporter::default(), InMemoryMetricExporter::default(), Arc::new(sink));
        let reader = PeriodicReader::builder(metrics.clone()).build();
        let meters = SdkMeterProvider::builder().with_reader(reader).build();
        let tracers = SdkTracerProvider::builder().with_simple_exporter(spans.clone()).build();
        let telemetry = Telemetry::builder()
            .with_tracer(tracers.tracer("test"))
            .with_meter(meters.meter("test"))
            .with_policy(policy)
            .with_event_sink(Arc::clone(&sink) as _)
            .build();
        Self { telemetry, sink, spans, metrics, meters }
    }

    pub(crate) fn scope<R>(&self, body: impl FnOnce() -> R) -> R {
        self.telemetry.scope(body)
    }

    pub(crate) fn told(&self) -> Vec<Told> {
        self.sink.told.lock().unwrap().clone()
    }

    /// The only event.
    pub(crate) fn one(&self) -> Told {
        let told = self.told();
        assert_eq!(told.len(), 1, "{told:?}");
        told.into_iter().next().unwrap()
    }

    pub(crate) fn spans(&self) -> Vec<SpanData> {
        self.spans.get_finished_spans().unwrap()
    }

    /// `tachograph.errors`: attributes of each series, and its sum.
    pub(crate) fn errors(&self) -> Vec<(BTreeMap<String, String>, u64)> {
        self.meters.force_flush().unwrap();
        let finished = self.metrics.get_finished_metrics().unwrap();
        let metrics = finished.last().into_iter().flat_map(|it| it.scope_metrics()).flat_map(|scope| scope.metrics());
        metrics
            .filter(|metric| metric.name() == "tachograph.errors")
            .flat_map(|metric| match metric.data() {
                AggregatedMetrics::U64(MetricData::Sum(sum)) => sum.data_points().collect::<Vec<_>>(),
                other => panic!("a sum, not {other:?}"),
            })
            .map(|point| {
                let attributes = point.attributes().map(|it| (it.key.to_string(), it.value.to_string()));
                (attributes.collect(), point.value())
            })
            .collect()
    }
}

pub(crate) fn series<const N: usize>(attributes: [(&str, &str); N], count: u64) -> (BTreeMap<String, String>, u64) {
    (attributes.map(|(key, value)| (key.to_owned(), value.to_owned())).into(), count)
}
