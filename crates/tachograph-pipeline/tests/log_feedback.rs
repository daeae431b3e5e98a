//! Exporting log records begets none: with everything that logs switched on and receivers that always fail, there are as many records as
//! the application logged. Alone in its process, because the transports log to the subscriber of the process.

#![allow(clippy::unwrap_used, clippy::panic, reason = "in tests an unwrap is the assertion")]

use std::cell::RefCell;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use opentelemetry::trace::{Span as _, Tracer as _, TracerProvider as _};
use opentelemetry::{ContextGuard, InstrumentationScope};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{LogProcessor, SdkLogRecord};
use tachograph_pipeline::{Builder, Pipeline, Protocol, Settings};
use tracing::span::Id;
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt as _};

const LONG: Duration = Duration::from_secs(60);
/// Failed exports of log records that each pipeline has to go through.
const EXPORTS: u64 = 15;

/// Counts what transports and the SDK log.
#[derive(Clone, Default)]
struct Machinery {
    transports: Arc<AtomicU64>,
    sdk: Arc<AtomicU64>,
}

impl<S: Subscriber> Layer<S> for Machinery {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let target = event.metadata().target();
        if ["hyper", "h2", "tonic", "tower", "rustls"].iter().any(|name| target.starts_with(name)) {
            self.transports.fetch_add(1, Ordering::Relaxed);
        }
        if target.starts_with("opentelemetry") {
            self.sdk.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// A layer that knows nothing of export threads: it enters contexts there that suppress nothing.
struct EntersRoots;

thread_local!(static ENTERED: RefCell<Vec<ContextGuard>> = const { RefCell::new(Vec::new()) });

impl<S: Subscriber> Layer<S> for EntersRoots {
    fn on_enter(&self, _: &Id, _: Context<'_, S>) {
        ENTERED.with_borrow_mut(|entered| entered.push(opentelemetry::Context::new().attach()));
    }

    fn on_exit(&self, _: &Id, _: Context<'_, S>) {
        ENTERED.with_borrow_mut(|entered| drop(entered.pop()));
    }
}

/// A log processor that logs.
#[derive(Debug)]
struct Logs;

impl LogProcessor for Logs {
    fn emit(&self, _: &mut SdkLogRecord, _: &InstrumentationScope) {
        tracing::info!("of the processor");
    }
    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }
    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// Where nobody listens.
fn dead() -> String {
    format!("http://{}", TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap())
}

/// Where connections are taken, read from and closed: HTTP/1 gets an answer, HTTP/2 none that it understands.
fn refusing() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 64 * 1024]);
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        }
    });
    format!("http://{address}")
}

fn failing(protocol: Protocol, endpoint: String) -> Pipeline {
    let variables = [
        ("RUST_LOG", "trace"),
        ("OTEL_BLRP_SCHEDULE_DELAY", "5"),
        ("OTEL_BSP_SCHEDULE_DELAY", "5"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "20"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "100"),
    ];
    let settings =
        Settings::from_lookup(|name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).into()));
    let builder = Builder::new().with_settings(settings.unwrap()).with_otlp_endpoint(endpoint);
    #[cfg(feature = "sysinfo")]
    let builder = builder.with_system_metrics(false);
    builder.with_log_processor(Logs).with_protocol(protocol).build().unwrap()
}

#[test]
fn failing_exports_at_level_trace_beget_no_records() {
    let pipelines = [Protocol::HttpProtobuf, Protocol::Grpc]
        .into_iter()
        .flat_map(|protocol| [failing(protocol, dead()), failing(protocol, refusing())]);
    let [one, two, three, four] = &pipelines.collect::<Vec<_>>()[..] else { panic!("four") };
    let machinery = Machinery::default();
    let subscriber = tracing_subscriber::registry()
        .with(one.log_export_layer())
        .with(two.log_export_layer())
        .with(three.log_export_layer())
        .with(four.log_export_layer())
        // With the spans of the transports, whose contexts are entered on the export threads.
        .with(one.tracing_layer())
        .with(EntersRoots)
        .with(machinery.clone());
    tracing::subscriber::set_global_default(subscriber).unwrap();

    let pipelines = [one, two, three, four];
    let (mut logged, start) = (0, Instant::now());
    let failed = |pipeline: &Pipeline| pipeline.health().logs.failed.total();
    for round in 1..=EXPORTS {
        let before = pipelines.map(failed);
        tracing::trace!(round, "of the application");
        logged += 1;
        for pipeline in pipelines {
            pipeline.tracer_provider().unwrap().tracer("app").start("span").end();
        }
        while pipelines.iter().zip(before).any(|(pipeline, before)| failed(pipeline) == before) {
            assert!(start.elapsed() < LONG, "round {round}: {:?}", pipelines.map(|it| it.health().logs));
            thread::yield_now();
        }
    }
    assert!(
        machinery.transports.load(Ordering::Relaxed) > 20 * EXPORTS,
        "the transports log: {machinery:?}",
        machinery = machinery.transports
    );
    assert!(machinery.sdk.load(Ordering::Relaxed) > 0, "OpenTelemetry logs");
    for pipeline in pipelines {
        let health = pipeline.health().logs;
        assert_eq!((health.created, health.failed.total(), health.exported), (logged, logged, 0), "{health:?}");
        assert_eq!(pipeline.health().traces.created, logged, "nor spans");
        assert!(pipeline.health().metrics.failed.total() > 0 && pipeline.health().traces.failed.total() > 0);
    }
    for pipeline in pipelines {
        let report = pipeline.shutdown_blocking(Duration::from_secs(5));
        assert_eq!((report.logs.created, report.logs.lost), (logged, 0), "the end begets none either: {report}");
    }
}
