//! What cannot be sent goes to disk, and from there to the receiver when it is back, in this process or in the next.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use opentelemetry::KeyValue;
use opentelemetry::trace::{Span as _, Tracer as _, TracerProvider as _};
use tachograph_pipeline::{Builder, DiskSpool, Pipeline, Protocol, SignalHealth, WhenFull};
use tachograph_testing::otlp::{Answer, OtlpServer, Signal};

use crate::collector::dead_endpoint;
use crate::{LONG, builder, end_spans, subscriber};

const SPANS_ALONE: [(&str, &str); 2] = [("OTEL_METRICS_EXPORTER", "none"), ("OTEL_LOGS_EXPORTER", "none")];

fn protocols(server: &OtlpServer) -> [(Protocol, String); 2] {
    [(Protocol::HttpProtobuf, server.http_endpoint()), (Protocol::Grpc, server.grpc_endpoint())]
}

fn spooled(folder: &Path) -> Builder {
    builder(&SPANS_ALONE).with_spool(DiskSpool::in_folder(folder))
}

/// The law, which holds whenever it is looked at.
fn balance(health: &SignalHealth) {
    let SignalHealth { created, exported, failed, dropped, queued, in_flight, spooled, recovered, .. } = health;
    let accounted = exported + failed.total() + dropped.total() + queued + in_flight + spooled;
    assert_eq!(created + recovered, accounted, "{health:?}");
}

/// Waits until it is so, and looks at the balance meanwhile.
fn until(pipeline: &Pipeline, is_so: impl Fn(&SignalHealth) -> bool) -> SignalHealth {
    let start = Instant::now();
    loop {
        let health = pipeline.health().traces;
        balance(&health);
        if is_so(&health) {
            return health;
        }
        assert!(start.elapsed() < LONG, "{health:?}");
        thread::yield_now();
    }
}

#[test]
fn an_outage_costs_nothing() {
    let server = OtlpServer::start();
    for (protocol, endpoint) in protocols(&server) {
        let folder = tempfile::tempdir().unwrap();
        let pipeline = spooled(folder.path()).with_otlp_endpoint(endpoint).with_protocol(protocol).build().unwrap();
        let before = server.counts().traces.accepted;
        server.refuse_connections();
        for _ in 0..10 {
            end_spans(&pipeline, 100);
            let _ = pipeline.force_flush_blocking(LONG);
        }
        let away = until(&pipeline, |health| health.spooled == 1000);
        let why = away.last_error.clone().unwrap();
        assert!(away.failing && why.contains("refused") && away.failed.total() == 0, "{away:?}");
        server.accept_connections();
        let back = until(&pipeline, |health| health.exported == 1000);
        assert!(!back.failing && back.spooled == 0, "{back:?}");
        assert_eq!(server.counts().traces.accepted - before, 1000, "{protocol}");
        let report = pipeline.shutdown_blocking(LONG).into_result().unwrap();
        assert_eq!((report.traces.exported, report.traces.lost, report.traces.spooled), (1000, 0, 0));
    }
}

#[test]
fn what_a_process_leaves_is_sent_by_the_next_in_its_order() {
    let folder = tempfile::tempdir().unwrap();
    let deadline = Duration::from_secs(1);
    for run in 0..3 {
        let pipeline = spooled(folder.path()).with_otlp_endpoint(dead_endpoint()).build().unwrap();
        let tracer = pipeline.tracer_provider().unwrap().tracer("test");
        for index in 0..20 {
            tracer.start(format!("run {run} span {index:02}")).end();
        }
        let report = pipeline.shutdown_blocking(deadline).into_result().unwrap();
        assert_eq!((report.traces.spooled, report.traces.lost), (20 * (run + 1), 0), "{report}");
        balance(&pipeline.health().traces);
    }
    let server = OtlpServer::start();
    let pipeline = spooled(folder.path()).with_otlp_endpoint(server.http_endpoint()).build().unwrap();
    let health = until(&pipeline, |health| health.exported == 60);
    assert_eq!((health.created, health.recovered, health.spooled), (0, 60, 0));
    let names: Vec<_> = server.spans().into_iter().map(|span| span.name).collect();
    let expected: Vec<_> =
        (0..3).flat_map(|run| (0..20).map(move |index| format!("run {run} span {index:02}"))).collect();
    assert_eq!(names, expected);
}

#[test]
fn log_records_go_to_disk_and_metrics_need_not() {
    let server = OtlpServer::start();
    server.refuse_connections();
    let folder = tempfile::tempdir().unwrap();
    let pipeline = builder(&[("OTEL_EXPORTER_OTLP_TIMEOUT", "300")])
        .with_spool(DiskSpool::in_folder(folder.path()))
        .with_otlp_endpoint(server.http_endpoint())
        .build()
        .unwrap();
    let calls = pipeline.telemetry().unwrap().meter().u64_counter("calls").build();
    tracing::dispatcher::with_default(&subscriber(&pipeline), || {
        for _ in 0..3 {
            tracing::error!("lost?");
            calls.add(1, &[]);
            let _ = pipeline.force_flush_blocking(LONG);
        }
    });
    let away = pipeline.health();
    assert_eq!((away.logs.spooled, away.logs.failed.total()), (3, 0), "{away:?}");
    assert!(away.metrics.failed.total() > 0 && away.metrics.spooled == 0, "{away:?}");
    server.accept_connections();
    let counts = server.accepted_at_least(Signal::Logs, 3).wait();
    assert_eq!(counts.logs.accepted, 3);
    // One push says all that those that failed would have said.
    pipeline.shutdown_blocking(LONG).into_result().unwrap();
    let calls = server.last_metrics().into_iter().find(|metric| metric.name == "calls").unwrap();
    assert_eq!(crate::collector::numbers(&calls), [3.0]);
}

#[test]
fn a_receiver_that_hangs_holds_up_nothing() {
    let server = OtlpServer::start();
    server.from_now_on(Answer::hang());
    let folder = tempfile::tempdir().unwrap();
    let variables =
        [&SPANS_ALONE[..], &[("OTEL_BSP_MAX_QUEUE_SIZE", "200"), ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "50")]].concat();
    let pipeline = builder(&variables)
        .with_spool(DiskSpool::in_folder(folder.path()))
        .with_otlp_endpoint(server.http_endpoint())
        .build()
        .unwrap();
    for _ in 0..100 {
        end_spans(&pipeline, 50);
        // No more than what is under way, half the queue, and what is on its way to disk.
        until(&pipeline, |health| health.queued < 150);
    }
    let health = until(&pipeline, |health| health.queued < 100);
    assert_eq!((health.created, health.dropped.total(), health.failed.total()), (5000, 0, 0), "{health:?}");
    assert!(health.spooled > 4000, "{health:?}");
    // The rest of it goes there at the last moment.
    let report = pipeline.shutdown_blocking(Duration::from_secs(2));
    assert_eq!((report.traces.spooled, report.traces.lost, report.traces.failed.total()), (5000, 0, 0), "{report}");
    assert!(report.elapsed < Duration::from_secs(4), "{report}");
}

#[test]
fn what_the_receiver_refuses_for_good_is_not_kept() {
    let server = OtlpServer::start();
    server.refuse_connections();
    let folder = tempfile::tempdir().unwrap();
    let pipeline = spooled(folder.path()).with_otlp_endpoint(server.http_endpoint()).build().unwrap();
    for _ in 0..3 {
        end_spans(&pipeline, 10);
        let _ = pipeline.force_flush_blocking(LONG);
    }
    server.next(1, Answer::invalid()).next(1, Answer::reject(4, "no")).afterwards(Answer::accept());
    server.accept_connections();
    let health = until(&pipeline, |health| health.spooled == 0 && health.exported == 16);
    assert_eq!((health.failed.error, health.failed.rejected, health.failed.total()), (10, 4, 14), "{health:?}");
    assert_eq!(server.counts().traces.accepted, 16);
}

#[test]
fn a_receiver_that_asks_to_be_left_alone_is() {
    let server = OtlpServer::start();
    let wait = Duration::from_millis(700);
    server.next(2, Answer::too_many_requests().retry_after(wait)).afterwards(Answer::accept());
    let folder = tempfile::tempdir().unwrap();
    let endpoint = server.grpc_endpoint();
    let pipeline = spooled(folder.path()).with_otlp_endpoint(endpoint).with_protocol(Protocol::Grpc).build().unwrap();
    let start = Instant::now();
    end_spans(&pipeline, 10);
    let _ = pipeline.force_flush_blocking(LONG);
    until(&pipeline, |health| health.exported == 10);
    assert_eq!(server.counts().traces.attempts, 3);
    assert!(start.elapsed() >= 2 * wait, "{:?}", start.elapsed());
}

#[test]
fn a_full_spool_refuses_what_comes_or_drops_what_is_oldest() {
    for (when_full, newest_are_kept) in [(WhenFull::DropNewest, false), (WhenFull::DropOldest, true)] {
        let folder = tempfile::tempdir().unwrap();
        let spool = DiskSpool::in_folder(folder.path()).with_max_bytes(1 << 20).with_when_full(when_full);
        let variables = [&SPANS_ALONE[..], &[("OTEL_EXPORTER_OTLP_TIMEOUT", "300")]].concat();
        let pipeline = builder(&variables).with_spool(spool).with_otlp_endpoint(dead_endpoint()).build().unwrap();
        let tracer = pipeline.tracer_provider().unwrap().tracer("test");
        for index in 0..30 {
            let mut span = tracer.start(format!("span {index:02}"));
            span.set_attribute(KeyValue::new("text", "x".repeat(60_000)));
            span.end();
            let _ = pipeline.force_flush_blocking(LONG);
        }
        let health = until(&pipeline, |health| health.queued + health.in_flight == 0);
        assert!((10..20).contains(&health.spooled), "{health:?}");
        let (lost, error) = match newest_are_kept {
            true => (health.failed.spool, health.failed.error),
            false => (health.failed.error, health.failed.spool),
        };
        assert_eq!((lost, error), (30 - health.spooled, 0), "{health:?}");
        if !newest_are_kept {
            assert!(health.last_error.unwrap().contains("full"));
        }
        let _ = pipeline.shutdown_blocking(LONG);

        let server = OtlpServer::start();
        let next = spooled(folder.path()).with_otlp_endpoint(server.http_endpoint()).build().unwrap();
        until(&next, |after| after.exported == health.spooled);
        let names: Vec<_> = server.spans().into_iter().map(|span| span.name).collect();
        assert_eq!(names.contains(&"span 29".to_owned()), newest_are_kept, "{names:?}");
        assert_eq!(names.contains(&"span 00".to_owned()), !newest_are_kept, "{names:?}");
    }
}

#[test]
fn a_folder_that_cannot_be_had_stops_nothing_and_is_said() {
    let (server, folder) = (OtlpServer::start(), tempfile::tempdir().unwrap());
    let holder = spooled(folder.path()).with_otlp_endpoint(dead_endpoint()).build().unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    for (path, reason) in [(folder.path(), "in use by process"), (file.path(), "cannot be used")] {
        let pipeline = spooled(path).with_otlp_endpoint(server.http_endpoint()).build().unwrap();
        let unmet = pipeline.health().unmet;
        let said = unmet.iter().find(|said| said.contains("spool")).unwrap();
        assert!(said.contains(reason) && said.contains(path.to_str().unwrap()), "{said}");
        end_spans(&pipeline, 5);
        let report = pipeline.shutdown_blocking(LONG).into_result().unwrap();
        assert_eq!(report.traces.exported, 5);
    }
    // It is free again when its holder has ended.
    let _ = holder.shutdown_blocking(Duration::from_millis(500));
    assert!(
        spooled(folder.path()).with_otlp_endpoint(server.http_endpoint()).build().unwrap().health().unmet.is_empty()
    );
}

#[test]
fn the_environment_asks_for_it_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let variables =
        [&SPANS_ALONE[..], &[("TACHOGRAPH_SPOOL_DIR", path), ("TACHOGRAPH_SPOOL_FSYNC", "always")]].concat();
    let pipeline = builder(&variables).with_otlp_endpoint(dead_endpoint()).build().unwrap();
    end_spans(&pipeline, 5);
    let report = pipeline.shutdown_blocking(Duration::from_secs(1)).into_result().unwrap();
    assert_eq!(report.traces.spooled, 5);
    assert!(report.to_string().contains("5 on disk"), "{report}");
}
