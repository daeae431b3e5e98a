//! `grpc.health.v1`.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tachograph_monitor::{Check, Health, Monitoring, Readiness, Verdict};
use tonic::{Code, Streaming};
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse, health_check_response::ServingStatus};

use super::{Served, serve, soon, until};

const MONITOR: &str = "tachograph.monitor.v1.Monitor";

fn of(service: &str) -> HealthCheckRequest {
    HealthCheckRequest { service: service.to_owned() }
}

async fn watch(served: &Served, service: &str) -> Streaming<HealthCheckResponse> {
    served.health().watch(of(service)).await.unwrap().into_inner()
}

async fn next(stream: &mut Streaming<HealthCheckResponse>) -> ServingStatus {
    soon(stream.message()).await.unwrap().unwrap().status()
}

async fn now(served: &Served, service: &str) -> ServingStatus {
    served.health().check(of(service)).await.unwrap().into_inner().status()
}

/// A dependency that comes and goes, and the health of an application that cannot be without it.
fn database() -> (Arc<AtomicBool>, Health) {
    let there = Arc::new(AtomicBool::new(true));
    let asked = Arc::clone(&there);
    let check = Check::new("database", move || {
        let verdict = if asked.load(Ordering::SeqCst) { Verdict::healthy() } else { Verdict::unhealthy("gone") };
        async { verdict }
    });
    let check = check.with_readiness_gate(true).with_cache(Duration::ZERO);
    let health = Health::builder().with_check(check).with_refresh(Duration::ZERO).with_readiness(Readiness::new());
    (there, health.build().unwrap())
}

#[tokio::test]
async fn a_watch_sees_start_loss_return_and_shutdown() {
    let (there, health) = database();
    let start = health.readiness().latch("start");
    let served = serve(Monitoring::new().with_health(health.clone())).await;
    for service in ["", MONITOR] {
        assert_eq!(now(&served, service).await, ServingStatus::NotServing);
    }
    let mut streams = [watch(&served, "").await, watch(&served, MONITOR).await];
    let mut all = async |expected| {
        for stream in &mut streams {
            assert_eq!(next(stream).await, expected);
        }
    };
    all(ServingStatus::NotServing).await;
    start.release();
    all(ServingStatus::Serving).await;
    assert_eq!(now(&served, "").await, ServingStatus::Serving);

    there.store(false, Ordering::SeqCst);
    health.report().await;
    all(ServingStatus::NotServing).await;
    there.store(true, Ordering::SeqCst);
    health.report().await;
    all(ServingStatus::Serving).await;

    health.readiness().shut_down();
    all(ServingStatus::NotServing).await;
    for service in ["", MONITOR] {
        assert_eq!(now(&served, service).await, ServingStatus::NotServing);
    }
    for stream in &mut streams {
        assert!(soon(stream.message()).await.unwrap().is_none(), "nothing changes any more");
    }
}

#[tokio::test]
async fn whoever_asks_has_the_gates_asked() {
    let (_, health) = database();
    let served = serve(Monitoring::new().with_health(health)).await;
    assert_eq!(now(&served, "").await, ServingStatus::Serving, "a check waits for the answer of the database");

    let (_, health) = database();
    let served = serve(Monitoring::new().with_health(health.clone())).await;
    let mut stream = watch(&served, "").await;
    until("the answer of the database", || health.readiness().is_ready());
    while next(&mut stream).await != ServingStatus::Serving {}
}

#[tokio::test]
async fn a_service_that_is_not_there_is_not_known() {
    let readiness = Readiness::new();
    let served = serve(Monitoring::new().with_readiness(readiness.clone())).await;
    let refused = served.health().check(of("nobody.Service")).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
    assert!(refused.message().starts_with("there is no such service here: ask for"), "{refused}");
    let mut stream = watch(&served, "nobody.Service").await;
    assert_eq!(next(&mut stream).await, ServingStatus::ServiceUnknown);
    readiness.shut_down();
    assert!(soon(stream.message()).await.unwrap().is_none(), "it stays until then, and says no more");
}

#[tokio::test]
async fn what_changes_while_nobody_reads_ends_with_what_is_true() {
    let readiness = Readiness::new();
    let served = serve(Monitoring::new().with_readiness(readiness.clone())).await;
    let mut stream = watch(&served, "").await;
    assert_eq!(next(&mut stream).await, ServingStatus::Serving);
    for name in ["a", "b", "c"] {
        readiness.latch(name).release();
    }
    readiness.shut_down();
    let mut told = vec![ServingStatus::Serving];
    while let Some(answer) = soon(stream.message()).await.unwrap() {
        assert_ne!(told.last(), Some(&answer.status()), "only changes are told");
        told.push(answer.status());
    }
    assert_eq!(told.last(), Some(&ServingStatus::NotServing));
}
