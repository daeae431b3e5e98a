//! An application that does everything that is counted, in this process, and what it emits: over OTLP and when it is scraped.

mod calls;
mod stores;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, LazyLock},
    time::Duration,
};

use opentelemetry::KeyValue;
use tachograph::{
    DiskSpool, ExporterChoice, GenAiNames, Settings, Tachograph, capture_error, llm::Prices, log_performance,
    record_cache_hit, record_cache_miss, record_error, set_active_users, set_database_connections, set_system_health,
};
use tachograph_testing::otlp::{
    Answer, OtlpServer, Signal,
    proto::{
        common::v1::KeyValue as Attribute,
        metrics::v1::{Metric, metric::Data},
    },
};
use tests::components::{exposition::Samples, poll};
use tracing_subscriber::layer::SubscriberExt as _;

/// The scope of the application's own instruments, whose names are no part of the product.
const OWN: &str = "names";

/// One metric, as it left the process.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Emitted {
    pub(super) kind: &'static str,
    pub(super) unit: String,
    pub(super) attributes: BTreeSet<String>,
}

/// All metrics, by name.
pub(super) struct Everything {
    pub(super) metrics: BTreeMap<String, Emitted>,
    pub(super) scraped: Samples,
}

/// What an application emits that does everything. It runs once.
pub(super) fn everything() -> &'static Everything {
    static EVERYTHING: LazyLock<Everything> = LazyLock::new(run);
    &EVERYTHING
}

fn run() -> Everything {
    let receiver = OtlpServer::start();
    for signal in [Signal::Traces, Signal::Metrics, Signal::Logs] {
        receiver.on(signal).next(1, Answer::invalid());
    }
    let (logs, spool) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let telemetry = Tachograph::from(
        tachograph::builder()
            .with_settings(Settings::default())
            .with_service_name("names")
            .with_service_version("1")
            .with_environment("test")
            .with_otlp_endpoint(receiver.http_endpoint())
            .with_traces_exporter(ExporterChoice::Otlp)
            .with_metrics_exporter(ExporterChoice::Otlp)
            .with_logs_exporter(ExporterChoice::Otlp)
            .with_log_directory(logs.path())
            .with_spool(DiskSpool::in_folder(spool.path()))
            .with_system_metrics_interval(Duration::from_millis(200))
            .with_gen_ai_names(GenAiNames::Both)
            .with_pricing(Arc::new(Prices::embedded().with_toml(calls::PRICES).unwrap()))
            .with_instrument_cardinality_limit("names.many", 1)
            .with_tracing_subscriber(false)
            .with_sentry_dsn("http://key@127.0.0.1:1/1")
            .build()
            .unwrap(),
    );
    telemetry.install().unwrap();
    let subscriber = tracing_subscriber::registry().with(telemetry.log_layer()).with(telemetry.log_export_layer());
    let stores = tracing::subscriber::with_default(subscriber, || {
        telemetry.telemetry().unwrap().scope(|| {
            calls::record();
            say(&telemetry);
            let stores = stores::use_them();
            // Its check of telemetry is one of the components that have a health.
            stores.0.block_on(telemetry.monitoring().health().report());
            stores
        })
    });
    // Refused, taken, and counted as taken: processors are busy from the second sample on.
    let emitted = poll::until(
        "all of it",
        || {
            // What the last scrape left out is told by the next export. The first export of each signal is refused.
            telemetry.prometheus_text().unwrap();
            let _ = telemetry.force_flush_blocking(Duration::from_secs(20));
            by_name(receiver.last_metrics())
        },
        |metrics: &BTreeMap<String, Emitted>| {
            let has = |name: &str, attribute: &str| {
                metrics.get(name).is_some_and(|metric| metric.attributes.contains(attribute))
            };
            metrics.contains_key("system.cpu.utilization")
                && has("process.cpu.utilization", "cpu.mode")
                && has("otel.sdk.exporter.metric_data_point.exported", "error.type")
        },
    );
    let scraped = Samples::parse(&telemetry.prometheus_text().unwrap());
    drop(stores);
    let _ = telemetry.shutdown_blocking(Duration::from_secs(5));
    Everything { metrics: emitted, scraped }
}

/// What an application says by itself.
fn say(telemetry: &Tachograph) {
    record_cache_hit("prices");
    record_cache_miss("prices");
    record_error("timeout", "billing");
    capture_error(&std::io::Error::other("gone")).report();
    set_system_health("database", 1.0);
    set_active_users(1);
    set_database_connections(1);
    log_performance("names", Duration::from_millis(1), []);
    tracing::info!("a line");

    let meter = telemetry.telemetry().unwrap().meter();
    let many = meter.u64_counter("names.many").build();
    (0..3).for_each(|n| many.add(1, &[KeyValue::new("n", n)]));
    // Two instruments that want one name in a scrape.
    meter.u64_counter("names.twice").build().add(1, &[]);
    meter.f64_gauge("names_twice_total").build().record(1.0, &[]);
}

fn by_name(metrics: Vec<Metric>) -> BTreeMap<String, Emitted> {
    let mut by_name = BTreeMap::<String, Emitted>::new();
    for metric in metrics.into_iter().filter(|metric| !metric.name.starts_with(OWN)) {
        let Some(data) = metric.data else { continue };
        let (kind, attributes): (_, Vec<Attribute>) = match data {
            Data::Gauge(gauge) => ("gauge", gauge.data_points.into_iter().flat_map(|point| point.attributes).collect()),
            Data::Sum(sum) => (
                if sum.is_monotonic { "counter" } else { "up-down counter" },
                sum.data_points.into_iter().flat_map(|point| point.attributes).collect(),
            ),
            Data::Histogram(histogram) => {
                ("histogram", histogram.data_points.into_iter().flat_map(|point| point.attributes).collect())
            }
            other => panic!("{}: {other:?}", metric.name),
        };
        let emitted = by_name.entry(metric.name).or_default();
        emitted.kind = kind;
        emitted.unit = metric.unit;
        emitted.attributes.extend(attributes.into_iter().map(|attribute| attribute.key));
    }
    by_name
}
