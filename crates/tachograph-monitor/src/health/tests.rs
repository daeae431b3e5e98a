use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use futures_executor::block_on;
use tachograph_testing::TestTelemetry;

use super::{Check, Health, HealthStatus, Verdict};

/// What must happen some time, or the test fails.
fn wait_for(mut condition: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < Duration::from_secs(30), "it did not happen");
        std::thread::yield_now();
    }
}

/// A check that counts its runs.
fn counted(name: &str) -> (Check, Arc<AtomicUsize>) {
    let runs = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&runs);
    let check = Check::new(name, move || {
        let run = counter.fetch_add(1, Ordering::SeqCst) + 1;
        async move { Verdict::healthy().with_message(run) }
    });
    (check, runs)
}

#[test]
fn an_answer_counts_for_as_long_as_it_is_told_to() {
    let now = Arc::new(Mutex::new(Instant::now()));
    let clock = Arc::clone(&now);
    let ((short, short_runs), (long, long_runs)) = (counted("short"), counted("long"));
    let health = Health::builder()
        .with_check(short)
        .with_check(long.with_cache(Duration::from_secs(60)))
        .with_clock(move || *clock.lock().unwrap())
        .build()
        .unwrap();
    let runs = || {
        block_on(health.report());
        (short_runs.load(Ordering::SeqCst), long_runs.load(Ordering::SeqCst))
    };
    let advance = |milliseconds| *now.lock().unwrap() += Duration::from_millis(milliseconds);
    assert_eq!(runs(), (1, 1));
    advance(4_999);
    assert_eq!(runs(), (1, 1));
    advance(1);
    assert_eq!(runs(), (2, 1));
    advance(4_999);
    assert_eq!(runs(), (2, 1));
    advance(50_001);
    assert_eq!(runs(), (3, 2));
    assert_eq!(block_on(health.report()).checks()[0].message(), "3");
}

#[test]
fn without_a_cache_each_report_asks() {
    let (check, runs) = counted("redis");
    let health = Health::builder().with_check(check.with_cache(Duration::ZERO)).build().unwrap();
    for run in 1..=3 {
        block_on(health.report());
        assert_eq!(runs.load(Ordering::SeqCst), run);
    }
}

#[test]
fn once_started_checks_run_though_nobody_asks_until_the_last_handle_has_gone() {
    let (check, runs) = counted("redis");
    let health = Health::builder()
        .with_check(check.with_cache(Duration::ZERO))
        .with_refresh(Duration::from_millis(1))
        .build()
        .unwrap();
    assert_eq!(runs.load(Ordering::SeqCst), 0);
    health.start();
    wait_for(|| runs.load(Ordering::SeqCst) > 3);
    let thread = health.take_thread().unwrap();
    assert!(!thread.is_finished());
    drop(health);
    wait_for(|| thread.is_finished());
}

#[test]
fn the_thread_ends_at_once_though_its_next_turn_is_far_away() {
    let (check, runs) = counted("redis");
    let health = Health::builder().with_check(check).with_refresh(Duration::MAX).build().unwrap();
    health.start();
    wait_for(|| runs.load(Ordering::SeqCst) == 1);
    let other = health.clone();
    let thread = health.take_thread().unwrap();
    drop(health);
    drop(other);
    wait_for(|| thread.is_finished());
}

#[test]
fn a_second_start_and_an_interval_of_0_start_no_thread() {
    let (check, runs) = counted("redis");
    let health = Health::builder().with_check(check.clone()).with_refresh(Duration::ZERO).build().unwrap();
    health.start();
    assert!(health.take_thread().is_none());
    assert_eq!(runs.load(Ordering::SeqCst), 0);

    let health = Health::builder().with_check(check).build().unwrap();
    health.start();
    assert!(health.take_thread().is_some());
    health.start();
    assert!(health.take_thread().is_none());
}

#[test]
fn a_refresh_is_not_waited_for() {
    let (check, runs) = counted("redis");
    let health = Health::builder().with_check(check).build().unwrap();
    health.refresh();
    wait_for(|| runs.load(Ordering::SeqCst) == 1);
    // The answer of the refresh is the report's.
    assert_eq!(block_on(health.report()).checks()[0].message(), "1");
    assert_eq!(runs.load(Ordering::SeqCst), 1);
}

#[test]
fn each_run_sets_the_gauge_of_its_component() {
    let test = TestTelemetry::new();
    let _scope = test.context().attach();
    let of = |name: &str, verdict: Verdict| Check::new(name, move || std::future::ready(verdict.clone()));
    let hanging = Check::new("hanging", std::future::pending::<Verdict>);
    let (sender, receiver) = std::sync::mpsc::channel::<()>();
    let receiver = Mutex::new(receiver);
    let blocking = Check::new("blocking", move || {
        let _ = receiver.lock().unwrap().recv();
        async { Verdict::healthy() }
    });
    let health = Health::builder()
        .with_check(of("well", Verdict::healthy()))
        .with_check(of("slow", Verdict::degraded("slow")))
        .with_check(of("down", Verdict::unhealthy("down")))
        .with_check(hanging.with_timeout(Duration::from_millis(1)))
        .with_check(blocking.with_timeout(Duration::from_millis(1)))
        .build()
        .unwrap();
    let report = block_on(health.report());
    assert_eq!(report.status(), HealthStatus::Unhealthy);
    let metrics = test.metrics();
    assert_eq!(metrics.series("tachograph.system.health").len(), 5);
    for (component, value) in [("well", 1.0), ("slow", 0.5), ("down", 0.0), ("hanging", 0.0), ("blocking", 0.0)] {
        let labels = [("tachograph.component", component)];
        assert_eq!(metrics.value("tachograph.system.health", &labels), value, "{component}");
    }
    drop(sender);
}

#[test]
fn what_a_check_does_leaves_no_telemetry_behind() {
    let test = TestTelemetry::new();
    let _scope = test.context().attach();
    let query = || drop(tachograph_core::DbQuery::new("SELECT", "users").start());
    let check = Check::new("database", move || {
        query();
        async move {
            query();
            Ok::<(), String>(())
        }
    });
    let health = Health::builder().with_check(check).build().unwrap();
    assert_eq!(block_on(health.report()).status(), HealthStatus::Healthy);
    assert_eq!((test.spans().len(), test.metrics().series("db.client.operation.duration").len()), (0, 0));
    query();
    assert_eq!((test.spans().len(), test.metrics().series("db.client.operation.duration").len()), (1, 1));
}
