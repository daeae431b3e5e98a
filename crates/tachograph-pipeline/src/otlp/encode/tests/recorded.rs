//! Metrics that a real meter provider has collected.

use std::sync::{Arc, Weak};
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Meter, MeterProvider as _};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::reader::MetricReader;
use opentelemetry_sdk::metrics::{
    Aggregation, Instrument, InstrumentKind, ManualReader, Pipeline, SdkMeterProvider, Stream, Temporality,
};

use super::*;

/// The SDK takes readers by value; this keeps one to read from.
#[derive(Debug, Clone)]
struct Reader(Arc<ManualReader>);

impl MetricReader for Reader {
    fn register_pipeline(&self, pipeline: Weak<Pipeline>) {
        self.0.register_pipeline(pipeline);
    }
    fn collect(&self, metrics: &mut SdkMetrics) -> OTelSdkResult {
        self.0.collect(metrics)
    }
    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }
    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
    fn temporality(&self, kind: InstrumentKind) -> Temporality {
        self.0.temporality(kind)
    }
}

pub(super) struct Recorded {
    pub(super) provider: SdkMeterProvider,
    reader: Reader,
}

impl Recorded {
    pub(super) fn new(resource: Resource, temporality: Temporality) -> Self {
        let reader = Reader(Arc::new(ManualReader::builder().with_temporality(temporality).build()));
        let exponential = |instrument: &Instrument| {
            let aggregation =
                Aggregation::Base2ExponentialHistogram { max_size: 160, max_scale: 20, record_min_max: true };
            let stream = || Stream::builder().with_aggregation(aggregation).build().ok();
            instrument.name().starts_with("exponential").then(stream).flatten()
        };
        let builder = SdkMeterProvider::builder().with_resource(resource).with_reader(reader.clone());
        Self { provider: builder.with_view(exponential).build(), reader }
    }

    pub(super) fn collect(&self) -> SdkMetrics {
        let mut metrics = SdkMetrics::default();
        self.reader.collect(&mut metrics).unwrap();
        metrics
    }

    pub(super) fn meter(&self, scope: opentelemetry::InstrumentationScope) -> Meter {
        self.provider.meter_with_scope(scope)
    }
}

/// Not so small or large that the SDK's exponential histogram counts buckets beyond its own numbers, which panics in debug builds.
fn in_reach(double: f64) -> f64 {
    match double.is_normal() {
        true => double.abs().clamp(1e-30, 1e30).copysign(double),
        false if double.is_subnormal() => 0.0,
        false => double,
    }
}

/// One measurement of an instrument of any kind. Sums of histograms must not overflow: the SDK panics in debug builds.
pub(super) fn record(meter: &Meter, kind: usize, value: u64, labels: &[KeyValue]) {
    let (double, integer) = (f64::from_bits(value), value as i64);
    match kind {
        0 => meter.u64_counter("c.u64").with_unit("{call}").build().add(value, labels),
        1 => meter.f64_counter("c.f64").with_description("doubles").build().add(double, labels),
        2 => meter.i64_up_down_counter("ud.i64").build().add(integer, labels),
        3 => meter.f64_up_down_counter("ud.f64").build().add(double, labels),
        4 => meter.u64_gauge("g.u64").build().record(value, labels),
        5 => meter.i64_gauge("g.i64").with_unit("By").build().record(integer, labels),
        6 => meter.f64_gauge("g.f64").build().record(double, labels),
        7 => meter.u64_histogram("h.u64").build().record(value >> 8, labels),
        8 => meter.f64_histogram("h.f64").with_unit("s").build().record(double, labels),
        9 => meter.f64_histogram("h.bounds").with_boundaries(vec![]).build().record(double, labels),
        10 => meter.u64_histogram("exponential.u64").build().record(value >> 8, labels),
        _ => meter.f64_histogram("exponential.f64").build().record(in_reach(double), labels),
    }
}
