//! Metrics and a machine that a test makes up.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, UNIX_EPOCH},
};

use opentelemetry::KeyValue;
use tachograph_core::{
    semconv::{attribute as attr, metric},
    source::{
        DiskState, HistogramPoint, MemoryState, Point, PointValue, ReadMetrics, ReadSystem, ScrapeError, SystemState,
    },
};
use tachograph_monitor::{Application, Stats};

use super::until;

const BOUNDS: &[f64] = &[0.1, 1.0];

/// Requests to `GET /a` that took 50 ms each, and as many runs of the tool `search`.
#[derive(Default)]
pub(super) struct Requests {
    count: Mutex<u64>,
    readings: AtomicUsize,
}

impl Requests {
    pub(super) fn add(&self, more: u64) {
        *self.count.lock().unwrap() += more;
    }
}

impl ReadMetrics for Requests {
    fn read_metrics(&self, each: &mut dyn FnMut(&Point<'_>)) -> Result<(), ScrapeError> {
        self.readings.fetch_add(1, Ordering::SeqCst);
        let count = *self.count.lock().unwrap();
        let buckets = [count, 0, 0];
        #[allow(clippy::cast_precision_loss, reason = "a handful")]
        let sum = count as f64 * 0.05;
        let value = PointValue::Histogram(HistogramPoint {
            count,
            sum,
            min: Some(0.05),
            max: Some(0.05),
            bounds: BOUNDS,
            buckets: &buckets,
        });
        let (get, route) = (KeyValue::new(attr::HTTP_REQUEST_METHOD, "GET"), KeyValue::new(attr::HTTP_ROUTE, "/a"));
        let tool = KeyValue::new(attr::GEN_AI_TOOL_NAME, "search");
        each(&Point { metric: metric::HTTP_DURATION, attributes: &[&get, &route], value });
        each(&Point { metric: metric::TOOL_DURATION, attributes: &[&tool], value });
        Ok(())
    }
}

/// A machine with 8 GB of memory and a disk of 100 GB.
pub(super) struct Machine;

impl ReadSystem for Machine {
    fn system_state(&self) -> Option<SystemState> {
        let gb = |gigabytes: u64| gigabytes << 30;
        Some(SystemState {
            at: UNIX_EPOCH + Duration::from_secs(1_764_000_000),
            cpu_percent: Some(12.5),
            cpu_count: 1.5,
            memory: MemoryState { total: gb(8), available: gb(6), used: gb(2) },
            disk: Some(DiskState { total: gb(100), free: gb(70), used: gb(30) }),
            process_cpu_percent: None,
            process_memory: gb(1),
        })
    }
}

/// Statistics that are read when a test says so.
pub(super) fn stats() -> (Stats, Arc<Requests>) {
    let requests = Arc::new(Requests::default());
    let application = Application::new("shop").with_version(Some("1.4.2")).with_environment(Some("production"));
    let builder = Stats::builder(requests.clone()).with_application(application).with_system(Arc::new(Machine));
    // An hour: what a test asks for is not read anew between two looks.
    let stats = builder.with_interval(Duration::from_secs(3600)).start();
    until("the first reading", || requests.readings.load(Ordering::SeqCst) > 0);
    // Which has ended when there is another.
    stats.refresh();
    (stats, requests)
}
