//! How the machine and the process are doing, as a pipeline tells it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use tachograph_core::source::{PointValue, ReadMetrics as _, ReadSystem, SystemState};
use tachograph_pipeline::{Builder, Pipeline};

use crate::collector::{Collector, Speaks};
use crate::{LONG, builder};

const UNPUSHED: [(&str, &str); 2] = [("OTEL_METRICS_EXPORTER", "none"), ("OTEL_TRACES_EXPORTER", "none")];

fn watching() -> Builder {
    builder(&UNPUSHED).with_system_metrics(true)
}

/// The first state that satisfies `wanted`.
fn wait_for(system: &Arc<dyn ReadSystem>, wanted: impl Fn(&SystemState) -> bool) -> SystemState {
    let start = Instant::now();
    loop {
        match system.system_state() {
            Some(state) if wanted(&state) => return state,
            state => assert!(start.elapsed() < LONG, "{state:?}"),
        }
        thread::yield_now();
    }
}

/// Name, attributes and value of each point about the system.
fn points(pipeline: &Pipeline) -> Vec<(String, String, PointKind, f64)> {
    let mut points = Vec::new();
    let mut each = |point: &tachograph_core::source::Point<'_>| {
        if point.metric.starts_with("process.") || point.metric.starts_with("system.") {
            let attributes: Vec<_> =
                point.attributes.iter().map(|attribute| format!("{}={}", attribute.key, attribute.value)).collect();
            let (kind, value) = match point.value {
                PointValue::Counter(value) => (PointKind::Counter, value),
                PointValue::Gauge(value) => (PointKind::Gauge, value),
                other => panic!("{other:?}"),
            };
            points.push((point.metric.to_owned(), attributes.join(","), kind, value));
        }
    };
    pipeline.metrics_handle().unwrap().read_metrics(&mut each).unwrap();
    points
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum PointKind {
    Counter,
    Gauge,
}

fn ready(pipeline: &Pipeline) -> SystemState {
    let system = pipeline.system_handle().unwrap();
    wait_for(&system, |state| state.cpu_percent.is_some() && state.disk.is_some())
}

#[test]
fn a_pipeline_tells_how_the_machine_and_the_process_are_doing() {
    let pipeline = watching().build().unwrap();
    let system = pipeline.system_handle().unwrap();
    let first = wait_for(&system, |_| true);
    assert!(first.at.duration_since(SystemTime::now() - LONG).is_ok() && first.cpu_count > 0.0, "{first:?}");
    assert_eq!(first.memory.used + first.memory.available, first.memory.total);
    assert!(first.process_memory > 0 && first.process_memory < first.memory.total, "{first:?}");
    // Well before the interval of ten seconds is over there are loads as well.
    let second = ready(&pipeline);
    assert!(second.at.duration_since(first.at).unwrap() < Duration::from_secs(10), "{first:?} {second:?}");
    for percent in [second.cpu_percent, second.process_cpu_percent] {
        assert!(percent.is_some_and(|it| (0.0..=100.0).contains(&it)), "{second:?}");
    }
    let disk = second.disk.unwrap();
    assert!(disk.used + disk.free <= disk.total && disk.used > 0, "{disk:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn the_same_figures_are_metrics_by_the_names_of_the_conventions() {
    let pipeline = watching().build().unwrap();
    ready(&pipeline);
    let points = points(&pipeline);
    let told: BTreeSet<_> = points.iter().map(|(name, attributes, kind, _)| (&**name, &**attributes, *kind)).collect();
    let expected = [
        ("process.cpu.time", "cpu.mode=system", PointKind::Counter),
        ("process.cpu.time", "cpu.mode=user", PointKind::Counter),
        ("process.cpu.utilization", "cpu.mode=system", PointKind::Gauge),
        ("process.cpu.utilization", "cpu.mode=user", PointKind::Gauge),
        ("process.memory.usage", "", PointKind::Gauge),
        ("process.memory.virtual", "", PointKind::Gauge),
        ("process.thread.count", "", PointKind::Gauge),
        ("process.unix.file_descriptor.count", "", PointKind::Gauge),
        ("process.uptime", "", PointKind::Gauge),
        ("system.cpu.logical.count", "", PointKind::Gauge),
        ("system.cpu.utilization", "", PointKind::Gauge),
        ("system.filesystem.usage", "system.filesystem.state=free", PointKind::Gauge),
        ("system.filesystem.usage", "system.filesystem.state=reserved", PointKind::Gauge),
        ("system.filesystem.usage", "system.filesystem.state=used", PointKind::Gauge),
        ("system.filesystem.utilization", "system.filesystem.state=free", PointKind::Gauge),
        ("system.filesystem.utilization", "system.filesystem.state=reserved", PointKind::Gauge),
        ("system.filesystem.utilization", "system.filesystem.state=used", PointKind::Gauge),
        ("system.memory.limit", "", PointKind::Gauge),
        ("system.memory.usage", "system.memory.state=free", PointKind::Gauge),
        ("system.memory.usage", "system.memory.state=used", PointKind::Gauge),
        ("system.memory.utilization", "system.memory.state=free", PointKind::Gauge),
        ("system.memory.utilization", "system.memory.state=used", PointKind::Gauge),
    ];
    assert_eq!(told, BTreeSet::from(expected));

    let values = |name: &str| points.iter().filter(|point| point.0 == name).map(|point| point.3).collect::<Vec<_>>();
    let sum = |name: &str| values(name).iter().sum::<f64>();
    let state = pipeline.system_handle().unwrap().system_state().unwrap();
    #[expect(clippy::cast_precision_loss, reason = "bytes")]
    let (total, disk) = (state.memory.total as f64, state.disk.unwrap().total as f64);
    assert_eq!((sum("system.memory.limit"), sum("system.memory.usage")), (total, total));
    assert_eq!(sum("system.filesystem.usage"), disk);
    for name in ["system.memory.utilization", "system.filesystem.utilization"] {
        assert!((sum(name) - 1.0).abs() < 1e-9 && values(name).iter().all(|it| (0.0..=1.0).contains(it)), "{name}");
    }
    assert!(sum("system.cpu.utilization") <= 1.0 && sum("process.cpu.utilization") <= 2.0);
    assert!(sum("process.cpu.time") > 0.0 && sum("process.uptime") > 0.9, "{points:#?}");
    assert!(sum("process.thread.count") >= 3.0 && sum("process.unix.file_descriptor.count") >= 3.0);
    assert!(sum("process.memory.virtual") >= sum("process.memory.usage") && sum("process.memory.usage") > 1e5);
}

#[test]
fn a_scrape_has_the_classic_name_of_the_memory() {
    let pipeline = watching().build().unwrap();
    ready(&pipeline);
    let text = pipeline.prometheus_text().unwrap();
    let value = |start: &str| {
        let line = text.lines().find(|line| line.starts_with(start)).unwrap_or_else(|| panic!("no {start} in {text}"));
        line.rsplit_once(' ').unwrap().1.parse::<f64>().unwrap()
    };
    assert!(value("memory_usage_bytes") > 1e5);
    assert_eq!(value("memory_usage_bytes"), value("process_memory_usage_bytes{"));
    assert!(value("process_cpu_time_seconds_total{") >= 0.0 && value("system_memory_limit_bytes{") > 1e6);
}

#[test]
fn what_is_watched_is_pushed_with_its_units() {
    let collector = Collector::start(Speaks::Http);
    let pipeline = builder(&[("OTEL_TRACES_EXPORTER", "none")])
        .with_system_metrics(true)
        .with_otlp_endpoint(&collector.endpoint)
        .build()
        .unwrap();
    ready(&pipeline);
    pipeline.shutdown_blocking(LONG).into_result().unwrap();
    let pushed = collector.last_metrics();
    let unit = |name: &str| pushed.iter().find(|metric| metric.name == name).map(|metric| metric.unit.clone());
    for (name, expected) in [
        ("process.cpu.time", "s"),
        ("process.cpu.utilization", "1"),
        ("process.memory.usage", "By"),
        ("process.uptime", "s"),
        ("system.cpu.logical.count", "{cpu}"),
        ("system.memory.limit", "By"),
        ("system.filesystem.usage", "By"),
    ] {
        assert_eq!(unit(name).as_deref(), Some(expected), "{name}");
    }
    #[cfg(target_os = "linux")]
    assert_eq!(
        (unit("process.thread.count").unwrap(), unit("process.unix.file_descriptor.count").unwrap()),
        ("{thread}".to_owned(), "{file_descriptor}".to_owned())
    );
}

#[test]
fn the_interval_can_be_chosen_and_sampling_ends_with_the_shutdown() {
    let pipeline = watching().with_system_metrics_interval(Duration::ZERO).build().unwrap();
    let system = pipeline.system_handle().unwrap();
    let first = wait_for(&system, |_| true);
    // The shortest interval is a quarter of a second.
    let second = wait_for(&system, |state| state.at != first.at);
    assert!(second.at.duration_since(first.at).unwrap() >= Duration::from_millis(200), "{first:?} {second:?}");
    wait_for(&system, |state| state.at != second.at);
    pipeline.shutdown_blocking(LONG).into_result().unwrap();
    assert_no_thread_samples(&system);
    drop(pipeline);
    assert!(system.system_state().is_some(), "the last sample stays");
}

/// Samples stop coming; one may have been under way.
fn assert_no_thread_samples(system: &Arc<dyn ReadSystem>) {
    let start = Instant::now();
    let mut last = (system.system_state(), Instant::now());
    // Three of the shortest intervals without a new one.
    while last.1.elapsed() < Duration::from_millis(750) {
        assert!(start.elapsed() < LONG, "samples go on");
        if system.system_state() != last.0 {
            last = (system.system_state(), Instant::now());
        }
        thread::yield_now();
    }
}

#[test]
fn another_file_system_can_be_watched_and_one_that_is_not_there_costs_no_other_figure() {
    let folder = tempfile::tempdir().unwrap();
    let watched = watching().with_watched_disk(folder.path()).build().unwrap();
    assert!(ready(&watched).disk.unwrap().total > 0);
    let missing = watching().with_watched_disk(folder.path().join("gone")).build().unwrap();
    let system = missing.system_handle().unwrap();
    let state = wait_for(&system, |state| state.cpu_percent.is_some());
    assert!(state.disk.is_none() && state.memory.total > 0, "{state:?}");
    assert!(points(&missing).iter().all(|point| !point.0.starts_with("system.filesystem")));
}

#[test]
fn it_can_be_switched_off_and_is_off_when_disabled() {
    let off = watching().with_system_metrics(false).build().unwrap();
    assert!(off.system_handle().is_none() && points(&off).is_empty());
    let disabled = watching().with_disabled(true).build().unwrap();
    assert!(disabled.system_handle().is_none());
}

#[test]
fn it_is_on_unless_it_is_switched_off() {
    let settings = tachograph_pipeline::Settings::from_lookup(|name| {
        UNPUSHED.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
    });
    let pipeline = Builder::new().with_settings(settings.unwrap()).build().unwrap();
    assert!(pipeline.system_handle().is_some());
}
