//! How checks are run: what hangs, blocks or panics costs nobody else anything.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails in a test fails the test")]

use std::{
    future::{Future as _, poll_fn},
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    task::Poll,
    time::{Duration, Instant},
};

use futures_executor::block_on;
use tachograph_core::source::{Ping, PingFuture};
use tachograph_monitor::{Check, CheckReport, Health, HealthReport, HealthStatus, ServingState, Verdict, Vitals};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::Barrier,
};

/// Long enough for anything that does not hang.
const LONG: Duration = Duration::from_secs(30);
/// What a check that hangs is given.
const SHORT: Duration = Duration::from_millis(100);

fn well(name: &str) -> Check {
    Check::new(name, async || Ok::<(), String>(())).with_timeout(LONG)
}

fn hanging(name: &str) -> Check {
    Check::new(name, std::future::pending::<Verdict>).with_timeout(SHORT)
}

/// A check that blocks its thread until the sender is dropped, and counts its runs.
fn blocking(name: &str) -> (Check, mpsc::Sender<()>, Arc<AtomicUsize>) {
    let (sender, receiver) = mpsc::channel::<()>();
    let (receiver, runs) = (Mutex::new(receiver), Arc::new(AtomicUsize::new(0)));
    let counter = Arc::clone(&runs);
    let check = Check::new(name, move || {
        counter.fetch_add(1, Ordering::SeqCst);
        let _ = receiver.lock().unwrap().recv();
        async { Verdict::healthy() }
    });
    (check.with_timeout(SHORT), sender, runs)
}

fn health(checks: impl IntoIterator<Item = Check>) -> Health {
    checks.into_iter().fold(Health::builder(), |health, check| health.with_check(check)).build().unwrap()
}

fn of<'a>(report: &'a HealthReport, name: &str) -> &'a CheckReport {
    report.checks().iter().find(|check| check.name() == name).unwrap()
}

fn told<'a>(report: &'a HealthReport, name: &str) -> (HealthStatus, &'a str) {
    let check = of(report, name);
    (check.status(), check.message())
}

/// On a busy machine it may be that it still runs for a moment.
#[track_caller]
fn assert_late(report: &HealthReport, name: &str) {
    let (status, message) = told(report, name);
    assert_eq!(status, HealthStatus::Unhealthy);
    assert!(message.starts_with("did not answer within 0.1 s"), "{message}");
}

const WELL: (HealthStatus, &str) = (HealthStatus::Healthy, "ok");

#[tokio::test]
async fn a_check_that_never_returns_is_unhealthy_at_its_time_out_and_the_others_are_as_they_are() {
    let health = health([well("redis"), hanging("search")]);
    let begun = Instant::now();
    let report = health.report().await;
    assert!(begun.elapsed() < LONG);
    assert_eq!(report.status(), HealthStatus::Unhealthy);
    assert_late(&report, "search");
    assert!(report.issues()[0].starts_with("search (critical): did not answer within 0.1 s"), "{report}");
    assert_eq!((report.issues().len(), told(&report, "redis")), (1, WELL));
    assert!(of(&report, "search").response_time().unwrap() >= SHORT);
}

#[tokio::test]
async fn a_check_that_blocks_for_ever_is_waited_for_once_and_never_run_twice() {
    let (check, sender, runs) = blocking("search");
    let health = health([well("redis"), check.with_cache(Duration::ZERO)]);
    let report = health.report().await;
    assert_eq!(told(&report, "redis"), WELL);
    let (status, message) = told(&report, "search");
    assert_eq!(status, HealthStatus::Unhealthy);
    assert!(message.starts_with("did not answer within 0.1 s, still running since 20"), "{message}");
    assert_eq!(of(&report, "search").response_time(), Some(SHORT));

    // With a time-out for each they would take minutes.
    let begun = Instant::now();
    for _ in 0..1_000 {
        assert_eq!(told(&health.report().await, "search"), (status, message));
    }
    assert!(begun.elapsed() < LONG);
    assert_eq!(runs.load(Ordering::SeqCst), 1);

    drop(sender);
    let mut report = health.report().await;
    let begun = Instant::now();
    while told(&report, "search") != WELL {
        assert!(begun.elapsed() < LONG, "{report}");
        report = health.report().await;
    }
    assert!(runs.load(Ordering::SeqCst) > 1);
}

#[test]
fn a_check_that_blocks_for_ever_does_not_hold_up_the_end_of_its_runtime() {
    let (check, sender, _) = blocking("search");
    for runtime in
        [tokio::runtime::Builder::new_multi_thread(), tokio::runtime::Builder::new_current_thread()].iter_mut()
    {
        let runtime = runtime.enable_all().build().unwrap();
        let report = runtime.block_on(async { health([check.clone()]).report().await });
        assert_eq!(report.status(), HealthStatus::Unhealthy);
        drop(runtime);
    }
    // Nobody ever lets them go: their threads end with the process.
    std::mem::forget(sender);
}

#[tokio::test]
async fn a_panic_is_the_message_and_the_next_run_is_its_own() {
    let runs = AtomicUsize::new(0);
    let at_first = Check::new("at first", move || {
        let first = runs.fetch_add(1, Ordering::SeqCst) == 0;
        async move {
            assert!(!first, "redis is {}", "gone");
            Verdict::healthy()
        }
    });
    let in_closure = Check::new("closure", || {
        let _: u64 = "x".parse().unwrap();
        async { Verdict::healthy() }
    });
    let payload = Check::new("payload", async || -> Verdict { std::panic::panic_any(7) });
    let health = health([at_first.with_cache(Duration::ZERO), in_closure, payload, well("redis")]);
    let report = health.report().await;
    assert_eq!(told(&report, "at first"), (HealthStatus::Unhealthy, "panicked: redis is gone"));
    let none = "panicked: called `Result::unwrap()` on an `Err` value: ParseIntError { kind: InvalidDigit }";
    assert_eq!(told(&report, "closure"), (HealthStatus::Unhealthy, none));
    assert_eq!(told(&report, "payload"), (HealthStatus::Unhealthy, "panicked"));
    assert_eq!(told(&report, "redis"), WELL);
    assert_eq!(told(&health.report().await, "at first"), WELL);
}

#[tokio::test]
async fn a_megabyte_of_control_characters_is_500_harmless_ones() {
    let garbage = |name| Check::new(name, async || Err::<(), _>("\u{1b}\0\n\u{7f}".repeat(1 << 18)));
    let said = Check::new("said", async || Verdict::healthy().with_message("\u{7}".repeat(1 << 20)));
    let panicked = Check::new("panicked", async || -> Verdict { panic!("{}", "\u{7}".repeat(1 << 20)) });
    let report = health([garbage("error"), said, panicked]).report().await;
    for check in report.checks() {
        let message = check.message();
        assert_eq!(message.chars().count(), 500, "{}", check.name());
        assert!(!message.chars().any(char::is_control), "{}", check.name());
    }
    assert_eq!(of(&report, "error").status(), HealthStatus::Unhealthy);
    assert_eq!(of(&report, "said").status(), HealthStatus::Healthy);
    assert!(serde_json::to_string(&report).unwrap().len() < 10_000);
}

#[tokio::test]
async fn checks_of_one_report_run_at_the_same_time() {
    let barrier = Arc::new(Barrier::new(8));
    let meeting = |i: usize| {
        let barrier = Arc::clone(&barrier);
        Check::new(format!("check {i}"), move || {
            let barrier = Arc::clone(&barrier);
            async move {
                barrier.wait().await;
                Verdict::healthy()
            }
        })
        .with_timeout(LONG)
    };
    let report = health((0..8).map(meeting)).report().await;
    assert_eq!(report.status(), HealthStatus::Healthy, "{report}");
    let names: Vec<&str> = report.checks().iter().map(CheckReport::name).collect();
    assert_eq!(names, ["check 0", "check 1", "check 2", "check 3", "check 4", "check 5", "check 6", "check 7"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_reports_at_once_run_each_check_once_and_get_the_same_answers() {
    let (blocking, sender, blocked) = blocking("blocking");
    let runs = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&runs);
    let slow = Check::new("slow", move || {
        counter.fetch_add(1, Ordering::SeqCst);
        async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            Verdict::healthy()
        }
    });
    let health = health([slow.with_timeout(LONG).with_cache(LONG), blocking, hanging("hanging").with_cache(LONG)]);
    let begun = Instant::now();
    let reports: Vec<_> = (0..1_000)
        .map(|_| {
            let health = health.clone();
            tokio::spawn(async move { health.report().await })
        })
        .collect();
    let mut all = Vec::new();
    for report in reports {
        all.push(report.await.unwrap());
    }
    assert!(begun.elapsed() < LONG);
    assert_eq!((runs.load(Ordering::SeqCst), blocked.load(Ordering::SeqCst)), (1, 1));
    for report in &all {
        assert_eq!(report.checks()[..2], all[0].checks()[..2]);
        assert_late(report, "hanging");
    }
    assert_eq!(told(&all[0], "slow"), WELL);
    drop(sender);
}

#[tokio::test]
async fn a_report_that_is_dropped_leaves_the_run_to_the_next_one() {
    let (check, sender, runs) = blocking("redis");
    let health = health([check.with_timeout(LONG)]);
    let mut report = Box::pin(health.report());
    assert!(poll_fn(|context| Poll::Ready(report.as_mut().poll(context).is_pending())).await);
    drop(report);
    drop(sender);
    assert_eq!(told(&health.report().await, "redis"), WELL);
    assert_eq!(runs.load(Ordering::SeqCst), 1);
}

/// A check that needs the timers and the sockets of a runtime.
fn needing_a_runtime(name: &str) -> Check {
    Check::new(name, async || {
        tokio::time::sleep(Duration::from_millis(1)).await;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let mut client = TcpStream::connect(listener.local_addr()?).await?;
        let (mut server, _) = listener.accept().await?;
        client.write_all(b"x").await?;
        server.read_exact(&mut [0]).await?;
        tokio::spawn(async {}).await?;
        Ok::<(), io::Error>(())
    })
    .with_timeout(LONG)
}

#[test]
fn checks_run_where_there_is_no_runtime() {
    let health = health([needing_a_runtime("redis"), hanging("search")]);
    let report = block_on(health.report());
    assert_eq!(told(&report, "redis"), WELL);
    assert_late(&report, "search");
}

#[tokio::test]
async fn checks_run_in_a_runtime_of_one_thread() {
    assert_eq!(told(&health([needing_a_runtime("redis")]).report().await, "redis"), WELL);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn checks_run_in_a_runtime_of_many_threads() {
    assert_eq!(told(&health([needing_a_runtime("redis")]).report().await, "redis"), WELL);
}

#[test]
fn the_runtime_of_the_first_report_is_taken_where_health_was_built_outside_of_any() {
    let name = || async { tokio::runtime::Handle::current().id() };
    let seen = Arc::new(Mutex::new(Vec::new()));
    let ids = Arc::clone(&seen);
    let check = Check::new("redis", move || {
        let (ids, id) = (Arc::clone(&ids), tokio::runtime::Handle::current().id());
        async move {
            ids.lock().unwrap().push(id);
            Verdict::healthy()
        }
    });
    let check = check.with_cache(Duration::ZERO);
    let runtimes = [0, 1].map(|_| tokio::runtime::Builder::new_current_thread().build().unwrap());
    let [first, second] = runtimes.each_ref().map(|runtime| runtime.block_on(name()));

    let health = health([check.clone()]);
    runtimes[0].block_on(health.report());
    runtimes[1].block_on(health.report());
    let built = runtimes[0].block_on(async { Health::builder().with_check(check.clone()).build().unwrap() });
    runtimes[1].block_on(built.report());
    let told = Health::builder().with_check(check).with_runtime(runtimes[1].handle().clone()).build().unwrap();
    runtimes[0].block_on(told.report());
    assert_eq!(*seen.lock().unwrap(), [first, first, first, second]);
}

#[test]
fn a_runtime_that_was_shut_down_is_no_reason_to_hang_or_to_panic() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let health = runtime.block_on(async { health([well("plain"), needing_a_runtime("redis"), hanging("search")]) });
    runtime.shutdown_background();
    let report = block_on(health.report());
    assert_eq!(told(&report, "plain"), WELL);
    assert_eq!(of(&report, "redis").status(), HealthStatus::Unhealthy);
    assert_late(&report, "search");
}

#[test]
fn a_runtime_without_timers_ends_a_check_that_hangs_too() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let report = runtime.block_on(async { health([hanging("search")]).report().await });
    assert_late(&report, "search");
}

#[tokio::test(start_paused = true)]
async fn a_paused_clock_makes_nobody_late() {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let receiver = Mutex::new(Some(receiver));
    let check = Check::new("redis", move || {
        let receiver = receiver.lock().unwrap().take().unwrap();
        async move { receiver.await.map_err(|_| "nobody answered") }
    });
    let health = health([check.with_timeout(LONG)]);
    let answer = async {
        // The clock of the runtime jumps over the time-out; no time passes.
        tokio::time::sleep(LONG * 2).await;
        sender.send(()).unwrap();
    };
    let (report, ()) = tokio::join!(health.report(), answer);
    assert_eq!(told(&report, "redis"), WELL);
}

/// A dependency that is there or not, as a test has it.
struct Dependency(Result<(), &'static str>);

impl Ping for Dependency {
    fn ping(&self) -> PingFuture {
        let answer = self.0.map_err(Into::into);
        Box::pin(async move { answer })
    }
}

#[tokio::test]
async fn a_ping_is_a_check() {
    let shared: Arc<dyn Ping> = Arc::new(Dependency(Err("connection refused")));
    let report = health([Check::ping("database", Dependency(Ok(()))), Check::ping("redis", shared)]).report().await;
    assert_eq!(told(&report, "database"), WELL);
    assert_eq!(told(&report, "redis"), (HealthStatus::Unhealthy, "connection refused"));
    assert_eq!(report.issues(), ["redis (critical): connection refused"]);
}

#[tokio::test]
async fn what_listens_and_what_has_room_is_healthy() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let cache = Check::tcp("cache", &address).with_cache(Duration::ZERO);
    let health = health([cache, Check::disk("disk", std::env::temp_dir(), 0.0)]);
    let report = health.report().await;
    assert_eq!(report.status(), HealthStatus::Healthy, "{report}");
    drop(listener);
    let report = health.report().await;
    assert_eq!(of(&report, "cache").status(), HealthStatus::Unhealthy);
    assert!(report.issues()[0].starts_with(&format!("cache (critical): cannot connect to {address}: ")), "{report}");
}

#[tokio::test]
async fn figures_are_judged_and_told() {
    let vitals = || Vitals { cpu_percent: Some(93.4), total_requests: 1_250, recent_requests: 80, ..Vitals::default() };
    let builder = Health::builder().with_check(well("redis").with_critical(false));
    let report = builder.clone().with_vitals(Arc::new(vitals)).build().unwrap().report().await;
    assert_eq!((report.status(), report.total_requests()), (HealthStatus::Unhealthy, 1_250));
    assert_eq!(report.issues(), ["CPU at 93.4 % (critical above 90 %)"]);

    let report = builder.with_vitals(Arc::new(|| panic!("on purpose"))).build().unwrap().report().await;
    assert_eq!((report.status(), report.total_requests()), (HealthStatus::Degraded, 0));
    assert_eq!(report.issues(), ["statistics cannot be read: their source panicked"]);
}

#[tokio::test]
async fn uptime_counts_from_the_start_that_is_told() {
    let started = Instant::now().checked_sub(Duration::from_secs(61)).unwrap();
    let report = Health::builder().with_started(started).build().unwrap().report().await;
    assert!(report.uptime() >= Duration::from_secs(61) && report.uptime() < Duration::from_secs(120), "{report:?}");
    assert!(Health::builder().build().unwrap().report().await.uptime() < LONG);
}

#[tokio::test]
async fn who_watches_is_told_of_gates_without_asking() {
    let is_there = Arc::new(Mutex::new(true));
    let answer = Arc::clone(&is_there);
    let check = Check::new("redis", move || {
        let is_there = *answer.lock().unwrap();
        async move { is_there.then_some(()).ok_or("gone") }
    });
    let check = check.with_timeout(LONG).with_cache(Duration::ZERO).with_readiness_gate(true);
    let health = Health::builder().with_check(check).with_refresh(Duration::from_millis(1)).build().unwrap();
    let mut watch = health.watch();
    assert_eq!(*watch.borrow_and_update(), ServingState::NotServing, "nobody knows yet");
    health.start();
    watch.wait_for(|state| *state == ServingState::Serving).await.unwrap();
    *is_there.lock().unwrap() = false;
    watch.wait_for(|state| *state == ServingState::NotServing).await.unwrap();
    *is_there.lock().unwrap() = true;
    watch.wait_for(|state| *state == ServingState::Serving).await.unwrap();
    health.readiness().shut_down();
    assert_eq!(*watch.borrow_and_update(), ServingState::NotServing);
}
