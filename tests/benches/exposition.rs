//! What a scrape costs, beside the encoders that Rust has.
//!
//! `cargo bench -p tests --bench exposition` (and `-- counters 10000`: only runs whose names have these words). The same series with the
//! same four labels and the same numbers are kept by each library in its own way, in families of 1,000 series, and scraped again and again.
//! All take turns in rounds, and the best round of each counts, in CPU time of this thread; allocations are those of one scrape after the
//! first few. The libraries that read from OpenTelemetry's SDK pay for its collection, which is shown by itself. Trust the ratios of one
//! run, not its milliseconds.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and stops at what is wrong"
)]

use std::{
    collections::HashSet,
    fmt,
    hint::black_box,
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, Ordering},
    },
};

use metrics::{Key, Label, Level, Metadata, Recorder as _};
use metrics_exporter_prometheus::PrometheusBuilder;
use opentelemetry::{
    KeyValue, StringValue,
    metrics::{AsyncInstrument, MeterProvider as _},
};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    metrics::{
        InstrumentKind, ManualReader, Pipeline, SdkMeterProvider, Stream, Temporality, data::ResourceMetrics,
        reader::MetricReader,
    },
};
use prometheus::{HistogramOpts, Opts};
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, histogram::Histogram},
};
use tachograph::{
    ExporterChoice, Settings,
    pipeline::Pipeline as Telemetry,
    source::{Scrape as _, ScrapeRequest},
};

const BOUNDS: [f64; 14] = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];
/// Lines of one histogram: a bucket for each bound and one for all, the sum and the count.
const HISTOGRAM_LINES: usize = BOUNDS.len() + 3;
const FAMILY: usize = 1_000;
const NAMES: [&str; 4] = ["method", "route", "status", "instance_id"];

#[derive(Clone, Copy, PartialEq)]
enum Shape {
    Counters,
    Histograms,
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if *self == Self::Counters { "counters" } else { "histograms" })
    }
}

/// The labels of a series, and in which family it is.
struct Series {
    family: usize,
    labels: [String; 4],
}

fn series(shape: Shape, lines: usize) -> Vec<Series> {
    let count = if shape == Shape::Counters { lines } else { lines.div_ceil(HISTOGRAM_LINES) };
    let labels = |i: usize| {
        let method = ["GET", "POST", "PUT", "DELETE"][i % 4];
        let route = format!("/api/v1/projects/{{project}}/resource_{}", i % FAMILY / 4);
        [method.to_owned(), route, (200 + i % 5).to_string(), "checkout-api-7d9f4c8b6f-2xkpt".to_owned()]
    };
    (0..count).map(|i| Series { family: i / FAMILY, labels: labels(i) }).collect()
}

/// Gives the scrape of one library; its length is that of the text.
type Scrape = Box<dyn FnMut() -> usize>;

/// What the SDK's readers share: it takes them by value.
#[derive(Clone, Debug, Default)]
struct Reader(Arc<ManualReader>);

impl MetricReader for Reader {
    fn register_pipeline(&self, pipeline: Weak<Pipeline>) {
        self.0.register_pipeline(pipeline);
    }
    fn collect(&self, metrics: &mut ResourceMetrics) -> OTelSdkResult {
        self.0.collect(metrics)
    }
    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }
    fn shutdown_with_timeout(&self, _: std::time::Duration) -> OTelSdkResult {
        Ok(())
    }
    fn temporality(&self, _: InstrumentKind) -> Temporality {
        Temporality::Cumulative
    }
}

/// Whether the values of attributes are each series' own, or one text for all, as those of tracked calls are.
#[derive(Clone, Copy, PartialEq)]
enum Values {
    Own,
    Shared,
}

fn record(meter: &opentelemetry::metrics::Meter, shape: Shape, series: &[Series], values: Values) {
    let mut shared = HashSet::<Arc<str>>::new();
    for Series { family, labels } in series {
        let mut value = |text: &String| match (values, shared.get(text.as_str())) {
            (Values::Own, _) => StringValue::from(text.clone()),
            (Values::Shared, Some(known)) => StringValue::from(Arc::clone(known)),
            (Values::Shared, None) => {
                let new = Arc::<str>::from(text.as_str());
                shared.insert(Arc::clone(&new));
                StringValue::from(new)
            }
        };
        let attributes: Vec<KeyValue> =
            NAMES.into_iter().zip(labels).map(|(name, text)| KeyValue::new(name, value(text))).collect();
        let name = format!("{shape}.of.family{family}");
        match shape {
            Shape::Counters => {
                meter.u64_counter(name).with_description("Of the benchmark.").build().add(7, &attributes)
            }
            Shape::Histograms => {
                let histogram = meter.f64_histogram(name).with_description("Of the benchmark.");
                let histogram = histogram.with_boundaries(BOUNDS.to_vec()).build();
                [0.003, 0.3, 3.0].into_iter().for_each(|value| histogram.record(value, &attributes));
            }
        }
    }
}

fn sdk(reader: impl MetricReader, shape: Shape, series: &[Series], values: Values) -> SdkMeterProvider {
    let provider = SdkMeterProvider::builder()
        .with_resource(Resource::builder_empty().build())
        .with_reader(reader)
        .with_view(|_: &opentelemetry_sdk::metrics::Instrument| {
            Stream::builder().with_cardinality_limit(FAMILY).build().ok()
        })
        .build();
    record(&provider.meter("bench"), shape, series, values);
    provider
}

fn collection(shape: Shape, series: &[Series], values: Values) -> Scrape {
    let reader = Reader::default();
    let provider = sdk(reader.clone(), shape, series, values);
    let mut metrics = ResourceMetrics::default();
    Box::new(move || {
        let _alive = &provider;
        reader.collect(&mut metrics).expect("it collects");
        black_box(&metrics);
        0
    })
}

fn telemetry() -> Telemetry {
    Telemetry::builder()
        .with_settings(Settings::default())
        .with_traces_exporter(ExporterChoice::None)
        .with_metrics_exporter(ExporterChoice::None)
        .with_logs_exporter(ExporterChoice::None)
        .with_scope_labels(false)
        .with_cardinality_limit(FAMILY)
        .build()
        .expect("the settings are valid")
}

fn ours(shape: Shape, series: &[Series], values: Values, request: ScrapeRequest<'static>) -> Scrape {
    let telemetry = telemetry();
    record(&telemetry.meter_provider().expect("it is on").meter("bench"), shape, series, values);
    let scrape = telemetry.scrape_handle().expect("it is on");
    Box::new(move || {
        let _alive = &telemetry;
        scrape.scrape(&request).expect("it collects").body.len()
    })
}

/// With an instrument that is there in every second scrape: each time all that is kept has to be made anew, as in the first scrape.
fn ours_anew(shape: Shape, series: &[Series]) -> Scrape {
    let telemetry = telemetry();
    let meter = telemetry.meter_provider().expect("it is on").meter("bench");
    record(&meter, shape, series, Values::Shared);
    let is_there = AtomicBool::new(false);
    let comes_and_goes = move |observer: &dyn AsyncInstrument<u64>| {
        if is_there.fetch_not(Ordering::Relaxed) {
            observer.observe(1, &[]);
        }
    };
    meter.u64_observable_gauge("comes.and.goes").with_callback(comes_and_goes).build();
    let scrape = telemetry.scrape_handle().expect("it is on");
    Box::new(move || {
        let _alive = &telemetry;
        scrape.scrape(&ScrapeRequest::default()).expect("it collects").body.len()
    })
}

fn opentelemetry_prometheus(shape: Shape, series: &[Series]) -> Scrape {
    let registry = prometheus::Registry::new();
    let exporter = opentelemetry_prometheus::exporter().with_registry(registry.clone()).scope_info_enabled(false);
    let provider = sdk(exporter.build().expect("the registry is empty"), shape, series, Values::Own);
    Box::new(move || {
        let _alive = &provider;
        prometheus::TextEncoder::new().encode_to_string(&registry.gather()).expect("it encodes").len()
    })
}

fn tikv(shape: Shape, series: &[Series]) -> Scrape {
    let registry = prometheus::Registry::new();
    for family in series.chunk_by(|a, b| a.family == b.family) {
        let name = format!("{shape}_of_family{}", family[0].family);
        match shape {
            Shape::Counters => {
                let opts = Opts::new(name + "_total", "Of the benchmark.");
                let counters = prometheus::IntCounterVec::new(opts, &NAMES).expect("valid");
                registry.register(Box::new(counters.clone())).expect("new");
                family.iter().for_each(|it| counters.with_label_values(&it.labels).inc_by(7));
            }
            Shape::Histograms => {
                let opts = HistogramOpts::new(name, "Of the benchmark.").buckets(BOUNDS.to_vec());
                let histograms = prometheus::HistogramVec::new(opts, &NAMES).expect("valid");
                registry.register(Box::new(histograms.clone())).expect("new");
                for it in family {
                    let histogram = histograms.with_label_values(&it.labels);
                    [0.003, 0.3, 3.0].into_iter().for_each(|value| histogram.observe(value));
                }
            }
        }
    }
    Box::new(move || prometheus::TextEncoder::new().encode_to_string(&registry.gather()).expect("it encodes").len())
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Labels {
    method: String,
    route: String,
    status: String,
    instance_id: String,
}

impl From<&[String; 4]> for Labels {
    fn from(labels: &[String; 4]) -> Self {
        let [method, route, status, instance_id] = labels.clone();
        Self { method, route, status, instance_id }
    }
}

fn prometheus_client(shape: Shape, series: &[Series]) -> Scrape {
    let mut registry = prometheus_client::registry::Registry::default();
    for family in series.chunk_by(|a, b| a.family == b.family) {
        let name = format!("{shape}_of_family{}", family[0].family);
        match shape {
            Shape::Counters => {
                let counters = Family::<Labels, Counter>::default();
                for it in family {
                    counters.get_or_create(&Labels::from(&it.labels)).inc_by(7);
                }
                registry.register(name, "Of the benchmark.", counters);
            }
            Shape::Histograms => {
                let histograms = Family::<Labels, Histogram>::new_with_constructor(|| Histogram::new(BOUNDS));
                for it in family {
                    let histogram = histograms.get_or_create(&Labels::from(&it.labels));
                    [0.003, 0.3, 3.0].into_iter().for_each(|value| histogram.observe(value));
                }
                registry.register(name, "Of the benchmark.", histograms);
            }
        }
    }
    let mut length = 0;
    Box::new(move || {
        let mut text = String::with_capacity(length);
        prometheus_client::encoding::text::encode(&mut text, &registry).expect("it encodes");
        length = text.len();
        black_box(&text).len()
    })
}

fn metrics_exporter_prometheus(shape: Shape, series: &[Series]) -> Scrape {
    let recorder = PrometheusBuilder::new().set_buckets(&BOUNDS).expect("they are some").build_recorder();
    let metadata = Metadata::new("bench", Level::INFO, None);
    for Series { family, labels } in series {
        let labels: Vec<Label> =
            NAMES.into_iter().zip(labels).map(|(name, value)| Label::new(name, value.clone())).collect();
        let key = Key::from_parts(format!("{shape}_of_family{family}"), labels);
        match shape {
            Shape::Counters => recorder.register_counter(&key, &metadata).increment(7),
            Shape::Histograms => {
                let histogram = recorder.register_histogram(&key, &metadata);
                [0.003, 0.3, 3.0].into_iter().for_each(|value| histogram.record(value));
            }
        }
    }
    let handle = recorder.handle();
    Box::new(move || {
        let _alive = &recorder;
        handle.render().len()
    })
}

fn nanoseconds() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    u64::try_from(time.tv_sec).expect("it is positive") * 1_000_000_000 + u64::try_from(time.tv_nsec).expect("so too")
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    for shape in [Shape::Counters, Shape::Histograms] {
        for lines in [1_000, 10_000, 100_000] {
            let name = format!("{shape} {lines}");
            if words.iter().all(|word| name.split(' ').any(|part| part == word)) {
                run(shape, lines);
            }
        }
    }
}

fn run(shape: Shape, lines: usize) {
    let series = series(shape, lines);
    let open_metrics = ScrapeRequest::default().with_accept("application/openmetrics-text;version=1.0.0");
    let gzip = ScrapeRequest::default().with_accept_encoding("gzip");
    let mut scrapes = [
        ("tachograph, text 0.0.4", ours(shape, &series, Values::Shared, ScrapeRequest::default())),
        ("  of it, the SDK's collection", collection(shape, &series, Values::Shared)),
        ("tachograph, values not shared", ours(shape, &series, Values::Own, ScrapeRequest::default())),
        ("  of it, the SDK's collection", collection(shape, &series, Values::Own)),
        ("tachograph, all text made anew", ours_anew(shape, &series)),
        ("tachograph, OpenMetrics with _created", ours(shape, &series, Values::Shared, open_metrics)),
        ("tachograph, text 0.0.4, gzip", ours(shape, &series, Values::Shared, gzip)),
        ("prometheus-client", prometheus_client(shape, &series)),
        ("prometheus", tikv(shape, &series)),
        ("metrics-exporter-prometheus", metrics_exporter_prometheus(shape, &series)),
        ("opentelemetry-prometheus", opentelemetry_prometheus(shape, &series)),
    ];
    let rounds = (3_000_000 / lines).clamp(15, 400);
    let mut best = [u64::MAX; 11];
    for _ in 0..rounds {
        for ((_, scrape), best) in scrapes.iter_mut().zip(&mut best) {
            let start = nanoseconds();
            black_box(scrape());
            *best = (*best).min(nanoseconds() - start);
        }
    }
    println!("\n{shape}, {lines} lines, {} series", series.len());
    println!("{:38} {:>9} {:>7} {:>9} {:>9} {:>9} {:>9}", "", "ms", "×", "MB", "MB/s", "allocs", "MB more");
    let ours = best[0];
    for ((name, scrape), nanoseconds) in scrapes.iter_mut().zip(best) {
        let mut bytes = 0;
        let allocated = allocation_counter::measure(|| bytes = scrape());
        let (ms, ratio) = (nanoseconds as f64 / 1e6, nanoseconds as f64 / ours as f64);
        let (megabytes, speed) = (bytes as f64 / 1e6, bytes as f64 * 1e3 / nanoseconds as f64);
        // The most that a scrape holds beyond what is held between scrapes, its text included.
        let more = allocated.bytes_max as f64 / 1e6;
        let count = allocated.count_total;
        println!("{name:38} {ms:9.3} {ratio:7.2} {megabytes:9.2} {speed:9.0} {count:9} {more:9.2}");
    }
}
