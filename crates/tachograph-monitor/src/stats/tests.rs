pub(crate) mod metrics;

use std::{
    sync::{Arc, Mutex, mpsc},
    time::{Duration, UNIX_EPOCH},
};

use tachograph_core::{
    semconv::{attribute as attr, metric},
    source::{Point, ReadMetrics, ReadSystem, ScrapeError, SystemState},
};

use self::metrics::Metrics;
use super::*;

struct Idle;

impl ReadSystem for Idle {
    fn system_state(&self) -> Option<SystemState> {
        None
    }
}

fn requests(metrics: &Metrics, calls: &[f64]) {
    metrics.record(metric::HTTP_DURATION, &[(attr::HTTP_REQUEST_METHOD, "GET"), (attr::HTTP_ROUTE, "/a")], calls);
}

#[test]
fn what_was_called_is_told_by_name() {
    let metrics = Arc::new(Metrics::default());
    let stats = Stats::builder(metrics.clone()).with_application(Application::new("shop")).without_thread();
    stats.refresh();
    assert_eq!(stats.summary().total_requests, 0);
    assert_eq!(stats.endpoint("GET /a"), None);

    requests(&metrics, &[0.1, 0.3]);
    metrics.record(metric::AGENT_DURATION, &[(attr::GEN_AI_AGENT_NAME, "clerk")], &[1.0]);
    metrics.record(metric::TOOL_DURATION, &[(attr::GEN_AI_TOOL_NAME, "search")], &[0.5]);
    metrics.record(
        metric::LLM_DURATION,
        &[(attr::GEN_AI_PROVIDER_NAME, "openai"), (attr::GEN_AI_REQUEST_MODEL, "gpt-4o")],
        &[0.7],
    );
    assert_eq!(stats.endpoint("GET /a"), None, "as of the last reading");
    stats.refresh();
    let endpoint = stats.endpoint("GET /a").unwrap();
    assert_eq!((endpoint.calls.calls, endpoint.calls.avg_response_time), (2, Some(200.0)));
    assert!(endpoint.calls.last_called.is_some());
    assert_eq!(stats.agent("clerk").unwrap().calls.calls, 1);
    assert_eq!(stats.tool("search").unwrap().avg_response_time, Some(500.0));
    assert_eq!(stats.model("openai/gpt-4o").unwrap().calls.calls, 1);
    assert_eq!(stats.model("gpt-4o"), None);
}

#[test]
fn the_thread_reads_by_itself_and_ends_with_the_last_handle() {
    let (sent, read) = mpsc::channel();
    struct Told(Mutex<mpsc::Sender<()>>);
    impl ReadMetrics for Told {
        fn read_metrics(&self, _: &mut dyn FnMut(&Point<'_>)) -> Result<(), ScrapeError> {
            // Nobody may be listening any more.
            let _ = self.0.lock().unwrap().send(());
            Ok(())
        }
    }
    let stats = Stats::builder(Arc::new(Told(Mutex::new(sent)))).with_interval(Duration::ZERO).start();
    for _ in 0..3 {
        read.recv_timeout(Duration::from_secs(30)).unwrap();
    }
    drop(stats);
    // What the thread holds goes with it.
    while read.recv_timeout(Duration::from_secs(30)).is_ok() {}
    assert_eq!(read.recv_timeout(Duration::from_secs(30)), Err(mpsc::RecvTimeoutError::Disconnected));
}

#[test]
fn metrics_that_cannot_be_read_leave_the_last_figures_and_are_told() {
    let metrics = Arc::new(Metrics::default());
    let stats = Stats::builder(metrics.clone()).with_system(Arc::new(Idle)).without_thread();
    requests(&metrics, &[0.1]);
    stats.refresh();
    for (fault, told) in [
        (metrics::Fault::Error, "metrics cannot be collected: on purpose"),
        (metrics::Fault::Panic, "reading the metrics panicked"),
    ] {
        metrics.fail(Some(fault));
        stats.refresh();
        assert_eq!(stats.summary().total_requests, 1);
        assert_eq!(stats.summary().metrics_error.as_deref(), Some(told));
    }
    metrics.fail(None);
    requests(&metrics, &[0.1]);
    stats.refresh();
    assert_eq!((stats.summary().total_requests, stats.summary().metrics_error.clone()), (2, None));
}

#[test]
fn a_summary_is_made_once_for_each_reading() {
    let metrics = Arc::new(Metrics::default());
    let stats = Stats::builder(metrics).without_thread();
    stats.refresh();
    let first = stats.summary();
    assert!(Arc::ptr_eq(&first, &stats.summary()));
    stats.refresh();
    assert!(!Arc::ptr_eq(&first, &stats.summary()));
}

#[test]
fn the_history_goes_as_far_back_as_it_is_told_to() {
    let metrics = Arc::new(Metrics::default());
    let stats = Stats::builder(metrics.clone()).without_thread();
    let minutes = 26 * 60;
    for minute in 0..minutes {
        requests(&metrics, &[0.1]);
        stats.read(UNIX_EPOCH + Duration::from_secs(1_764_000_000 + minute * 60));
    }
    let now = UNIX_EPOCH + Duration::from_secs(1_764_000_000 + (minutes - 1) * 60);
    let points = |stats: &Stats| stats.state().timeline.history(now, 10_000, Step::Minute).len();
    let series = |stats: &Stats| {
        let state = stats.state();
        let points = state.timeline.series_history(now, 10_000, SeriesKind::Endpoint, "GET /a").unwrap();
        points.iter().filter(|point| point.calls > 0).count()
    };
    // A day and the minute that is still filling.
    assert_eq!((points(&stats), series(&stats)), (24 * 60 + 1, 24 * 60 + 1));
    stats.set_history(Duration::from_secs(2 * 3600));
    assert_eq!(points(&stats), 2 * 60 + 1);
    stats.read(now);
    assert_eq!(series(&stats), 2 * 60 + 1);
    stats.set_history(Duration::ZERO);
    assert_eq!(points(&stats), 60 + 1, "never less than an hour");
}
