use tachograph_core::source::{DiskState, MemoryState, SystemState};

use super::*;
use crate::stats::tally::{Ending, Tally};

/// Some minute's start.
const START: u64 = 1_764_000_000;
const DAY: Duration = Duration::from_secs(24 * 3600);

fn at(seconds: f64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(START) + Duration::from_secs_f64(seconds)
}

fn durations(tally: &mut Tally, ending: Ending, values: &[f64]) {
    let bounds = &[0.1, 1.0];
    let mut buckets = [0; 3];
    for value in values {
        buckets[bounds.partition_point(|bound| bound < value)] += 1;
    }
    let point = tachograph_core::source::HistogramPoint {
        count: values.len() as u64,
        sum: values.iter().sum(),
        min: values.iter().copied().reduce(f64::min),
        max: values.iter().copied().reduce(f64::max),
        bounds,
        buckets: &buckets,
    };
    tally.add(ending, &point);
}

/// A service that is read every second.
struct Service {
    timeline: Timeline,
    reading: Reading,
    system: Option<SystemState>,
}

impl Service {
    fn new() -> Self {
        Self { timeline: Timeline::new(DAY), reading: Reading::default(), system: None }
    }

    fn request(&mut self, ending: Ending, seconds: f64) {
        durations(&mut self.reading.totals.http, ending, &[seconds]);
        durations(self.reading.endpoints.get_or_add("GET /a").unwrap(), ending, &[seconds]);
    }

    fn read(&mut self, seconds: f64) {
        self.timeline.take_in(at(seconds), &self.reading, self.system);
    }

    fn points(&self, seconds: f64, step: Step) -> Vec<(u64, u64)> {
        let points = self.timeline.history(at(seconds), 60, step);
        points.iter().map(|point| (point.timestamp - START, point.requests)).collect()
    }
}

#[test]
fn points_hold_what_came_in_their_interval() {
    let mut service = Service::new();
    for second in 0..150 {
        service.read(f64::from(second));
        // Two a second in the first minute, one in the second, none in the third.
        for _ in 0..(2 - second / 60) {
            service.request(Ending::Fine, 0.05);
        }
    }
    service.read(150.0);
    assert_eq!(service.points(150.0, Step::Minute), [(0, 118), (60, 61), (120, 1)]);
    let fine = service.points(150.0, Step::TenSeconds);
    assert_eq!(fine.len(), 16);
    assert_eq!(fine[..2], [(0, 18), (10, 20)]);
    assert_eq!(fine.iter().map(|(_, requests)| requests).sum::<u64>(), 180);
}

#[test]
fn a_point_tells_what_happened_and_not_what_had_been_before() {
    let mut service = Service::new();
    service.request(Ending::ServerError, 5.0);
    service.read(0.0);
    service.request(Ending::Fine, 0.2);
    service.request(Ending::ClientError, 0.2);
    service.request(Ending::Cancelled, 0.6);
    service.request(Ending::ServerError, 0.2);
    let totals = &mut service.reading.totals;
    durations(&mut totals.agents, Ending::Failed, &[2.0]);
    durations(&mut totals.models, Ending::Fine, &[0.5]);
    durations(&mut totals.tools, Ending::Failed, &[0.5]);
    durations(&mut totals.databases, Ending::Fine, &[0.05]);
    (totals.input_tokens, totals.output_tokens, totals.cost_usd) = (10, 20, 0.5);
    (totals.cache_hits, totals.cache_misses, totals.rate_limited, totals.active_requests) = (3, 4, 5, 6);
    service.system = Some(SystemState {
        at: at(1.0),
        cpu_percent: Some(25.0),
        cpu_count: 2.0,
        memory: MemoryState { total: 200, available: 50, used: 150 },
        disk: Some(DiskState { total: 100, free: 80, used: 10 }),
        process_cpu_percent: None,
        process_memory: 3 << 20,
    });
    service.read(30.0);
    let points = service.timeline.history(at(30.0), 1, Step::Minute);
    let [point] = &points[..] else { panic!("{points:?}") };
    assert_eq!(
        (point.requests, point.errors_4xx, point.errors_5xx, point.cancelled, point.rate_limit_hits),
        (4, 1, 1, 1, 5)
    );
    assert_eq!((point.timestamp, point.seconds, point.active_requests), (START, 30.0, 6));
    assert_eq!((point.error_rate_percent, point.requests_per_second), (25.0, 4.0 / 30.0));
    assert!((point.avg_response_time_ms.unwrap() - 300.0).abs() < 1e-6, "{point:?}");
    // All four lie between 100 ms and a second.
    let quantiles = [point.p50_ms, point.p95_ms, point.p99_ms].map(Option::unwrap);
    assert!(quantiles.is_sorted() && quantiles[0] >= 200.0 && quantiles[2] <= 1000.0, "{quantiles:?}");
    assert_eq!((point.agent_runs, point.agent_errors, point.tool_runs, point.tool_errors), (1, 1, 1, 1));
    assert_eq!((point.llm_calls, point.llm_errors, point.db_queries, point.db_errors), (1, 0, 1, 0));
    assert!(point.agent_p95_ms.is_some() && point.llm_p95_ms.is_some() && point.db_p95_ms.is_some());
    assert_eq!((point.input_tokens, point.output_tokens, point.cost_usd), (10, 20, 0.5));
    assert_eq!((point.cache_hits, point.cache_misses), (3, 4));
    assert_eq!(
        (point.cpu_percent, point.memory_percent, point.disk_usage_percent),
        (Some(25.0), Some(75.0), Some(10.0))
    );
    assert_eq!(point.process_memory_mb, Some(3.0));
}

#[test]
fn an_empty_interval_has_no_times() {
    let mut service = Service::new();
    service.request(Ending::Fine, 0.2);
    service.read(0.0);
    service.read(20.0);
    let points = service.timeline.history(at(20.0), 1, Step::Minute);
    assert_eq!((points[0].requests, points[0].avg_response_time_ms, points[0].p99_ms), (0, None, None));
    assert_eq!(points[0].cpu_percent, None);
}

#[test]
fn points_are_as_old_as_they_may_be() {
    let mut service = Service::new();
    for minute in 0..100 {
        service.read(f64::from(minute) * 60.0);
        service.request(Ending::Fine, 0.1);
    }
    // A minute that has begun counts.
    assert_eq!(service.points(99.0 * 60.0 + 5.0, Step::Minute).len(), 61);
    assert_eq!(service.timeline.history(at(99.0 * 60.0), 5, Step::Minute)[0].timestamp - START, 94 * 60);
}

#[test]
fn a_clock_that_is_put_back_makes_no_point_twice() {
    let mut service = Service::new();
    service.read(100.0);
    service.request(Ending::Fine, 0.1);
    service.read(20.0);
    service.request(Ending::Fine, 0.1);
    service.read(130.0);
    assert_eq!(service.points(130.0, Step::Minute), [(60, 1), (120, 1)]);
    assert_eq!(service.timeline.recent().five_minutes().calls, 2);
}

#[test]
fn a_time_without_readings_is_a_gap() {
    let mut service = Service::new();
    service.read(0.0);
    service.request(Ending::Fine, 0.1);
    service.read(3600.0);
    assert_eq!(service.points(3600.0, Step::Minute), [(0, 0), (3600, 1)]);
    let points = service.timeline.history(at(3600.0), 120, Step::Minute);
    assert!(points.iter().all(|point| point.seconds <= 60.0), "{points:?}");
}

#[test]
fn the_last_call_is_known_to_the_reading() {
    let mut service = Service::new();
    let last = |service: &Service| service.timeline.last_called(SeriesKind::Endpoint, "GET /a");
    service.request(Ending::Fine, 0.1);
    service.read(0.0);
    assert_eq!(last(&service), None, "it was before anybody looked");
    service.request(Ending::Fine, 0.1);
    service.read(7.0);
    service.read(9.0);
    assert_eq!(last(&service), Some(at(7.0)));
    assert_eq!(service.timeline.last_called(SeriesKind::Agent, "GET /a"), None);
}

#[test]
fn each_minute_of_an_endpoint_is_known() {
    let mut service = Service::new();
    service.read(0.0);
    service.request(Ending::Fine, 0.1);
    service.request(Ending::ServerError, 0.3);
    service.read(10.0);
    service.request(Ending::Fine, 0.2);
    service.read(130.0);
    let points = |minutes| service.timeline.series_history(at(150.0), minutes, SeriesKind::Endpoint, "GET /a").unwrap();
    let told: Vec<_> = points(2).iter().map(|point| (point.timestamp - START, point.calls, point.errors)).collect();
    assert_eq!(told, [(0, 2, 1), (60, 0, 0), (120, 1, 0)]);
    assert!((points(2)[0].avg_response_time_ms.unwrap() - 200.0).abs() < 1e-3);
    assert_eq!((points(2)[1].avg_response_time_ms, points(2)[1].seconds, points(2)[2].seconds), (None, 60.0, 30.0));
    assert_eq!(service.timeline.series_history(at(150.0), 2, SeriesKind::Endpoint, "GET /b"), None);
}

#[test]
fn five_minutes_are_five_minutes() {
    let mut service = Service::new();
    for second in 0..900 {
        service.read(f64::from(second));
        service.request(if second % 10 == 0 { Ending::ServerError } else { Ending::Fine }, 0.5);
    }
    let five = service.timeline.recent().five_minutes();
    let covered = five.covered.as_secs();
    assert!((300..=305).contains(&covered), "{covered}");
    assert_eq!(five.calls, covered);
    assert!((five.error_rate() - 10.0).abs() < 0.5 && (five.mean().unwrap() - 0.5).abs() < 1e-9, "{five:?}");
    assert!((service.timeline.recent().minute().per_second() - 1.0).abs() < 1e-9);
}

#[test]
fn a_service_that_just_began_has_no_longer_past_than_it_has() {
    let mut service = Service::new();
    service.request(Ending::Fine, 0.5);
    service.read(0.0);
    assert_eq!(service.timeline.recent().five_minutes().calls, 0);
    service.request(Ending::Fine, 0.5);
    service.read(2.0);
    let window = service.timeline.recent().five_minutes();
    assert_eq!((window.calls, window.covered, window.per_second()), (1, Duration::from_secs(2), 0.5));
}

#[test]
fn the_load_is_that_of_the_last_minute() {
    let mut service = Service::new();
    let system = |cpu_percent| SystemState {
        at: at(0.0),
        cpu_percent: Some(cpu_percent),
        cpu_count: 1.0,
        memory: MemoryState::default(),
        disk: None,
        process_cpu_percent: None,
        process_memory: 0,
    };
    assert_eq!(service.timeline.cpu_percent(at(0.0)), None);
    for second in 0..=120 {
        service.system = Some(system(if second <= 60 { 100.0 } else { 10.0 }));
        service.read(f64::from(second));
    }
    let load = service.timeline.cpu_percent(at(120.0)).unwrap();
    assert!(load < 40.0, "{load}");
    assert!(load >= 10.0, "{load}");
}
